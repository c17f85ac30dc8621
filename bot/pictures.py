"""Dated entries and the dates of a claim in, a timeline out: a PNG for a phone, and the words of it. Pure; knows what it looks like."""

from __future__ import annotations

import calendar
import datetime as dt
import io
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from babel.dates import format_timedelta

from bot.pages import shortened, units
from knowledge.domain import Language, Period

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ft2font import FT2Font

WIDTH = 1080
MOST_ENTRIES = 12
MOST_MARKS = 4
MAX_DESCRIBED = 1000
"""UTF-16 units, of the 1024 that Telegram allows a caption."""

# A mid-dark card stands out from a light chat and from a dark one. Blue and amber stay apart for every kind of colour blindness,
# and shape says the same again: disc or bar for an entry, diamond for the claim.
PAGE = "#17202B"
CARD = "#202C3A"
PANEL = "#2D3C4E"
INK = "#F5F2EB"
QUIET = "#B4C0CD"
SOURCED = "#7CC4F5"
CLAIMED = "#FFB95A"
RAIL = "#65788D"


class Style(NamedTuple):
    """How a text is set; `size` in pixels."""

    size: int
    colour: str
    bold: bool = False


TITLE = Style(54, INK, bold=True)
DATE, QUIET_DATE = Style(32, SOURCED, bold=True), Style(32, QUIET, bold=True)
ENTRY, QUIET_ENTRY = Style(36, INK), Style(36, QUIET)
CLAIM = Style(34, CLAIMED)
PASSED = Style(30, QUIET)
MORE = Style(36, QUIET, bold=True)

LEADING = 1.25
"""Of a line to its text's size: what DejaVu Sans needs from the highest accent to the lowest comma."""
CARD_MARGIN, CARD_PADDING = 24, 48
LEFT, RIGHT = CARD_MARGIN + CARD_PADDING, WIDTH - CARD_MARGIN - CARD_PADDING
RAIL_X, TEXT_X = 90, 152
PANEL_LEFT, PANEL_RIGHT = TEXT_X - 24, RIGHT + 24
PADDING = 13
"""Above and below the text within a row, so that a panel or a frame has room there."""
BETWEEN_ROWS, AROUND_MARK, BELOW_TITLE = 8, 12, 26
DISC, RING, BAR_LENGTH = 34, 26, 74
"""Across; a bar is as wide as a disc or a ring."""


class Dot(NamedTuple):
    """An entry of a timeline; `deciding` where a verdict rests on it."""

    period: Period
    title: str
    deciding: bool = False


class Mark(NamedTuple):
    """A date that a claim names, in the words to be shown."""

    period: Period
    text: str


class Line(NamedTuple):
    """A line of text from `x` to `right`, in pixels; `y` is its baseline, from the top."""

    text: str
    x: float
    right: float
    y: float
    style: Style


Kind = Literal["entry", "mark", "break", "more"]


class Row(NamedTuple):
    """What stands beside one symbol, `y` being its centre. `lasting` is longer than a day, `quiet` beside others that decide."""

    kind: Kind
    top: float
    bottom: float
    y: float
    lines: tuple[Line, ...]
    deciding: bool = False
    quiet: bool = False
    lasting: bool = False


class Layout(NamedTuple):
    height: int
    title: tuple[Line, ...]
    rows: tuple[Row, ...]


