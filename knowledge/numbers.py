"""A text in, the quantities it states out, in English, Romanian, Ukrainian and Russian: numbers in digits and in words, with what they count. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from knowledge.dates import dates
from knowledge.numerals import Spelled, spelled

_SCALES: tuple[tuple[float, str], ...] = (
    (1e12, r"trillion|trn|trilio\w*|трильйон\w*|триллион\w*|трлн"),
    (1e9, r"billion|bn|miliard\w*|mld|мільярд\w*|миллиард\w*|млрд"),
    (1e6, r"million|mln|mil|m|milio\w*|мільйон\w*|миллион\w*|млн"),
    (1e3, r"thousand|k|mii|mie|тисяч\w*|тыс(?:яч\w*)?|тис"),
)
_SCALE = "|".join(f"(?P<s{at}>{forms})" for at, (_, forms) in enumerate(_SCALES))
_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f’']\d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_MONEY = r"USD|EUR|US\$|\$|€|£|lei|RON|euros?|dollars?|dolari|долар\w*|доллар\w*|євро|евро|гривень|руб\w*"
_NUMBER = re.compile(
    rf"(?<![\w.,:/])(?P<money>(?:{_MONEY})\s?)?(?P<digits>{_DIGITS})(?P<plus>\+|\s(?:с лишним|с небольшим|з гаком|з лишком|із гаком))?(?:(?:[\s-]|\sde\s)?(?:{_SCALE})(?!\w))?(?![\d:]|[.,]\d|\s?(?:a\.m\.|p\.m\.|am\b|pm\b))",
    re.IGNORECASE,
)
_RANKED = re.compile(r"(?:st|nd|rd|th|-?(?:lea|[йяеєюм]|го|му|ма|ша|га|та|ої|ий|ій))(?!\w)", re.IGNORECASE)
"""What makes digits an ordinal."""
_DAYS = 31

MINUTES, PERCENT, POINTS, MONEY, TIMES, ORDINAL = "minutes", "percent", "points", "money", "times", "ordinal"
_DAY = 24 * 60.0
_WEEK, _MONTH, _YEAR = 7 * _DAY, 30.44 * _DAY, 365.25 * _DAY
_COUNTED: tuple[tuple[str, float, str], ...] = (
    (POINTS, 1, r"percentage points?|puncte procentuale|процентн\w+ пункт\w*|відсотков\w+ пункт\w*"),
    (PERCENT, 1, r"%|per ?cent|la sută|процент\w*|відсотк\w*|відсоток|проц\."),
    (MONEY, 1, _MONEY),
    ("sq km", 1, r"sq\.? ?km|square kilomet\w+|km²|km2|km pătra[țt]i|kilometri pătra[țt]i|кв\.? ?км|км²|км2|квадратн\w+ кіло?метр\w*|квадратн\w+ километр\w*"),
    ("km", 1, r"km|kilomet\w+|км|кілометр\w*|километр\w*"),
    (TIMES, 1, r"times|ori|раз(?:а|ів|и|у)?"),
    (MINUTES, 1, r"min(?:ute)?s?|minute(?:le|lor)?|хв|хвилин\w*|мин|минут\w*"),
    (MINUTES, 60, r"hours?|hrs?|or[ăae]|ore(?:le|lor)?|годин\w*|час(?:а|ов|у|ами|ах)?|часов\w*"),
    (MINUTES, _DAY, r"days?|zi(?:le|ua|lele|lelor)?|дн(?:і|ів|я|ям|ями|ях|ей|и)|день|денн\w*|дневн\w*|доб\w{0,2}|сут(?:ки|ок)|суточн\w*"),
    (MINUTES, _WEEK, r"weeks?|săptămân\w*|saptaman\w*|тижн\w*|тиждень|тижнев\w*|недел\w*"),
    (MINUTES, _MONTH, r"months?|lun[ăiae]|lunilor|місяц\w*|місяць|місячн\w*|месяц\w*|месячн\w*"),
    (MINUTES, _YEAR, r"years?|ani(?:i|lor)?|рік|рок[иіау]?|років|річн\w*|год(?:а|ов|у|ы|ам|ами|ах)?|лет|летн\w*"),
)  # fmt: skip
_UNIT = re.compile(
    "|".join(f"(?P<u{at}>[\\s\u00a0-]*(?:de\\s)?(?:{forms})(?!\\w))" for at, (_, _, forms) in enumerate(_COUNTED)), re.IGNORECASE
)
_TWICE: dict[float, str] = {2: r"twice|двічі|дважды", 3: r"тричі|трижды|thrice"}
_AGAIN = re.compile("|".join(f"(?P<w{value}>(?<!\\w)(?:{forms})(?!\\w))" for value, forms in _TWICE.items()), re.IGNORECASE)
_HALF_AN_HOUR = r"half an hour|half-hour|jum[aă]tate de or[aă]|пів ?годин\w*|полчаса|получас\w*"
_QUARTER = r"(?:a )?quarter of an hour|(?:un )?sfert de or[aă]|чверть години|четверть часа"
_HOUR_AND_A_QUARTER = (
    r"(?:an |one )?hour and a quarter|o or[aă] (?:și|si) un sfert|годину з чвертю|час с четвертью|час пятнадцать|годину п['’]ятнадцять"
)
_HOUR_AND_A_HALF = r"(?:an |one )?hour and a half|o or[aă] (?:și|si) jum[aă]tate|півтор\w+ годин\w*|полтор\w+ час\w*"
_ONE_OF_TIME = (
    r"(?:(?<!\w)(?:an?|one|o|un)[\s-](?:whole |full |entire )?|(?:близько|цілу|цілий|майже|около|целую|целый|почти|менш\w* ніж|менее|больше|понад)\s)"
    r"(?:(?P<hour>hour|oră|ora|годин[ауи]|часа?)|(?P<week>week|săptămân[aă]|saptamana|тиждень|тижня|недел[юи])|(?P<month>month|lună|luna|місяц[ья]|місяць|месяца?))(?:-long)?(?!\w)"
)
_TIME_ALONE = re.compile(
    rf"(?<!\w)(?:(?P<half>{_HALF_AN_HOUR})|(?P<quarter>{_QUARTER})|(?P<most>{_HOUR_AND_A_QUARTER})|(?P<more>{_HOUR_AND_A_HALF})|(?P<fortnight>(?:a |the )?fortnight))(?!\w)|{_ONE_OF_TIME}(?!\s(?:and a half|și jum|si jum))",
    re.IGNORECASE,
)
_A_RATE = re.compile(r"(?:\d|times|twice|once|ori)[\s-]$", re.IGNORECASE)
"""Before a time, it says how often or how much in it."""
_ALONE = {
    "half": 30.0,
    "quarter": 15.0,
    "most": 75.0,
    "more": 90.0,
    "fortnight": 14 * _DAY,
    "hour": 60.0,
    "week": _WEEK,
    "month": _MONTH,
}
_ODD = re.compile(r"[\s-]odd(?!\w)", re.IGNORECASE)
_IN_MINUTES = {"minutes": 1, "hours": 60, "days": _DAY, "weeks": _WEEK, "months": _MONTH, "years": _YEAR}
_TURNED = re.compile(
    r"(?<!\w)(?:(?P<minutes>минут|хвилин)|(?P<hours>часов|часа|годин|години)|(?P<days>дней|дня|днів|дні)|(?P<weeks>недель|недели|тижнів|тижні)"
    r"|(?P<months>месяцев|месяца|місяців|місяці)|(?P<years>лет|года|років|роки))\s$",
    re.IGNORECASE,
)
"""Twenty minutes or so, as Slavic languages say it: the unit first."""
_AND_A_HALF = re.compile(r"\s(?:and a half|și jum[aă]tate|si jumatate|з половиною|с половиной)(?!\w)", re.IGNORECASE)
_GOES_ON = re.compile(r"[\s,]{1,2}(?:and |și |si |і |та |и )?$", re.IGNORECASE)

_RANGE = re.compile(r"\s?(?:-|–|—|to|or|and|до|или|або|чи|и|і|та|sau|și|si|la|până la)\s?(?:about |around |almost )?", re.IGNORECASE)

_ABOUT = re.compile(
    r"(?:about|barely|abia|ледь|ледве|едва|around|roughly|some|approximately|almost|nearly|close to|circa|something like|aproximativ|cam|vreo|aproape|în jur de|близько|приблизно|майже|біля|десь|якихось|якісь|около|примерно|почти|порядка|где-то|под|better part of|~)\s*(?:a |an |de |o |un |на )?$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:more than|over|past|passed|exceed\w*|at least|above|upwards of|peste|trec\w* de|mai mult(?:e|i|ă)? de|cel puțin|minimum|понад|перевищ\w+|більше(?: ніж| за)?|більш(?: ніж| як)|щонайменше|не менше|свыше|превы[шс]\w+|более(?: чем)?|больше(?: чем)?|не менее|минимум|>)\s*(?:a |an |de |o |un )?$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"(?:less than|fewer than|under|below|up to|at most|not more than|not even|short of|sub|mai puțin(?:e|i)? de|până la|cel mult|nici m[aă]car|nici la|nici|nu a ajuns la|менше(?: ніж| за)?|менш(?: ніж| як)|до|щонайбільше|не більше|не дотяг\w+ до|не досяг\w+|меньше(?: чем)?|менее(?: чем)?|не более|не дотян\w+ до|не дости\w+|<)\s*(?:a |an |de |o |un )?$",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\s(?:o['’]clock|in the (?:morning|afternoon|evening)|at night|dimineața|dimineata|după-amiaza|dupa-amiaza|după-amiază|seara|noaptea|ранку|вечора|ночі|пополудні|утра|вечера|ночи|пополудни)(?!\w)",
    re.IGNORECASE,
)
_MORE_BY = re.compile(
    r"\s(?:[\w’'-]+\s){0,2}(?:more|fewer|less|higher|lower|longer|ahead|short|behind|above|below|to spare|mai mult\w*|mai pu[țt]in\w*|în plus|în minus"
    r"|більше|менше|вище|нижче|попереду|больше|меньше|выше|ниже|впереди)(?!\w)",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?<!\w)(?:by|cu|на)\s(?:(?:some|about|around|almost|nearly|just|vreo|circa|aproape|doar|близько|майже|около|почти|целых|аж)\s)*$",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?<!\w)(?:not|nor|rather than|instead of|nu|nici|не|ні|ни)\s(?:at |in |on |la |în |pe |cu |в |у |на |о )?$", re.IGNORECASE
)
_NOUN = re.compile(r"[\s\u00a0-]+(?:de\s)?([^\W\d_]{3,})")


class Quantity(NamedTuple):
    """A number at `[start, end)` of a text.

    `unit`: percent, money, minutes (of any duration), km, sq km, times, ordinal, or "" for a count. `bare` is the number before its unit.
    `bound`: -1 less than, 1 more than, 0 neither; `about`: rounded by its author. `noun`: the beginning of the word behind a count.
    """

    text: str
    start: int
    end: int
    value: float
    unit: str
    bound: int
    about: bool
    decimals: int
    scale: float
    bare: float
    noun: str = ""
    beside: bool = False
    """Whether it is told by how much more or less, or what something is not."""

    @property
    def tolerance(self) -> float:
        """How far a value may lie off and still be what the author's digits say: half the last digit, more where they say 'about'."""
        exact = self.scale * 0.5 * 10**-self.decimals if (self.scale > 1 or self.decimals) else 0.0
        time = self.unit == MINUTES  # units of time are no multiples of one another
        about = (0.1 if time else 0.06) if self.about else (0.02 if time else 0.0)
        return max(exact, self._rounding, abs(self.value) * about)

    @property
    def _rounding(self) -> float:
        """What a large round number may be rounded from: 16,000 from 16,226."""
        if self.unit not in ("", MONEY) or self.value < 100 or self.value % 100:
            return 0.0
        last = next(10.0**power for power in range(14, 1, -1) if self.value % 10**power == 0)
        return min(last / 2, 0.03 * self.value)


