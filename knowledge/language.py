"""A text in, its language and its sentences out. Knows the language identifier and the sentence splitter."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import NamedTuple

import sentencex
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from knowledge.domain import LANGUAGES, Language

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LETTER = re.compile(r"[^\W\d_]")
# Letters and words that only one language of a pair has: they settle most texts without the identifier, which costs a second to load.
_ONLY = {
    "en": re.compile(
        r"\b(?:the|of|and|is|was|were|did|does|has|have|who|what|when|how|why|which|that|this|in|to|for|by|not|it|he|with|from)\b|'s\b",
        re.IGNORECASE,
    ),
    "ro": re.compile(
        r"[ăâîșțşţ]|\b(?:si|și|la|de|din|pe|cu|nu|este|sunt|au|fost|cine|cand|când|cat|cât|ce|care|unde|al|ale|lui|un|o|in|în|prin|pentru|dupa|sa|să)\b",
        re.IGNORECASE,
    ),
    "uk": re.compile(r"[іїєґ]|\b(?:та|що|це|як|чи|не|хто|від|або)\b", re.IGNORECASE),
    "ru": re.compile(r"[ыэъё]|\b(?:что|и|это|как|не|кто|от|или|при)\b", re.IGNORECASE),
}
_identifying = threading.Lock()


def language_of(text: str) -> Language:
    """The likeliest of the four languages; English for a text without letters."""
    letters = len(_LETTER.findall(text))
    if letters == 0:
        return "en"
    if len(_CYRILLIC.findall(text)) * 2 > letters:
        return _of_pair(text[:2000], "uk", "ru")
    return _of_pair(text[:2000], "en", "ro")


def _of_pair(text: str, one: Language, other: Language) -> Language:
    ones, others = len(_ONLY[one].findall(text)), len(_ONLY[other].findall(text))
    if ones != others:
        return one if ones > others else other
    return _identify(text, (one, other))


def _identify(text: str, among: tuple[Language, ...]) -> Language:
    with _identifying:
        scores = {language: score for language, score in _identifier().rank(text) if language in among}
    return max(among, key=lambda language: scores.get(language, float("-inf")))


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(LANGUAGES))
    return identifier


class Sentence(NamedTuple):
    """`text` stands at `[start, end)` of the text that was split; no white space at its ends."""

    text: str
    start: int
    end: int


# What the splitter takes for a full stop and is none: initials, and abbreviations before a name, a number or a lower-case word.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(«„\"'])(?:\w\.|(?:[A-ZА-ЯІЇЄ]\.\s?)+|[a-z]\.[a-z]\.|т\.\s?[едпк]\.|"
    r"(?:mr|mrs|ms|dr|prof|sen|rep|gov|gen|col|lt|st|jr|sr|vs|no|nr|art|alin|lit|dl|dna|dlui|ian|feb|mar|apr|aug|sept?|oct|noi|nov|dec|jan|"
    r"г|гг|р|рр|ст|м|с|обл|вул|ул|тис|тыс|млн|млрд|трлн|січ|лют|бер|квіт|трав|черв|лип|серп|вер|жовт|лист|груд|янв|фев|апр|авг|сент|окт|нояб|дек|"
    r"mil|mld|cca|approx|ca)\.)$",
    re.IGNORECASE,
)
_BEFORE_A_NAME = re.compile(
    r"(?:^|[\s(«„])(?!(?:U\.S|U\.K|U\.N|E\.U)\.$)(?:(?:[A-ZА-ЯІЇЄ]\.){1,3}|(?i:mr|mrs|ms|dr|prof|sen|rep|gov|gen|dl|dna|м|вул|ул)\.)$"
)
_OF_A_STATE = re.compile(r"(?:^|[\s(«„\"'])(?:U\.S|U\.K|U\.N|E\.U)\.$")
_BELONGS_TO_IT = re.compile(
    r"\s(?:(?:[Vv]ice|[Ff]ormer|[Pp]rime|[Dd]eputy)\s)?(?:President|Minister|Secretar|Senat|Sen\.|Congress|House|Rep(?:resentative|\.)|Supreme|Treasury|State|Department|Defen[cs]e|Justice"
    r"|Constitution|Capitol|Army|Navy|Air|Marine|Coast|Central|Special|Ambassador|Embassy|Attorney|National|Security|General|Foreign|Federal|Human|Charter|Commission|Parliament|Steel)"
)
"""What follows on the name of a state with full stops, in the same sentence."""
_CLOCK = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
_ZONE = re.compile(r"\s*(?:[A-Z]\w+ (?:Standard |Daylight )?[Tt]ime\b|(?:[A-Z]{1,3}T|UTC|MSK)\b)")
_CONTINUES = re.compile(r"[\s\"'»”)]*[a-zа-яіїєґăâîșț0-9–—-]")
_ENDS_FOR_SURE = re.compile(r"[!?…][\"'»”)]*$")


def sentences(text: str, language: Language | None = None) -> list[Sentence]:
    """The sentences of a text in order. Line breaks end a sentence; only white space lies between two of them."""
    if not text.strip():
        return []
    pieces = sentencex.get_sentence_boundaries(language or language_of(text), text)
    spans = _joined(text, [(piece["start_index"], piece["end_index"]) for piece in pieces])
    return [stripped for start, end in spans for stripped in _lines(text, start, end)]


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and _broken_off(text[joined[-1][0] : joined[-1][1]], text[start:end]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _broken_off(before: str, after: str) -> bool:
    if "\n" in before[len(before.rstrip()) :] or "\n" in after[: len(after) - len(after.lstrip())]:
        return False
    head = before.rstrip()
    if _CLOCK.search(head) and _ZONE.match(after):
        return True
    if _OF_A_STATE.search(head[-12:]) and _BELONGS_TO_IT.match(" " + after.lstrip()):
        return True
    if _ABBREVIATION.search(head[-12:]):
        return bool(_CONTINUES.match(after) or _BEFORE_A_NAME.search(head))
    return bool(re.match(r"\s*[–—-]\s", after)) or (bool(re.match(r"\s*[a-zа-яіїєґăâîșț]", after)) and not _ENDS_FOR_SURE.search(head))


def _lines(text: str, start: int, end: int) -> list[Sentence]:
    found = []
    for match in re.finditer(r"[^\n\r\u2028\u2029]+", text[start:end]):
        line = match.group()
        stripped = line.strip()
        if stripped:
            at = start + match.start() + line.index(stripped)
            found.append(Sentence(stripped, at, at + len(stripped)))
    return found