def timeline(dots: Sequence[Dot], marks: Sequence[Mark] = (), *, title: str, language: Language, written: Callable[[str], str]) -> bytes:
    """A PNG, the same for the same input. `written` turns an ISO date, month or year into how the reader writes it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    layout = laid_out(dots, marks, title=title, language=language, written=written)
    # At 72 dots an inch a point is a pixel, and so are the axes' units.
    figure = Figure(figsize=(WIDTH / 72, layout.height / 72), dpi=72, facecolor=PAGE)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(layout.height, 0), autoscale_on=False)
    axes.set_axis_off()
    _draw(axes, layout)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=72, metadata={"Software": None})
    return png.getvalue()


def described(
    dots: Sequence[Dot],
    marks: Sequence[Mark] = (),
    *,
    title: str,
    written: Callable[[str], str],
    deciding: str = "",
    left_out: Callable[[int], str] = "+{}".format,
) -> str:
    """The picture in words: a plain line an entry, in order. `deciding` is said of an entry that decides, `left_out` of how many are not shown."""

    def line(item: Dot | Mark, most: int) -> str:
        if isinstance(item, Mark):
            return shortened(_flat(item.text), most)
        why = f" ({deciding})" if item.deciding and deciding else ""
        return f"{_dated(item.period, written)}: {shortened(_flat(item.title), most)}{why}"

    def lines(most: int) -> str:
        told = [shortened(_flat(title), most), *(line(item, most) for item in in_order(dots, marks))]
        return "\n".join(filter(None, [*told, left_out(_hidden(dots)) if _hidden(dots) else ""]))

    # Every entry is told: long titles give way, not the last entries.
    fitting = (text for text in map(lines, range(300, 10, -5)) if units(text) <= MAX_DESCRIBED)
    return next(fitting, None) or shortened(lines(10), MAX_DESCRIBED)


# -- what is shown, in which order


def shown(dots: Sequence[Dot]) -> list[Dot]:
    """The entries there is room for, by date: the deciding ones, then the caller's first."""
    chosen = sorted(dots, key=lambda dot: not dot.deciding)[:MOST_ENTRIES]
    return sorted(chosen, key=lambda dot: (dot.period.first, dot.period.last))


def in_order(dots: Sequence[Dot], marks: Sequence[Mark]) -> list[Dot | Mark]:
    """Entries and claimed dates, downwards in time. A date that agrees with an entry follows it."""
    entries = shown(dots)
    placed: list[tuple[tuple[dt.date, dt.date, bool, dt.date], Dot | Mark]] = []
    placed += [((dot.period.first, dot.period.last, False, dot.period.last), dot) for dot in entries]
    for mark in list(dict.fromkeys(marks))[:MOST_MARKS]:
        same = _agreeing(mark, entries)
        begins, ends = (same.period.first, same.period.last) if same else (mark.period.first, dt.date.max)
        placed.append(((begins, ends, True, mark.period.last), mark))
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _agreeing(mark: Mark, entries: Sequence[Dot]) -> Dot | None:
    """The entry of just that date, or the deciding one that the claim dates less exactly."""
    same = [dot for dot in entries if dot.period == mark.period]
    return next(iter([*same, *(dot for dot in entries if dot.deciding and mark.period.contains(dot.period))]), None)


def _hidden(dots: Sequence[Dot]) -> int:
    return max(len(dots) - MOST_ENTRIES, 0)


def _dated(period: Period, written: Callable[[str], str]) -> str:
    if period.precision != "range":
        return _flat(written(period.iso))
    return " – ".join(_flat(written(date)) for date in _ends(period))


def _ends(period: Period) -> tuple[str, str]:
    """In months where they are whole ones: a source that says "June to December" names no day."""
    first, last = period.first.isoformat(), period.last.isoformat()
    whole = period.first.day == 1 and period.last.day == calendar.monthrange(period.last.year, period.last.month)[1]
    return (first[:7], last[:7]) if whole else (first, last)


# -- where it stands


def laid_out(dots: Sequence[Dot], marks: Sequence[Mark] = (), *, title: str, language: Language, written: Callable[[str], str]) -> Layout:
    """Every line and symbol in its place, none over another."""
    page = _Page(_Letters())
    heading = page.lines(title, LEFT, 3, TITLE)
    page.skip(BELOW_TITLE if heading else 0)
    items = in_order(dots, marks)
    wide = _wide(items)
    rows: list[Row] = []
    for before, item in zip([None, *items], items, strict=False):
        days = _between(before, item) if before else 0
        if days >= wide:
            rows.append(_break_row(page, days, language))
        elif isinstance(before, Mark) or (isinstance(item, Mark) and days > 0):
            page.skip(AROUND_MARK)
        rows.append(_mark_row(page, item, written) if isinstance(item, Mark) else _entry_row(page, item, items, written))
    if _hidden(dots):
        rows.append(_more_row(page, _hidden(dots)))
    return Layout(round(page.y + CARD_PADDING + CARD_MARGIN), heading, tuple(rows))


