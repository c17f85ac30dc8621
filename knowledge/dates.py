"""A text in, the calendar dates it mentions out, in English, Romanian, Ukrainian and Russian. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import NamedTuple

from knowledge.domain import Period

# The stems of month names, January first. Slavic and Romanian forms are inflected, so a stem may be followed by an ending.
_MONTHS = (
    r"jan(?:uary)?|ian(?:uarie)?|січ(?:ень|ня|ні|нем)?|янв(?:ар[ьяею]м?)?",
    r"feb(?:ruary|ruarie)?|лют(?:ий|ого|ому|им)|фев(?:рал[ьяею]м?)?",
    r"mar(?:ch|tie)?|берез(?:ень|ня|ні|нем)|март[аеу]?",
    r"apr(?:il|ilie)?|квіт(?:ень|ня|ні|нем)|апр(?:ел[ьяею]м?)?",
    r"may|mai|трав(?:ень|ня|ні|нем)|ма[йяею]",
    r"june?|iun(?:ie)?|черв(?:ень|ня|ні|нем)|июн[ьяею]м?",
    r"july?|iul(?:ie)?|лип(?:ень|ня|ні|нем)|июл[ьяею]м?",
    r"aug(?:ust)?|серп(?:ень|ня|ні|нем)|авг(?:уст[аеу]?)?",
    r"sept?(?:ember|embrie)?|верес(?:ень|ня|ні|нем)|сент(?:ябр[ьяею]м?)?",
    r"oct(?:ober|ombrie)?|жовт(?:ень|ня|ні|нем)|окт(?:ябр[ьяею]м?)?",
    r"nov(?:ember)?|noi(?:embrie)?|листопад[аіу]?|нояб(?:р[ьяею]м?)?",
    r"dec(?:ember|embrie)?|груд(?:ень|ня|ні|нем)|дек(?:абр[ьяею]м?)?",
)
_MONTH = "|".join(f"(?P<m{number}>{forms})" for number, forms in enumerate(_MONTHS, 1))
_ANY_MONTH = "|".join(_MONTHS)
_YEAR = r"(?:19|20)\d\d"
_DASH = r"\s?[-–—/]\s?|\s(?:to|and|și|si|până la|по|і|та|и|до)\s"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_ORDINAL = r"(?:st|nd|rd|th|-?го|-?е)?"
_OF = r"(?:,?\s+(?:of\s+|din\s+)?|,\s?)"

_PATTERNS = (
    re.compile(rf"(?<!\d)(?P<y>{_YEAR})-(?P<mm>\d\d)-(?P<d>\d\d)(?!\d)"),
    re.compile(rf"(?<![\d.,])(?P<d>{_DAY})[./](?P<mm>1[0-2]|0?[1-9])[./](?P<y>{_YEAR})(?!\d)"),
    re.compile(
        rf"(?<![\d.,])(?P<d>{_DAY}){_ORDINAL}(?:(?:{_DASH})(?P<d2>{_DAY}){_ORDINAL})?\s+(?:of\s+)?(?:{_MONTH})\.?(?![\w’'])(?:{_OF}(?P<y>{_YEAR})(?!\d))?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\w)(?:{_MONTH})\.?\s+(?P<d>{_DAY}){_ORDINAL}(?:(?:{_DASH})(?P<d2>{_DAY}){_ORDINAL})?(?![\d:%]|[.,]\d)(?:,?\s+(?P<y>{_YEAR})(?!\d))?",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<!\w)(?:{_MONTH})\.?{_OF}(?P<y>{_YEAR})(?!\d)", re.IGNORECASE),
    re.compile(
        rf"(?<![\d.,$€£])(?P<y>{_YEAR})(?:[-–](?P<y2>(?:19|20)?\d\d)(?!\d))?(?![\d%]|[.,]\d|\s?(?:million|billion|млн|млрд|mil|km|км|sq|кв))",
        re.IGNORECASE,
    ),
)
# A month alone is a date only where it cannot be an ordinary word (may, mar, march, mai, lip...).
_MONTH_ALONE = re.compile(
    r"(?<!\w)(?:(?P<m1>january|ianuarie|січн[яі]|январ[яе])|(?P<m2>february|februarie|лют(?:ого|ому)|феврал[яе])|(?P<m3>martie|березн[яі]|марте)|(?P<m4>april|aprilie|квітн[яі]|апрел[яе])|"
    r"(?P<m5>травн[яі])|(?P<m6>june|iunie|червн[яі]|июн[яе])|(?P<m7>july|iulie|липн[яі]|июл[яе])|(?P<m8>august|серпн[яі]|августе)|(?P<m9>september|septembrie|вересн[яі]|сентябр[яе])|"
    r"(?P<m10>october|octombrie|жовтн[яі]|октябр[яе])|(?P<m11>november|noiembrie|листопаді|ноябр[яе])|(?P<m12>december|decembrie|грудн[яі]|декабр[яе]))(?!\w)",
    re.IGNORECASE,
)


_LIMIT = re.compile(
    r"(?<!\w)(?:not|nor|nu|nici|не|ні|ни|not in|nu în|не в|не у|since|after|from|until|till|before|by|as of|between|past|din|după|de la|până (?:în|la)|înainte de|între|din"
    r"|з|із|від|після|до|перед|між|станом на|с|со|от|после|перед|между|по состоянию на)\s(?:the |early |late |mid-?|the end of |sfârșitul lui |кінець |кінця |конец |конца |начала |початку )?$",
    re.IGNORECASE,
)

# What happened a day or a week from the date just named did not happen on it: “the campaign for 4 May closed a day earlier”. With words behind it
# (“a day after the vote”) such a phrase counts from something else.
_AWAY = re.compile(
    r"(?<!\w)(?:(?:the|an?|one|two|three|several|\d+)\s(?:day|week|month)s?\s(?:before|earlier|prior|after|later)|the (?:previous|next|following) day"
    r"|cu\s(?:o|un|două|doua|trei|câteva|cateva|\d+)\s(?:zile?|zi|săptămân[ăi]|saptaman[ai]|lun[ăai])\s(?:înainte|inainte|mai devreme|mai târziu|mai tarziu)"
    r"|în (?:ajun|ziua următoare|ziua precedentă)|a doua zi"
    r"|(?:(?:на|за|через)\s)?(?:\w+\s)?(?:день|дні|днів|днем|дн[яеё]м?|дней|тиждень|тижні|неделю|недели|неделей|місяць|месяц)\s(?:раніше|пізніше|до того|потому|раньше|ранее|позже|до этого|спустя)"
    r"|напередодні|накануне|наступного дня|на следующий день)(?=\s*(?:[,.;:!?…)—–]|$))",
    re.IGNORECASE,
)


class DateMention(NamedTuple):
    """A date at `[start, end)` of a text. `year` None: the text leaves it open. `day` and `month` None: not that exact. `last_day` ends a span of days."""

    text: str
    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    last_day: int | None = None
    last_year: int | None = None
    limit: bool = False
    """Whether it says since or until when, or when not, rather than when."""
    counted: bool = False
    """Whether what is told happened so many days from it: “a day earlier”."""

    def period(self, year: int | None = None) -> Period | None:
        """The days meant, with `year` where the text has none; None where no year is known or there is no such day."""
        year = self.year or year
        if year is None:
            return None
        try:
            if self.month is None:
                return Period(first=dt.date(year, 1, 1), last=dt.date(self.last_year or year, 12, 31), precision="year")
            if self.day is None:
                end = calendar.monthrange(year, self.month)[1]
                return Period(first=dt.date(year, self.month, 1), last=dt.date(year, self.month, end), precision="month")
            first, last = dt.date(year, self.month, self.day), dt.date(year, self.month, self.last_day or self.day)
            return Period(first=first, last=last, precision="day" if first == last else "range")
        except ValueError:
            return None


def dates(text: str) -> list[DateMention]:
    """Every date mentioned, in order, none inside another."""
    found: list[DateMention] = []
    for pattern in (*_PATTERNS, _MONTH_ALONE):
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                mention = _mention(match)
                if mention is not None:
                    found.append(mention)
    away = [match.start() for match in _AWAY.finditer(text)]
    counted = [
        mention._replace(counted=True) if any(_in_one_sentence(text, mention.end, at) for at in away) else mention for mention in found
    ]
    return sorted(counted, key=lambda mention: mention.start)


def _in_one_sentence(text: str, end: int, at: int) -> bool:
    return end <= at and not re.search(r"[.!?…;]\s|\n", text[end:at])


def _mention(match: re.Match[str]) -> DateMention | None:
    parts = {name: value for name, value in match.groupdict().items() if value}
    month = next((int(name[1:]) for name in parts if re.fullmatch(r"m\d+", name)), None) or (int(parts["mm"]) if "mm" in parts else None)
    year, day, last_day = (int(parts[name]) if name in parts else None for name in ("y", "d", "d2"))
    if (month is not None and month > 12) or (day is not None and day > 31):
        return None
    if last_day is not None and day is not None and last_day < day:
        last_day = None
    limit = _LIMIT.search(match.string, max(0, match.start() - 24), match.start()) is not None
    return DateMention(
        match.group().strip(), match.start(), match.end(), year, month, day, last_day, _last_year(year, parts.get("y2")), limit
    )


def _last_year(year: int | None, text: str | None) -> int | None:
    """The end of `2023-24` or `2022-2024`; None where it would not come after the start."""
    if year is None or text is None:
        return None
    last = int(text) if len(text) == 4 else year // 100 * 100 + int(text)
    return last if last > year else None


def agree(claimed: DateMention, sourced: DateMention | Period) -> bool:
    """Whether the source's date bears the claimed one out: the same days, days within the claimed month or year, or a date without its year."""
    if isinstance(sourced, Period):
        for year in range(sourced.first.year, sourced.last.year + 1):
            period = claimed.period(year)
            if period is not None and (period.contains(sourced) or (sourced.precision == "range" and sourced.contains(period))):
                return True
        return False
    if claimed.year is not None and sourced.year is not None:
        mine, theirs = claimed.period(), sourced.period()
        return (
            mine is not None and theirs is not None and (mine.contains(theirs) or (theirs.precision == "range" and theirs.contains(mine)))
        )
    if claimed.month is None or sourced.month is None:
        return False
    if claimed.month != sourced.month:
        return False
    if claimed.day is None or sourced.day is None:
        return claimed.day is None
    return sourced.day <= claimed.day <= (sourced.last_day or sourced.day)
