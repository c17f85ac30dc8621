"""A text that asks whether something is so in, what it asks about out. Pure.

People rarely send a bare claim: they write “Is this claim true: …”, “Чи правда, що …?”, or the claim and “e adevărat?” behind it. Judged with these words
a claim is further from the sources than it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WORDS = 3
"""What is asked about has at least so many words: “Is this true?” asks about something else."""

# Never a word for false: “Este fals că …” and “Это фейк, что …” may be statements, and what they say is the contrary of what follows.
_BEFORE = re.compile(
    r"\W*(?:"
    # English
    r"(?:(?:so|and|but|hey|hi|hello|please)[\s,!]+)*"
    r"(?:is|was)\s+(?:it|this|that|(?:this|that|the|the\s+following)\s+(?:claim|statement|story|news|post|info(?:rmation)?))\s+(?:really\s+|actually\s+)?"
    r"(?:true|correct|right|accurate|so|a\s+fact)\s*(?:that\b|[:?—–-])"
    r"|is\s+it\s+(?:really\s+|actually\s+)?true\b"
    r"|(?:please\s+)?(?:(?:can|could)\s+(?:you|someone|anyone)\s+(?:please\s+)?)?(?:fact[\s-]?check|check|verify|confirm)(?:\s+(?:this|the|that))?(?:\s+(?:claim|statement|please))*"
    r"\s*(?:[:—–]|\b(?:if|whether)\s+(?:it(?:['’]s|\s+is)\s+true\s+that\b)?)"
    r"|(?:true\s+or\s+(?:false|not|fake))\s*[:?—–-]"
    # Romanian
    r"|(?:(?:oare|chiar|bun[ăa]|salut)[\s,!]+)*(?:este|e)\s+(?:oare\s+|chiar\s+)?(?:adev[ăa]rat[ăa]?|corect[ăa]?)"
    r"(?:\s+(?:afirma[țţt]ia|[șşs]tirea|asta|informa[țţt]ia))?(?:\s*[:,?—–-])?(?:\s*c[ăa]\b|(?<=[:,?—–-]))"
    r"|verific(?:[ăa]|a[țţt]i)(?:\s+(?:te\s+rog|v[ăa]\s+rog|asta|afirma[țţt]ia|[șşs]tirea))*\s*(?::|dac[ăa]\s+(?:(?:este|e)\s+adev[ăa]rat\s+c[ăa]\b)?)"
    r"|adev[ăa]rat\s+sau\s+fals\s*[:?—–-]"
    # Ukrainian
    r"|(?:чи\s+(?:це\s+)?(?:правда|вірно|правдиве|дійсно\s+правда)|(?:це|а\s+це)\s+(?:правда|вірно)|правда\s+чи\s+(?:ні|брехня|фейк))(?:\s+твердження)?"
    r"\s*(?:[,:?—–-]+\s*що\b|\s+що\b|[:?—–-])"
    r"|перевір(?:те)?(?:\s+(?:будь\s+ласка|це|твердження|новину))*\s*(?::|,?\s*чи\s+(?:правда,?\s+що\b)?)"
    # Russian
    r"|(?:(?:правда|верно)\s+ли(?:\s+(?:это|утверждение))?|(?:это|а\s+это|неужели)\s+(?:правда|верно)|правда\s+или\s+(?:нет|ложь|фейк))"
    r"\s*(?:[,:?—–-]+\s*что\b|\s+что\b|[:?—–-])"
    r"|проверь(?:те)?(?:\s+(?:пожалуйста|это|утверждение|новость))*\s*(?::|,?\s*правда\s+ли,?\s+что\b)"
    r")[\s:—–-]*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s*[,.;!?…—–(-]+\s*(?:"
    r"(?:and\s+)?(?:is|was)\s+(?:it|this|that)\s+(?:really\s+|actually\s+)?(?:true|correct|right|so|a\s+fact|fake)(?:\s+or\s+(?:not|false|fake))?"
    r"|true(?:\s+or\s+(?:false|not|fake))?|correct|right|fact\s+or\s+fiction|is\s+that\s+(?:right|so)"
    r"|(?:(?:este|e)\s+)?(?:oare\s+)?adev[ăa]rat(?:\s+sau\s+(?:nu|fals))?|(?:e|este)\s+(?:corect|fake|fals)"
    r"|(?:чи\s+)?(?:це\s+)?правда(?:\s+(?:це|чи\s+(?:ні|брехня|фейк)))?|чи\s+(?:так\s+)?це(?:\s+так)?"
    r"|(?:это\s+)?правда(?:\s+(?:ли\s+это|или\s+(?:нет|ложь|фейк)))?|так\s+ли\s+это"
    r")\s*[?？)]+\W*$",
    re.IGNORECASE,
)
_QUOTES = "\"'“”„«»‘’"


class AskedAbout(NamedTuple):
    """What stands at `[start, end)` of a text, and as a sentence of its own."""

    start: int
    end: int
    sentence: str


def asked_about(text: str) -> AskedAbout | None:
    """What a text asks to be told the truth of; None where it asks nothing of the kind."""
    start, end = 0, len(text)
    if before := _BEFORE.match(text):
        start = before.end()
    elif behind := _BEHIND.search(text):
        end = behind.start()
    else:
        return None
    while start < end and (text[start].isspace() or text[start] in _QUOTES):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in f"{_QUOTES}?？!"):
        end -= 1
    content = text[start:end]
    if len(content.split()) < WORDS:
        return None
    closed = content if content[-1] in ".…" else f"{content}."
    return AskedAbout(start, end, closed[0].upper() + closed[1:])