def _wide(items: Sequence[Dot | Mark]) -> int:
    """From how many days on a gap is shown as one: a month, and more where the whole is long, so that few are."""
    if not items:
        return 0
    whole = max(item.period.last for item in items) - min(item.period.first for item in items)
    return max(30, whole.days // 8)


def _between(before: Dot | Mark, after: Dot | Mark) -> int:
    return (after.period.first - before.period.last).days


def _entry_row(page: _Page, dot: Dot, items: Sequence[Dot | Mark], written: Callable[[str], str]) -> Row:
    """Where none decides, or all do, none is quieter than the others."""
    decide = [item.deciding for item in items if isinstance(item, Dot)]
    quiet = not dot.deciding and any(decide)
    most = 3 if len(decide) <= MOST_ENTRIES // 2 or (dot.deciding and not all(decide)) else 2
    top = page.begin()
    dated = page.lines(_dated(dot.period, written), TEXT_X, 2, QUIET_DATE if quiet else DATE)
    told = page.lines(dot.title, TEXT_X, most, QUIET_ENTRY if quiet else ENTRY)
    lasting = dot.period.precision != "day"
    # A bar begins where a disc would: at the date.
    y = _middle(dated, top) + ((BAR_LENGTH - DATE.size) / 2 if lasting else 0)
    return Row("entry", top, page.end(BAR_LENGTH if lasting else DISC), y, (*dated, *told), dot.deciding, quiet, lasting)


def _mark_row(page: _Page, mark: Mark, written: Callable[[str], str]) -> Row:
    """The bare date where its words have nothing that can be drawn."""
    top = page.begin()
    lines = page.lines(mark.text, TEXT_X, 2, CLAIM) or page.lines(_dated(mark.period, written), TEXT_X, 2, CLAIM)
    bottom = page.end()
    return Row("mark", top, bottom, (top + bottom) / 2, lines)


def _break_row(page: _Page, days: int, language: Language) -> Row:
    """Words for the time that passes; whole units of which there are at least two, so that rounding misleads nobody."""
    top = page.begin()
    passed = "≈ " + format_timedelta(dt.timedelta(days=days), threshold=2, locale=language)
    lines = page.lines(passed, TEXT_X, 1, PASSED)
    return Row("break", top, page.end(), _middle(lines, top), lines)


def _more_row(page: _Page, hidden: int) -> Row:
    top = page.begin()
    lines = page.lines(f"+{hidden}", TEXT_X, 1, MORE)
    return Row("more", top, page.end(), _middle(lines, top), lines)


def _middle(lines: Sequence[Line], top: float) -> float:
    """Of the first line: half the height of a capital above the baseline."""
    return lines[0].y - 0.36 * lines[0].style.size if lines else top + PADDING + DATE.size / 2


class _Page:
    """Text set line under line; `y` is how far down it is filled."""

    def __init__(self, letters: _Letters) -> None:
        self._letters = letters
        self.y: float = CARD_MARGIN + CARD_PADDING
        self._top: float = self.y

    def skip(self, pixels: float) -> None:
        self.y += pixels

    def begin(self) -> float:
        """The top of a new row."""
        self._top = self.y
        self.skip(PADDING)
        return self._top

    def end(self, symbol: float = DISC) -> float:
        """The bottom of that row, which has room for its symbol even where it has no text."""
        bottom = max(self.y, self._top + PADDING + symbol) + PADDING
        self.y = bottom + BETWEEN_ROWS
        return bottom

    def lines(self, text: str, left: int, most: int, style: Style) -> tuple[Line, ...]:
        height = style.size * LEADING
        width_of = partial(self._letters.width, style=style)
        lines = []
        for part in _balanced(self._letters.known(_flat(text), style), width_of, RIGHT - left, most):
            lines.append(Line(part, left, left + width_of(part), self.y + 0.8 * height, style))
            self.skip(height)
        return tuple(lines)


# -- text


class _Letters:
    """What the two faces of DejaVu Sans can draw, and how wide. Owned by one call: faces are not to be shared between threads."""

    def __init__(self) -> None:
        from matplotlib.ft2font import FT2Font, LoadFlags

        self._faces: dict[bool, FT2Font] = {bold: FT2Font(_font_file(bold=bold)) for bold in (False, True)}
        self._characters = {bold: face.get_charmap().keys() for bold, face in self._faces.items()}
        self._unhinted = LoadFlags.NO_HINTING

    def known(self, text: str, style: Style) -> str:
        return " ".join("".join(char for char in text if ord(char) in self._characters[style.bold]).split())

    def width(self, text: str, style: Style) -> float:
        face = self._faces[style.bold]
        face.set_size(style.size, 72)
        face.set_text(text, flags=self._unhinted)
        return face.get_width_height()[0] / 64


def _font_file(*, bold: bool) -> str:
    """By file, not by name: the one that comes along, whatever else is installed."""
    from matplotlib import get_data_path

    return f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf"


_LONGEST = 400
"""Characters of a text, which is more than is ever shown."""
_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


def _flat(text: str) -> str:
    """On one line: no control characters, nothing that turns words round or piles accents over the line above."""
    composed = unicodedata.normalize("NFC", text[:_LONGEST])
    kept = (char for before, char in pairwise(f" {composed}") if not (_is_accent(before) and _is_accent(char)))
    return " ".join("".join(map(_shown, kept)).split())


def _is_accent(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    return " " if category == "Cc" else "" if category.startswith("C") or char in _SELECTORS else char


Width = Callable[[str], float]
_SHARES = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def _balanced(text: str, width_of: Width, room: float, most: int) -> tuple[str, ...]:
    """As few lines as it takes, and of these the most even ones: no last word alone."""
    wrapped = _wrapped(text, width_of, room, most)
    if len(wrapped) < 2 or " ".join(wrapped) != text:
        return wrapped
    narrower = (_wrapped(text, width_of, share * room, len(wrapped)) for share in _SHARES)
    return next((lines for lines in narrower if " ".join(lines) == text), wrapped)


def _wrapped(text: str, width_of: Width, room: float, most: int) -> tuple[str, ...]:
    """At most so many lines; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    while text and len(lines) < most:
        line = _first_line(text, width_of, room)
        text = text[len(line) :].lstrip()
        lines.append(line)
    return (*lines[:-1], _cut(lines[-1], width_of, room)) if text else tuple(lines)


def _first_line(text: str, width_of: Width, room: float) -> str:
    """As many words as fit, else as many letters of a word that is wider than a line."""
    ends = [space.start() for space in re.finditer(" ", text)] + [len(text)]
    if width_of(text[: ends[0]]) > room:
        ends = list(range(1, ends[0]))
    return text[: ends[max(bisect_right(ends, room, key=lambda end: width_of(text[:end])) - 1, 0)]]


def _cut(line: str, width_of: Width, room: float) -> str:
    while line and width_of(f"{line}…") > room:
        shorter = line.rpartition(" ")[0]
        line = shorter if len(shorter) > len(line) / 2 else line[:-1]
    return line.rstrip(" ,;:–—-") + "…"


# -- how it is drawn

Point = tuple[float, float]


def _draw(axes: Axes, layout: Layout) -> None:
    _box(axes, (CARD_MARGIN, CARD_MARGIN), (WIDTH - CARD_MARGIN, layout.height - CARD_MARGIN), radius=36, fill=CARD)
    for row in layout.rows:
        # Where all decide, panels would single out none.
        if row.deciding and any(other.quiet for other in layout.rows):
            _box(axes, (PANEL_LEFT, row.top), (PANEL_RIGHT, row.bottom), radius=20, fill=PANEL)
    for above, below in pairwise(layout.rows):
        _rail(axes, above, below)
    for row in layout.rows:
        _symbol(axes, row)
    for line in (*layout.title, *(line for row in layout.rows for line in row.lines)):
        _write(axes, line)


def _rail(axes: Axes, above: Row, below: Row) -> None:
    """From symbol to symbol, but only up to where a break begins."""
    begin = above.bottom if above.kind == "break" else above.y
    end = below.top if below.kind == "break" else below.y
    _stroke(axes, (RAIL_X, begin), (RAIL_X, end), RAIL, 5)


def _symbol(axes: Axes, row: Row) -> None:
    draw = {"entry": _entry_symbol, "mark": _mark_symbol, "break": _break_symbol, "more": _more_symbol}
    draw[row.kind](axes, row)


def _entry_symbol(axes: Axes, row: Row) -> None:
    width = DISC if row.deciding else RING
    half = (BAR_LENGTH - width) / 2 if row.lasting else 0
    begin, end = (RAIL_X, row.y - half), (RAIL_X, row.y + half)
    _stroke(axes, begin, end, CARD, width + 12)
    _stroke(axes, begin, end, QUIET if row.quiet else SOURCED, width)
    if not row.deciding:
        _stroke(axes, begin, end, CARD, width - 10)


def _mark_symbol(axes: Axes, row: Row) -> None:
    right = max((line.right for line in row.lines), default=TEXT_X) + TEXT_X - PANEL_LEFT
    _stroke(axes, (RAIL_X, row.y), (PANEL_LEFT, row.y), CLAIMED, 3)
    _box(axes, (PANEL_LEFT, row.top), (right, row.bottom), radius=20, edge=CLAIMED)
    _diamond(axes, row.y, 28, CARD)
    _diamond(axes, row.y, 22, CLAIMED)
    _diamond(axes, row.y, 15, CARD)


def _break_symbol(axes: Axes, row: Row) -> None:
    for y in (row.y - 19, row.y, row.y + 19):
        _stroke(axes, (RAIL_X, y), (RAIL_X, y), RAIL, 9)


def _more_symbol(axes: Axes, row: Row) -> None:
    _stroke(axes, (RAIL_X, row.y), (RAIL_X, row.y), RAIL, 14)


def _stroke(axes: Axes, begin: Point, end: Point, colour: str, width: float) -> None:
    """Round at its ends; one without length is a disc."""
    if begin == end:
        axes.plot(*begin, "o", color=colour, markersize=width, markeredgewidth=0)
    else:
        axes.plot(*zip(begin, end, strict=True), color=colour, linewidth=width, solid_capstyle="round")


def _diamond(axes: Axes, y: float, half: float, colour: str) -> None:
    # In the layer of the strokes: polygons go below them otherwise.
    axes.fill([RAIL_X, RAIL_X + half, RAIL_X, RAIL_X - half], [y - half, y, y + half, y], color=colour, linewidth=0, zorder=2)


def _box(axes: Axes, top_left: Point, bottom_right: Point, *, radius: float, fill: str = "none", edge: str = "none") -> None:
    from matplotlib.patches import FancyBboxPatch

    (left, top), (right, bottom) = top_left, bottom_right
    box = FancyBboxPatch(top_left, right - left, bottom - top, boxstyle=f"round,pad=0,rounding_size={radius}")
    box.set(facecolor=fill, edgecolor=edge, linewidth=3, linestyle=(0, (5, 3)))
    axes.add_patch(box)


def _write(axes: Axes, line: Line) -> None:
    from matplotlib.font_manager import FontProperties

    font = FontProperties(fname=_font_file(bold=line.style.bold), size=line.style.size)
    axes.text(line.x, line.y, line.text, color=line.style.colour, fontproperties=font, parse_math=False, verticalalignment="baseline")