def quantities(text: str) -> list[Quantity]:
    """Every number that is no part of a date or a clock time, and no ordinal, in order."""
    return [quantity for quantity in _all(text) if quantity.unit != ORDINAL]


def ordinals(text: str) -> list[Quantity]:
    """Every ordinal, in order."""
    return [quantity for quantity in _all(text) if quantity.unit == ORDINAL]


@lru_cache(maxsize=16)
def _all(text: str) -> tuple[Quantity, ...]:
    taken = bytearray(len(text))
    for mention in dates(text):
        taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
    found = list[Quantity]()
    for quantity in (*_times_alone(text), *_in_digits(text), *_in_words(text)):
        place = slice(quantity.start, quantity.end)
        if not any(taken[place]) and not _is_a_clock_time(text, quantity):
            found.append(quantity)
            taken[place] = b"\1" * (quantity.end - quantity.start)
    return tuple(_placed(text, quantity) for quantity in _joined(text, sorted(found, key=lambda quantity: quantity.start)))


def _is_a_clock_time(text: str, quantity: Quantity) -> bool:
    return quantity.unit in ("", MINUTES) and quantity.bare <= 24 and _CLOCK.match(text, quantity.end) is not None


def _placed(text: str, quantity: Quantity) -> Quantity:
    before, start = max(0, quantity.start - 30), quantity.start
    beside = _MORE_BY.match(text, quantity.end) or _BY.search(text, before, start) or _NOT.search(text, before, start)
    return quantity._replace(beside=beside is not None)


