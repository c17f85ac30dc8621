"""A text in, the numbers that it spells out with words out: cardinals, ordinals and shares, in four languages and their cases. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Kind = Literal["cardinal", "ordinal", "share"]


class _Table(NamedTuple):
    """Values by whole forms, and by beginnings."""

    whole: dict[str, float]
    begun: list[tuple[str, float]]


def _table(forms: Mapping[float, str]) -> _Table:
    """Forms are separated by spaces; one that ends in * may go on with any letters."""
    every = [(form, value) for value, listed in forms.items() for form in listed.split()]
    return _Table(
        {form: value for form, value in every if not form.endswith("*")},
        [(form[:-1], value) for form, value in every if form.endswith("*")],
    )


_UNITS = _table(
    {
        1: "one unu una один одна одне одну одного одній одному одним одной одно",
        2: "two both doi două doua ambii ambele два дві двох двом двома двоє две двух двум двумя двое оба обидва обидві обидвох обе обоих",
        3: "three trei три трьох трьом трьома троє трех трёх трем трём тремя трое",
        4: "four patru чотири чотирьох чотирьом чотирма четверо четыре четырех четырёх четырем четырём четырьмя",
        5: "five cinci п'ять п'яти п'ятьох п'ятьом п'ятьма п'ятеро пять пяти пятью пятеро",
        6: "six șase sase шість шести шістьох шістьом шістьма шістю шесть шестью шестеро",
        7: "seven șapte sapte сім семи сімох семеро семь семью",
        8: "eight opt вісім восьми вісьмох вісьма восемь восемью",
        9: "nine дев'ять дев'яти дев'ятьох девять девяти девятью",
        10: "ten zece десять десяти десятьох десятьма десятью",
        11: "eleven unsprezece одинадцят* одиннадцат*",
        12: "twelve doisprezece douăsprezece douasprezece дванадцят* двенадцат*",
        13: "thirteen treisprezece тринадцят* тринадцат*",
        14: "fourteen paisprezece чотирнадцят* четырнадцат*",
        15: "fifteen cincisprezece п'ятнадцят* пятнадцат*",
        16: "sixteen șaisprezece saisprezece шістнадцят* шестнадцат*",
        17: "seventeen șaptesprezece saptesprezece сімнадцят* семнадцат*",
        18: "eighteen optsprezece вісімнадцят* восемнадцат*",
        19: "nineteen nouăsprezece nouasprezece дев'ятнадцят* девятнадцат*",
    }
)
_TENS = _table(
    {
        20: "twenty douăzeci douazeci двадцять двадцяти двадцятьох двадцать двадцати двадцатью",
        30: "thirty treizeci тридцять тридцяти тридцятьох тридцать тридцати тридцатью",
        40: "forty patruzeci сорок сорока",
        50: "fifty cincizeci п'ятдесят п'ятдесяти п'ятдесятьох пятьдесят пятидесяти",
        60: "sixty șaizeci saizeci шістдесят шістдесяти шестидесяти шестьдесят",
        70: "seventy șaptezeci saptezeci сімдесят сімдесяти семидесяти семьдесят",
        80: "eighty optzeci вісімдесят вісімдесяти восьмидесяти восемьдесят",
        90: "ninety nouăzeci nouazeci дев'яносто дев'яноста девяносто девяноста",
    }
)
_ROUND = frozenset(_TENS.whole.values())
_HUNDREDS = _table(
    {
        100: "сто ста",
        200: "двісті двохсот двумстам двести двухсот",
        300: "триста трьохсот трехсот трёхсот",
        400: "чотириста чотирьохсот четыреста четырехсот четырёхсот",
        500: "п'ятсот п'ятисот пятьсот пятисот",
        600: "шістсот шестисот шестьсот",
        700: "сімсот семисот семьсот",
        800: "вісімсот восьмисот восемьсот",
        900: "дев'ятсот дев'ятисот девятьсот девятисот",
    }
)
_HUNDRED = frozenset(["hundred", "sută", "suta", "sute"])
_SCALES = _table(
    {
        10**3: "thousand mii mie тисяч* тысяч*",
        10**6: "million millions milion milioane мільйон* миллион*",
        10**9: "billion billions miliard miliarde мільярд* миллиард*",
        10**12: "trillion trillions trilion trilioane трильйон* триллион*",
    }
)
_SINGLE = {
    "тисячу": 1e3,
    "тысячу": 1e3,
    "мільйон": 1e6,
    "миллион": 1e6,
    "мільярд": 1e9,
    "миллиард": 1e9,
    "трильйон": 1e12,
    "триллион": 1e12,
}
"""Scales that mean one of them where no number stands before them."""
_TURNED = {"тисяч": 1e3, "тысяч": 1e3, "мільйонів": 1e6, "миллионов": 1e6}
_ARTICLES = frozenset(["a", "an", "o", "un"])
_JOINTS = frozenset(["and", "și", "si"])
_NINE = frozenset(["nouă", "noua"])
"""Nine in Romanian, and 'new': a number only beside other words for numbers."""

_ENDINGS = frozenset(
    [
        "ий",
        "ій",
        "а",
        "е",
        "я",
        "є",
        "і",
        "у",
        "ю",
        "ого",
        "ьго",
        "его",
        "ої",
        "ой",
        "ей",
        "ому",
        "ьому",
        "ему",
        "ым",
        "им",
        "ім",
        "ою",
        "ею",
        "ую",
        "юю",
        "ые",
        "ые",
        "ых",
        "их",
        "ими",
        "ыми",
        "ый",
        "ое",
        "ая",
        "ья",
        "ье",
        "ью",
        "ьи",
        "ьих",
        "ьим",
        "ьей",
        "ьою",
        "ьему",
        "ьої",
        "ьій",
        "ьими",
    ]
)
_ORDINALS = _table(
    {
        1: "first primul prima перш* перв* вперше уперше впервые",
        2: "second doilea другий друга друге другу другій другою другому втор*",
        3: "third treilea трет*",
        4: "fourth patrulea четверт*",
        5: "fifth cincilea п'ят* пят*",
        6: "sixth șaselea saselea шост* шест*",
        7: "seventh șaptelea saptelea сьом* седьм*",
        8: "eighth optulea восьм*",
        9: "ninth nouălea noualea дев'ят* девят*",
        10: "tenth zecelea десят*",
        11: "eleventh unsprezecelea",
        12: "twelfth doisprezecelea",
    }
)
_AFTER_A = dict(
    zip(
        ("doua", "treia", "patra", "cincea", "șasea", "sasea", "șaptea", "saptea", "opta", "noua", "zecea"),
        (2, 3, 4, 5, 6, 6, 7, 7, 8, 9, 10),
        strict=True,
    )
)
"""Feminine ordinals of Romanian, behind an article."""

_PARTS = _table(
    {
        1 / 2: "half jumătate jumatate половина половину половини половине половиною половиной пів",
        1 / 3: "third thirds treime treimi третина третину третини третин треть трети третью",
        1 / 4: "quarter quarters sfert sferturi чверть чверті четверть четверти четвертью",
        1 / 5: "fifth fifths cincime cincimi",
        1 / 10: "tenth tenths zecime zecimi",
    }
)
_AFTER_OPT = frozenset(["out", "for", "in", "to", "into"])
"""Eight in Romanian; before these an English verb."""
_ENGLISH_PARTS = frozenset(["third", "thirds", "quarter", "quarters", "fifth", "fifths", "tenth", "tenths"])
"""Parts only where a number or an article stands before them."""
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`][^\W\d_]+)*")
_NEAR = re.compile(r"[\s\u00a0-]{1,3}")


class Spelled(NamedTuple):
    """A number in words at `[start, end)` of a text. A share is in percent. `scale`: the largest power of ten that was named."""

    start: int
    end: int
    value: float
    kind: Kind
    scale: float


class _Word(NamedTuple):
    start: int
    end: int
    form: str


def _value(table: _Table, form: str) -> float | None:
    found = table.whole.get(form)
    if found is None:
        found = next((value for start, value in table.begun if form.startswith(start)), None)
    return found


def spelled(text: str) -> list[Spelled]:
    """Every number in words, in order, none inside another."""
    words = [_Word(m.start(), m.end(), _plain(m.group())) for m in _WORD.finditer(text)]
    found, at = list[Spelled](), 0
    while at < len(words):
        length, number = _at(text, words, at)
        if number is not None:
            found.append(number)
        at += max(1, length)
    return found


def _plain(word: str) -> str:
    return word.lower().replace("’", "'").replace("ʼ", "'").replace("`", "'").replace("ş", "ș").replace("ţ", "ț")


def _at(text: str, words: Sequence[_Word], at: int) -> tuple[int, Spelled | None]:
    """The number that begins at a word, and over how many words it goes."""
    if words[at].form in _AFTER_A and (rank := _rank(words, at)) is not None:
        return 1, Spelled(words[at].start, words[at].end, rank, "ordinal", 1)
    length, value, scale = _cardinal(text, words, at)
    if length and (share := _share(text, words, at + length, value)):
        return length + share[0], Spelled(words[at].start, words[at + length + share[0] - 1].end, share[1], "share", 1)
    if length and value in _ROUND and (rank := _rank_behind(text, words, at + length)) is not None:
        return length + 1, Spelled(words[at].start, words[at + length].end, value + rank, "ordinal", 1)
    if length:
        return length, Spelled(words[at].start, words[at + length - 1].end, value, "cardinal", scale)
    alone = _share(text, words, at, 1.0, alone=True)
    if alone and (whole := _whole(text, words, at + alone[0])):
        return alone[0] + whole[0], Spelled(
            words[at].start, words[at + alone[0] + whole[0] - 1].end, whole[1] * alone[1] / 100, "cardinal", whole[2]
        )
    if alone:
        return alone[0], Spelled(words[at].start, words[at + alone[0] - 1].end, alone[1], "share", 1)
    if (step := _SINGLE.get(words[at].form)) is not None:
        length, value, scale = _cardinal(text, words, at + 1) if at + 1 < len(words) and _together(text, words, at + 1) else (0, 0.0, 1.0)
        further = length if scale < step else 0
        return 1 + further, Spelled(words[at].start, words[at + further].end, step + (value if further else 0), "cardinal", step)
    if (turned := _turned(text, words, at)) is not None:
        return turned
    if (rank := _rank(words, at)) is not None:
        if rank > 2 and at + 1 < len(words) and _together(text, words, at + 1) and words[at + 1].form.startswith("част"):
            return 2, Spelled(words[at].start, words[at + 1].end, 100 / rank, "share", 1)
        return 1, Spelled(words[at].start, words[at].end, rank, "ordinal", 1)
    return 0, None


def _turned(text: str, words: Sequence[_Word], at: int) -> tuple[int, Spelled] | None:
    """Some twenty thousand, as Slavic languages say it: the thousands first."""
    step = _TURNED.get(words[at].form)
    if step is None or at + 1 >= len(words) or not _together(text, words, at + 1):
        return None
    length, value, scale = _cardinal(text, words, at + 1)
    if not length or scale >= 1000:
        return None
    return 1 + length, Spelled(words[at].start, words[at + length].end, value * step, "cardinal", step)


def _whole(text: str, words: Sequence[_Word], at: int) -> tuple[int, float, float] | None:
    """The large number that a part is of, as in half a million: over how many words it goes, its value and scale."""
    skipped = 0
    while at + skipped < len(words) and words[at + skipped].form in ("of", "de") and _together(text, words, at + skipped):
        skipped += 1
    if at + skipped >= len(words) or not _together(text, words, at + skipped):
        return None
    length, value, scale = _cardinal(text, words, at + skipped)
    if not length and (step := _value(_SCALES, words[at + skipped].form)) is not None:
        length, value, scale = 1, step, step
    return (skipped + length, value, scale) if scale >= 1000 else None


def _cardinal(text: str, words: Sequence[_Word], at: int) -> tuple[int, float, float]:
    """How many words, the value, and the largest scale; no words where none begins here."""
    total, current, room, least, scale, length, read = 0.0, 0.0, 1000.0, float("inf"), 1.0, 0, 0
    while at + read < len(words) and (read == 0 or _together(text, words, at + read)):
        form = words[at + read].form
        if read == 0 and form in _ARTICLES:
            following = words[at + 1].form if at + 1 < len(words) and _together(text, words, at + 1) else ""
            if following not in _HUNDRED and _value(_SCALES, following) is None:
                break
            current, room, read = 1.0, 1.0, 1
            continue
        if form in _JOINTS and length == read and length:
            read += 1
            continue
        if (step := _value(_SCALES, form)) is not None and current and step < least:
            total, current, room, least, scale = total + current * step, 0.0, 1000.0, step, max(scale, step)
        elif form in _HUNDRED and 0 < current < 100 and room <= 100:
            current, room, scale = current * 100, 100.0, max(scale, 100.0)
        elif (added := _added(words, at + read, room, alone=not length)) is not None:
            current, room = current + added[0], added[1]
        else:
            break
        read += 1
        length = read
    return length, total + current, scale


def _added(words: Sequence[_Word], at: int, room: float, *, alone: bool) -> tuple[float, float] | None:
    """What a word adds to a number, and how large what may follow is."""
    form = words[at].form
    if form == "opt" and at + 1 < len(words) and words[at + 1].form in _AFTER_OPT:
        return None
    if form in _NINE:
        beside = words[at + 1].form if at + 1 < len(words) else ""
        return (9.0, 1.0) if room > 9 and (not alone or beside in _HUNDRED or _value(_SCALES, beside)) else None
    for table, left in ((_HUNDREDS, 100.0), (_TENS, 10.0), (_UNITS, 1.0)):
        value = _value(table, form)
        if value is not None:
            return (value, left) if value < room else None
    return None


def _together(text: str, words: Sequence[_Word], at: int) -> bool:
    return _NEAR.fullmatch(text[words[at - 1].end : words[at].start]) is not None


def _share(text: str, words: Sequence[_Word], at: int, count: float, *, alone: bool = False) -> tuple[int, float] | None:
    """How many words say which part it is that there are so many of, and the percentage."""
    if at >= len(words) or count > 9 or (not alone and not _together(text, words, at)):
        return None
    form = words[at].form
    part = _value(_PARTS, form)
    before = words[at - 1].form if at else ""
    if part is None or (alone and (_rank(words, at - 1) if at else None) is not None):  # the first half, the third quarter
        return None
    if alone and ((form in _ENGLISH_PARTS and before not in _ARTICLES) or text[words[at].end : words[at].end + 1] == "-"):
        return None  # as in a half-truth
    return 1, 100 * count * part


def _rank_behind(text: str, words: Sequence[_Word], at: int) -> float | None:
    return _rank(words, at) if at < len(words) and _together(text, words, at) else None


def _rank(words: Sequence[_Word], at: int) -> float | None:
    form = words[at].form
    if form in _AFTER_A:
        return _AFTER_A[form] if at and words[at - 1].form == "a" else None
    if form in _ORDINALS.whole:
        return _ORDINALS.whole[form]
    return next((value for start, value in _ORDINALS.begun if form.startswith(start) and form[len(start) :] in _ENDINGS), None)
