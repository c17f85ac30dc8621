"""A claim and a passage in, out comes where their dates, numbers and names agree, where they differ and what only the claim has. Pure.

These comparisons explain a verdict and correct a claim; they do not decide it alone: no conflict found is not support.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from knowledge import dates, numbers
from knowledge.dates import DateMention
from knowledge.domain import Aspect, Comparison, Period
from knowledge.names import PERSON, Name, folded, mentions
from knowledge.numbers import Quantity
from knowledge.particulars import Particulars

_EVERYWHERE = frozenset(["Donald Trump", "Vladimir Putin", "Volodymyr Zelensky", "Joe Biden", "Călin Georgescu"])
"""People so much spoken of that a source need not name them."""
_BESIDE = 31
"""Days: what lies so near may well be told with an event of another month."""


def compare(claim: Particulars, source: Particulars) -> tuple[Comparison, ...]:
    """One comparison for each date, number and name of the claim."""
    return (
        *(_compare_date(mention, claim.dates, source) for mention in claim.dates),
        *(_compare_number(quantity, claim.quantities, source.quantities, source) for quantity in claim.quantities),
        *(_compare_number(rank, claim.ordinals, source.ordinals, source) for rank in claim.ordinals if rank.value > 1),
        *(_compare_name(name, claim, source) for name in {name.key: name for name in claim.names}.values()),
    )


def _compare_date(mention: DateMention, claimed: Sequence[DateMention], source: Particulars) -> Comparison:
    borne_out = next((other.text for other in source.dates if dates.agree(mention, _with_year(other, source.period))), None)
    if borne_out is not None:
        return _comparison(Aspect.DATE, mention.text, borne_out, True)
    if source.period is not None and dates.agree(mention, source.period):
        return _comparison(Aspect.DATE, mention.text, source.period.iso, True)
    beside = source.period is not None and any(dates.agree(other, source.period) for other in claimed)
    # beside the day of the entry it is the time of something else
    open_ = beside or mention.counted or (mention.limit and mention.day is None)
    rival = None if open_ else _rival_date(mention, source)
    return _comparison(Aspect.DATE, mention.text, rival, None if rival is None else False)


def _with_year(mention: DateMention, period: Period | None) -> DateMention:
    """A date that leaves the year open is of the year its entry is about, if that is one year."""
    if mention.year is None and period is not None and period.first.year == period.last.year:
        return mention._replace(year=period.first.year)
    return mention


def _rival_date(mention: DateMention, source: Particulars) -> str | None:
    """The date that the source gives in place of the claim's, in its own words, or in ISO 8601 where the day of its entry is meant; None where
    that is not clear.

    A day that the source does not have is another than the one it is about. A month or year may be the time of something else: only one
    that lies well away is set against it.
    """
    exact = [
        other
        for other in source.dates
        if (other.day is not None) == (mention.day is not None) and (other.month is not None) == (mention.month is not None)
    ]
    about = source.period
    if about is None:
        return exact[0].text if len(exact) == 1 else None
    mine = mention.period(about.first.year)
    if mine is None:
        return None
    away = max((about.first - mine.last).days, (mine.first - about.last).days)
    if mention.day is None and (away <= _BESIDE if about.precision == "day" or mention.month is None else away <= 0):
        return None
    if mention.month is None and exact:
        return None
    if about.precision == "day" or not exact:
        return about.iso
    return min(exact, key=lambda other: _apart(mine, other.period(about.first.year))).text


def _apart(one: Period, other: Period | None) -> int:
    """Days between two times; very many where the other is none."""
    return abs((one.first - other.first).days) if other is not None else 10**6


def _compare_number(quantity: Quantity, claimed: Sequence[Quantity], sourced: Sequence[Quantity], source: Particulars) -> Comparison:
    borne_out = next((other.text for other in sourced if numbers.agree(quantity, other)), None)
    if borne_out is not None:
        return _comparison(Aspect.NUMBER, quantity.text, borne_out, True)
    free = [other for other in sourced if not any(numbers.agree(mine, other) for mine in claimed)]
    rivals = [] if quantity.beside else [o for o in free if numbers.rivals(quantity, o) and not numbers.within(quantity, o)]
    if not rivals or numbers.derived(quantity, sourced) or _between(quantity, source):
        return _comparison(Aspect.NUMBER, quantity.text, None, None)
    nearest = min(rivals, key=lambda other: abs(other.value - quantity.value))
    return _comparison(Aspect.NUMBER, quantity.text, nearest.text, False)


def _between(time: Quantity, source: Particulars) -> bool:
    """Whether so much time lies between two of the days that the source names."""
    if time.unit != numbers.MINUTES:
        return False
    about = source.period
    periods = [other.period(about.first.year if about else None) for other in source.dates if other.day is not None]
    days = sorted({period.first for period in (*periods, about) if period is not None and period.precision in ("day", "range")})
    made = (time._replace(value=(later - earlier).days * 24 * 60.0) for earlier, later in combinations(days, 2))
    return len(days) <= numbers.MANY and any(numbers.agree(time, one) for one in made)


def _compare_name(name: Name, claim: Particulars, source: Particulars) -> Comparison:
    if mentions(source.keys, source.skeletons, name):
        return _comparison(Aspect.NAME, name.text, name.key if name.known else name.text, True)
    others = {other.key for other in source.names if other.kind == PERSON and other.key not in claim.keys} - _EVERYWHERE
    if name.kind == PERSON and not name.denied and name.key not in _EVERYWHERE and len(others) == 1:
        return _comparison(Aspect.NAME, name.text, others.pop(), False)
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
