"""A text in, the quantities it states out, in English, Romanian, Ukrainian and Russian. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from knowledge.dates import dates

_SCALES: tuple[tuple[float, str], ...] = (
    (1e12, r"trillion|trn|trilio\w*|трильйон\w*|триллион\w*|трлн"),
    (1e9, r"billion|bn|miliard\w*|mld|мільярд\w*|миллиард\w*|млрд"),
    (1e6, r"million|mln|mil|m|milio\w*|мільйон\w*|миллион\w*|млн"),
    (1e3, r"thousand|k|mii|mie|тисяч\w*|тыс(?:яч\w*)?|тис"),
)
_SCALE = "|".join(f"(?P<s{at}>{forms})" for at, (_, forms) in enumerate(_SCALES))
_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f’']\d{3})+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_PERCENT = r"\s?%|\s(?:per ?cent|percentage points?|la sută|процент\w*|відсотк\w*|відсоток|проц\.)"
_MONEY = r"USD|EUR|US\$|\$|€|£|lei|RON|euro|dollars?|dolari|долар\w*|доллар\w*|євро|евро|гривень|руб\w*"
_NUMBER = re.compile(
    rf"(?<![\w.,:/])(?P<money>(?:{_MONEY})\s?)?(?P<digits>{_DIGITS})(?P<plus>\+)?(?:(?P<percent>{_PERCENT})|(?:[\s-]|\sde\s)?(?:{_SCALE})(?!\w))?(?P<money2>\s(?:de\s)?(?:{_MONEY})(?!\w))?(?![\d:]|[.,]\d|\s?(?:a\.m\.|p\.m\.|am\b|pm\b))",
    re.IGNORECASE,
)

_WORDS: dict[float, str] = {
    1: r"один|одна|одне|одну|одного",
    2: r"two|both|twice|doi|două|doua|ambele|ambii|два|дві|двох|двух|две|оба|обидва|обидві|обе|двічі|дважды",
    3: r"three|trei|три|трьох|трех|трёх",
    4: r"four|patru|чотири|чотирьох|четыре|четырех|четырёх",
    5: r"five|cinci|п['’]ять|п['’]яти|пять|пяти",
    6: r"six|șase|sase|шість|шести|шесть",
    7: r"seven|șapte|sapte|сім|семи|семь",
    8: r"eight|opt|вісім|восьми|восемь",
    9: r"nine|nouă|noua|дев['’]ять|дев['’]яти|девять|девяти",
    10: r"ten|zece|десять|десяти",
    11: r"eleven|unsprezece|одинадцять|одинадцяти|одиннадцать|одиннадцати",
    12: r"twelve|doisprezece|douăsprezece|дванадцять|дванадцяти|двенадцать|двенадцати",
    13: r"thirteen|treisprezece|тринадцять|тринадцати|тринадцать",
    14: r"fourteen|paisprezece|чотирнадцять|чотирнадцяти|четырнадцать|четырнадцати",
    15: r"fifteen|cincisprezece|п['’]ятнадцять|п['’]ятнадцяти|пятнадцать|пятнадцати",
    16: r"sixteen|șaisprezece|шістнадцять|шістнадцяти|шестнадцать|шестнадцати",
    18: r"eighteen|optsprezece|вісімнадцять|восемнадцать|восемнадцати",
    20: r"twenty|douăzeci|двадцять|двадцяти|двадцать|двадцати",
    30: r"thirty|treizeci|тридцять|тридцяти|тридцать|тридцати",
    40: r"forty|patruzeci|сорок",
    50: r"fifty|cincizeci|п['’]ятдесят|п['’]ятдесяти|пятьдесят|пятидесяти",
    100: r"(?:a|one) hundred|o sută|сто",
}
_WORD = re.compile("|".join(f"(?P<w{int(value)}>(?<!\\w)(?:{forms})(?!\\w))" for value, forms in _WORDS.items()), re.IGNORECASE)

_ABOUT = re.compile(
    r"(?:about|around|roughly|some|approximately|almost|nearly|close to|circa|aproximativ|cam|vreo|aproape|în jur de|близько|приблизно|майже|біля|десь|около|примерно|почти|порядка|где-то|~)\s*(?:a |de |на )?$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"(?:more than|over|at least|above|upwards of|peste|mai mult(?:e|i|ă)? de|cel puțin|minimum|понад|більше(?: ніж| за)?|більш(?: ніж| як)|щонайменше|не менше|свыше|более(?: чем)?|больше(?: чем)?|не менее|минимум|>)\s*(?:de )?$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"(?:less than|fewer than|under|below|up to|at most|not more than|sub|mai puțin(?:e|i)? de|până la|cel mult|менше(?: ніж| за)?|менш(?: ніж| як)|до|щонайбільше|не більше|меньше(?: чем)?|менее(?: чем)?|не более|<)\s*(?:de )?$",
    re.IGNORECASE,
)


class Quantity(NamedTuple):
    """A number at `[start, end)` of a text. `unit`: percent, money or "" for a count. `bound`: -1 less than, 1 more than, 0 neither; `about`: rounded by its author."""

    text: str
    start: int
    end: int
    value: float
    unit: str
    bound: int
    about: bool
    decimals: int
    scale: float

    @property
    def tolerance(self) -> float:
        """How far a value may lie off and still be what the author's digits say: half the last digit, more where they say 'about'."""
        exact = self.scale * 0.5 * 10**-self.decimals if (self.scale > 1 or self.decimals) else 0.0
        return max(exact, abs(self.value) * 0.04 if self.about else 0.0)