def _times_alone(text: str) -> Iterator[Quantity]:
    """Half an hour, about an hour, twice: what has no number of its own."""
    for match in _TIME_ALONE.finditer(text):
        if _A_RATE.search(text, max(0, match.start() - 8), match.start()):
            continue
        name = next(name for name in _ALONE if match[name])
        bound, about = _hedges(text, match.start(name))
        yield Quantity(match.group().strip(), match.start(), match.end(), _ALONE[name], MINUTES, bound, about, 0, 1, 1)
    for match in _AGAIN.finditer(text):
        value = float(str(match.lastgroup)[1:])
        yield Quantity(match.group(), match.start(), match.end(), value, TIMES, 0, False, 0, 1, value)


def _in_digits(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        scale = next((factor for at, (factor, _) in enumerate(_SCALES) if match[f"s{at}"]), 1.0)
        value, decimals = _value(match["digits"], of_much=scale > 1 or _is_percent(text, match.end()))
        ranked = _RANKED.match(text, match.end("digits")) if scale == 1 and not decimals else None
        start, end = match.start("digits"), match.end()
        if ranked and value <= _DAYS:
            continue  # most likely a day of a month
        if ranked:
            yield Quantity(text[start : ranked.end()], start, ranked.end(), value, ORDINAL, 0, False, 0, 1, value)
            continue
        made = _counted(text, start, end, value * scale, decimals, scale, hedged=match.start(), money=bool(match["money"]))
        yield made._replace(text=text[match.start() : made.end].strip(), bound=1 if match["plus"] else made.bound)


def _in_words(text: str) -> Iterator[Quantity]:
    for number in spelled(text):
        if number.kind == "ordinal":
            yield _of(text, number, ORDINAL)
        elif number.kind == "share":
            yield _of(text, number, PERCENT)._replace(about=True)
        else:
            made = _counted(text, number.start, number.end, number.value, 0, number.scale, hedged=number.start)
            if made.value != 1 or made.unit:  # one is an article, or somebody
                yield made


def _of(text: str, number: Spelled, unit: str) -> Quantity:
    bound, about = _hedges(text, number.start)
    said = text[number.start : number.end]
    return Quantity(said, number.start, number.end, number.value, unit, bound, about, 0, 1, number.value)


def _counted(text: str, start: int, end: int, count: float, decimals: int, scale: float, *, hedged: int, money: bool = False) -> Quantity:
    """A number with the unit behind it."""
    bound, about = _hedges(text, hedged)
    if odd := _ODD.match(text, end):
        end, about = odd.end(), True
    if half := _AND_A_HALF.match(text, end):
        count, end = count + 0.5 * (scale if scale > 1 else 1), half.end()
    value, unit, noun = count, MONEY if money else "", ""
    if not money and (match := _UNIT.match(text, end)):
        unit, factor, _ = _COUNTED[int(str(match.lastgroup)[1:])]
        value, end = count * factor, match.end()
        if unit == MINUTES and decimals:
            return Quantity(text[start:end], start, end, value, unit, bound, True, 0, 1, count)
    elif not money and (match := _TURNED.search(text, max(0, start - 12), start)):
        unit, value, about = MINUTES, count * next(factor for name, factor in _IN_MINUTES.items() if match[name]), True
    elif not money and (following := _NOUN.match(text, end)):
        noun = following[1].lower()[:4]
    return Quantity(text[start:end], start, end, value, unit, bound, about, decimals, scale, count, noun)


def _joined(text: str, found: list[Quantity]) -> list[Quantity]:
    """An hour and 15 minutes is one time; of two to three months both are months."""
    joined = list[Quantity]()
    for one in found:
        before = joined[-1] if joined else None
        if before and not before.unit and (one.unit or one.scale > 1) and _RANGE.fullmatch(text[before.end : one.start]):
            scale = one.scale if before.scale == 1 and before.bare < one.bare / one.scale * 1.0001 else 1
            count, factor = before.bare * scale, one.value / one.bare if one.bare else 1
            joined[-1] = before = before._replace(unit=one.unit, value=count * factor, bare=count, scale=max(before.scale, scale), noun="")
        if before and before.unit == one.unit == MINUTES and one.value < before.value and _GOES_ON.fullmatch(text[before.end : one.start]):
            value = before.value + one.value
            joined[-1] = before._replace(text=text[before.start : one.end], end=one.end, value=value, bare=value)
        else:
            joined.append(one)
    return joined


def _is_percent(text: str, at: int) -> bool:
    unit = _UNIT.match(text, at)
    return unit is not None and _COUNTED[int(str(unit.lastgroup)[1:])][0] == PERCENT


def _value(digits: str, *, of_much: bool) -> tuple[float, int]:
    """A number as people write it: `1,500` `1.500` `1 500` are 1500; `49.8` and `49,8` are not, nor is `1.365` `of_much`, of millions or per cent."""
    plain = re.sub(r"[ \u00a0\u202f’']", "", digits)
    groups = re.fullmatch(r"\d{1,3}([.,]\d{3})+", plain)
    if groups and not plain.startswith("0") and not (of_much and len(plain) <= 7):
        return float(re.sub(r"[.,]", "", plain)), 0
    if "," in plain and "." in plain:
        thousands = "," if plain.index(",") < plain.index(".") else "."
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    return float(plain), len(plain.partition(".")[2])


def _hedges(text: str, at: int) -> tuple[int, bool]:
    before = text[max(0, at - 24) : at]
    if _MORE.search(before):
        return 1, False
    if _LESS.search(before):
        return -1, False
    return 0, bool(_ABOUT.search(before))


def agree(claimed: Quantity, sourced: Quantity) -> bool:
    """Whether the source's number bears the claimed one out, rounding and 'more than / about / less than' included."""
    if claimed.unit != sourced.unit:
        if PERCENT in (claimed.unit, sourced.unit) or ORDINAL in (claimed.unit, sourced.unit) or (claimed.unit and sourced.unit):
            return False
        claimed, sourced = claimed._replace(value=claimed.bare), sourced._replace(value=sourced.bare)
    gap = claimed.value - sourced.value
    allowed = max(claimed.tolerance, sourced.tolerance if sourced.about or sourced.unit == MINUTES else 0.0)
    if abs(gap) <= allowed + 1e-9:
        return True
    if claimed.bound > 0 and sourced.bound >= 0:
        return -abs(sourced.value) * 0.25 <= gap < 0
    if claimed.bound < 0 and sourced.bound <= 0:
        return 0 < gap <= abs(sourced.value) * 0.25
    if sourced.bound > 0 and claimed.bound == 0:
        return 0 <= gap <= abs(sourced.value) * 0.03
    return False


def within(claimed: Quantity, sourced: Quantity) -> bool:
    """Whether one of the two says 'more than' or 'less than' and the other is: then they may both be true, however far apart."""
    gap = claimed.value - sourced.value
    if gap < 0:
        return (claimed.bound > 0 and sourced.bound >= 0) or (sourced.bound < 0 and claimed.bound <= 0)
    return (claimed.bound < 0 and sourced.bound <= 0) or (sourced.bound > 0 and claimed.bound >= 0)


_NEAR = 8.0
"""Two numbers are about the same thing only if neither is more than so many times the other, or where a reader's eye takes one for the other."""
_NEAR_IN_TIME = 40.0
"""Hours are taken for days."""
MANY = 40
"""Among more than so many numbers or days some two add up to anything."""
SMALL = 12
"""Counts up to this are of too many things to be set against one another, unless these have the same name."""


def rivals(claimed: Quantity, sourced: Quantity) -> bool:
    """Whether the source's number may stand where the claim has its own."""
    if claimed.unit != sourced.unit and not ({claimed.unit, sourced.unit} == {"", MONEY} and min(claimed.bare, sourced.bare) > SMALL):
        return False
    low, high = sorted((abs(claimed.value), abs(sourced.value)))
    if claimed.unit == "" and low <= SMALL and not _same_thing(claimed, sourced):
        return False
    if claimed.unit == ORDINAL and sourced.value == 1:
        return False  # much is the first of something
    return high <= max(low, 0.5) * (_NEAR_IN_TIME if claimed.unit == MINUTES else _NEAR) or _shifted(low, high)


def derived(claimed: Quantity, sourced: Sequence[Quantity]) -> bool:
    """Whether a number follows from those of the source: the sum or the difference of two, or what a share leaves over."""
    alike = [other for other in sourced if other.unit == claimed.unit and other.unit != ORDINAL]
    if claimed.unit == PERCENT and any(agree(claimed, other._replace(value=100 - other.value)) for other in alike):
        return True
    made = (
        other._replace(value=value, bare=value)
        for one, other in combinations(alike, 2)
        for value in (one.value + other.value, abs(one.value - other.value))
    )
    return claimed.bare > 2 and len(alike) <= MANY and any(agree(claimed, one) for one in made)


def _same_thing(claimed: Quantity, sourced: Quantity) -> bool:
    """Whether two small counts are of the same thing: by its name, or because neither is so small as to be of anything."""
    if claimed.noun and claimed.noun == sourced.noun:
        return True
    low, high = sorted((claimed.value, sourced.value))
    return (low > SMALL / 2 and high <= 2.5 * low) or (claimed.value > SMALL and _shifted(low, high))


def _shifted(low: float, high: float) -> bool:
    """Whether two numbers have the same digits, a power of ten apart."""
    if not low:
        return False
    power = math.log10(high / low)
    return 0.9 < power < 3.1 and abs(power - round(power)) < 0.03
