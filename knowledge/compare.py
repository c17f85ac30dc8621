"""A claim and a passage in, out comes where their dates, numbers and names agree, where they differ and what only the claim has. Pure.

These comparisons explain a verdict and correct a claim; they do not decide it alone: no conflict found is not support.
"""

from __future__ import annotations

import re

from knowledge import dates, numbers
from knowledge.dates import DateMention
from knowledge.domain import Aspect, Comparison, Period
from knowledge.names import Name, folded, mentions
from knowledge.numbers import Quantity
from knowledge.particulars import Particulars

_ALIKE = 8.0
"""Two numbers are about the same thing only if neither is more than so many times the other."""


def compare(claim: Particulars, source: Particulars) -> tuple[Comparison, ...]:
    """One comparison for each date, number and name of the claim."""
    return (
        *(_compare_date(mention, source) for mention in claim.dates),
        *(_compare_number(quantity, claim, source) for quantity in claim.quantities),
        *(_compare_name(name, source) for name in {name.key: name for name in claim.names}.values()),
    )


def _compare_date(mention: DateMention, source: Particulars) -> Comparison:
    borne_out = next((other.text for other in source.dates if dates.agree(mention, _with_year(other, source.period))), None)
    if borne_out is not None:
        return _comparison(Aspect.DATE, mention.text, borne_out, True)
    if source.period is not None and dates.agree(mention, source.period):
        return _comparison(Aspect.DATE, mention.text, _said(source.period), True)
    rival = _rival_date(mention, source)
    return _comparison(Aspect.DATE, mention.text, rival, None if rival is None else False)


def _with_year(mention: DateMention, period: Period | None) -> DateMention:
    """A date that leaves the year open is of the year its entry is about, if that is one year."""
    if mention.year is None and period is not None and period.first.year == period.last.year:
        return mention._replace(year=period.first.year)
    return mention


def _rival_date(mention: DateMention, source: Particulars) -> str | None:
    """The date that the source gives in place of the claim's, told as exactly as the claim's; None where that is not clear."""
    exact = [
        other
        for other in source.dates
        if (other.day is not None) == (mention.day is not None) and (other.month is not None) == (mention.month is not None)
    ]
    if source.period is not None and source.period.precision == "day":
        return _said(source.period)
    return exact[0].text if len(exact) == 1 else None


def _said(period: Period) -> str:
    if period.precision == "day":
        return f"{period.first.day} {period.first:%B %Y}"
    if period.precision == "month":
        return f"{period.first:%B %Y}"
    return period.iso.replace("/", " to ")


def _compare_number(quantity: Quantity, claim: Particulars, source: Particulars) -> Comparison:
    borne_out = next((other.text for other in source.quantities if numbers.agree(quantity, other)), None)
    if borne_out is not None:
        return _comparison(Aspect.NUMBER, quantity.text, borne_out, True)
    free = [other for other in source.quantities if not any(numbers.agree(mine, other) for mine in claim.quantities)]
    rivals = [other for other in free if _alike(quantity, other)]
    nearest = min(rivals, key=lambda other: abs(other.value - quantity.value), default=None)
    return _comparison(Aspect.NUMBER, quantity.text, nearest.text if nearest else None, False if nearest else None)


def _alike(one: Quantity, other: Quantity) -> bool:
    if (one.unit == "percent") != (other.unit == "percent"):
        return False
    low, high = sorted((abs(one.value), abs(other.value)))
    return high <= max(low, 0.5) * _ALIKE


def _compare_name(name: Name, source: Particulars) -> Comparison:
    if mentions(source.keys, source.skeletons, name):
        return _comparison(Aspect.NAME, name.text, name.key if name.known else name.text, True)
    return _comparison(Aspect.NAME, name.text, None, None)


def _comparison(aspect: Aspect, claimed: str, sourced: str | None, agrees: bool | None) -> Comparison:
    return Comparison(aspect=aspect, claimed=claimed, sourced=sourced, agrees=agrees)


_NEGATIONS = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|without|neither|nor|\w+n['’]t|denied|denies|refused|rejected|"
    r"nu|n-a|n-au|niciun[aă]?|nicio|niciodat[aă]|nimeni|nimic|f[aă]r[aă]|nici|"
    r"не|ні|ніколи|ніхто|нічого|без|немає|жодн\w*|нема|"
    r"ни|никогда|никто|ничего|нет|ни один\w*)\b",
    re.IGNORECASE,
)


def negations(text: str) -> int:
    """How many words of a text negate."""
    return len(_NEGATIONS.findall(text))


_CONTENT = re.compile(r"[^\W\d_]{4,}")
_STEM = 5


def uncovered(claim: str, source: str) -> list[str]:
    """The longer words of the claim whose stem the source does not have. Meaningful only within one language."""
    known = {folded(word)[:_STEM] for word in _CONTENT.findall(source)}
    return [word for word in _CONTENT.findall(claim) if folded(word)[:_STEM] not in known]


def coverage(claim: str, source: str) -> float:
    """The share, 0 to 1, of the claim's longer words that the source has."""
    words = _CONTENT.findall(claim)
    return 1 - len(uncovered(claim, source)) / len(words) if words else 1.0