def quantities(text: str) -> list[Quantity]:
    """Every number that is no part of a date or a clock time, in order."""
    taken = [(mention.start, mention.end) for mention in dates(text)]
    found = [_from_digits(match, text) for match in _NUMBER.finditer(text)]
    spelled = [_from_word(match, text) for match in _WORD.finditer(text)]
    free = [q for q in found if not _inside(q, taken)]
    return sorted([*free, *(q for q in spelled if not _inside(q, taken))], key=lambda q: q.start)


def _inside(quantity: Quantity, spans: list[tuple[int, int]]) -> bool:
    return any(quantity.start < end and start < quantity.end for start, end in spans)


def _from_digits(match: re.Match[str], text: str) -> Quantity:
    value, decimals = _value(match["digits"])
    scale = next((factor for at, (factor, _) in enumerate(_SCALES) if match[f"s{at}"]), 1.0)
    unit = "percent" if match["percent"] else "money" if match["money"] or match["money2"] else ""
    start = match.start("digits")
    bound, about = _hedges(text[max(0, match.start() - 24) : match.start()])
    return Quantity(match.group().strip(), start, match.end(), value * scale, unit, 1 if match["plus"] else bound, about, decimals, scale)


def _from_word(match: re.Match[str], text: str) -> Quantity:
    value = float(str(match.lastgroup)[1:])
    scale_after = re.match(rf"[\s-](?:{_SCALE})(?!\w)", text[match.end() :], re.IGNORECASE)
    scale = next((factor for at, (factor, _) in enumerate(_SCALES) if scale_after and scale_after[f"s{at}"]), 1.0)
    end = match.end() + (scale_after.end() if scale_after else 0)
    bound, about = _hedges(text[max(0, match.start() - 24) : match.start()])
    return Quantity(text[match.start() : end], match.start(), end, value * scale, "", bound, about, 0, scale)


def _value(digits: str) -> tuple[float, int]:
    """A number as people write it: `1,500` `1.500` `1 500` are 1500; `49.8` and `49,8` are not."""
    plain = re.sub(r"[ \u00a0\u202f’']", "", digits)
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", plain) and not plain.startswith("0"):
        return float(re.sub(r"[.,]", "", plain)), 0
    if "," in plain and "." in plain:
        thousands = "," if plain.index(",") < plain.index(".") else "."
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    return float(plain), len(plain.partition(".")[2])


def _hedges(before: str) -> tuple[int, bool]:
    if _MORE.search(before):
        return 1, False
    if _LESS.search(before):
        return -1, False
    return 0, bool(_ABOUT.search(before))


def agree(claimed: Quantity, sourced: Quantity) -> bool:
    """Whether the source's number bears the claimed one out, rounding and 'more than / about / less than' included."""
    if claimed.unit != sourced.unit and "percent" in (claimed.unit, sourced.unit):
        return False
    gap = claimed.value - sourced.value
    allowed = max(claimed.tolerance, sourced.tolerance if sourced.about else 0.0)
    if abs(gap) <= allowed + 1e-9:
        return True
    if claimed.bound > 0 and sourced.bound >= 0:
        return -abs(sourced.value) * 0.25 <= gap < 0
    if claimed.bound < 0 and sourced.bound <= 0:
        return 0 < gap <= abs(sourced.value) * 0.25
    if sourced.bound > 0 and claimed.bound == 0:
        return 0 <= gap <= abs(sourced.value) * 0.03
    return False
