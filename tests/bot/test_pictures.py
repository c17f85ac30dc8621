"""A timeline can be read on a phone, whatever it is made from, and its words say the same as the picture."""

from __future__ import annotations

import io
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot import pictures
from bot.pages import units
from bot.pictures import MAX_DESCRIBED, MOST_ENTRIES, WIDTH, Dot, Layout, Line, Mark, Row, Style, described, in_order, laid_out, timeline
from bot.texts import texts_for
from knowledge.domain import LANGUAGES, Language, Period

VOTE = Dot(Period.parse("2024-11-24"), "First round: Georgescu first, Lasconi second")
ANNULLED = Dot(Period.parse("2024-12-06"), "Constitutional Court annuls the whole presidential election (Ruling no. 32)", deciding=True)
RERUN = Dot(Period.parse("2025-05-18"), "Nicușor Dan wins the run-off")
CAMPAIGN = Dot(Period.parse("2025-04-04/2025-05-03"), "Official campaign for the rerun")
LONG = "The Constitutional Court annuls the whole election after declassified documents were published, and much more besides. " * 9
HOSTILE = [
    LONG,
    "W" * 5000,
    "$\\frac{1}{0}$ and $381,000 for 100%_x^2",
    "🇷🇴 Vot 🗳️ anulat 👩‍👩‍👧",
    "\x00\x1b[31mred\r\nsecond line\u2028third\u202eturned\ud83d",
    "Z" + "\u0301\u0489" * 200,
    "漢字",
    "",
]


def drawn(dots: list[Dot], *marks: Mark, title: str = "Romania", language: Language = "en") -> bytes:
    return timeline(dots, marks, title=title, language=language, written=texts_for(language).date)


def placed(dots: list[Dot], *marks: Mark, title: str = "Romania", language: Language = "en") -> Layout:
    return laid_out(dots, marks, title=title, language=language, written=texts_for(language).date)


def told(dots: list[Dot], *marks: Mark, title: str = "Romania", deciding: str = "") -> list[str]:
    return described(dots, marks, title=title, written=texts_for("en").date, deciding=deciding).split("\n")


def mark(date: str) -> Mark:
    return Mark(Period.parse(date), f"the claim: {date}")


def dots(number: int, title: str = "What happened", *, deciding: bool = False) -> list[Dot]:
    return [Dot(Period.parse(f"{2024 + month // 12}-{month % 12 + 1:02}-03"), f"{title} {month}", deciding) for month in range(number)]


def shown(layout: Layout) -> list[str]:
    """The first line of each row."""
    return [row.lines[0].text for row in layout.rows]


def words(layout: Layout) -> str:
    return " ".join(line.text for line in lines(layout))


def lines(layout: Layout) -> list[Line]:
    return [*layout.title, *(line for row in layout.rows for line in row.lines)]


def kinds(layout: Layout) -> list[str]:
    return [row.kind for row in layout.rows]


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    return picture


def assert_nothing_overlaps(layout: Layout) -> None:
    """DejaVu Sans reaches 0.93 of its size above the baseline and 0.24 below."""
    for above, below in itertools.pairwise(lines(layout)):
        assert above.y + 0.24 * above.style.size <= below.y - 0.93 * below.style.size
    for upper, lower in itertools.pairwise(layout.rows):
        assert upper.bottom < lower.top
        assert upper.y + symbol(upper) < lower.y - symbol(lower)
    for row in layout.rows:
        assert all(row.top < line.y - 0.93 * line.style.size and line.y + 0.24 * line.style.size < row.bottom for line in row.lines)
        assert row.top < row.y + symbol(row) <= row.bottom + 1
    assert all(line.right <= pictures.RIGHT for line in lines(layout))
    assert not layout.rows or layout.rows[-1].bottom < layout.height - pictures.CARD_MARGIN


def symbol(row: Row) -> float:
    return pictures.BAR_LENGTH / 2 if row.lasting else 22 if row.kind == "mark" else pictures.DISC / 2


# -- the file


@pytest.mark.parametrize("number", [0, 1, 12, 40])
def test_a_picture_is_one_that_telegram_takes(number: int) -> None:
    png = drawn(dots(number), mark("2024-02"))
    picture = opened(png)
    assert (picture.format, picture.width) == ("PNG", WIDTH)
    assert picture.width + picture.height <= 10_000
    assert max(picture.size) / min(picture.size) <= 20
    assert len(png) < 10_000_000


def test_even_the_fullest_picture_is_one_that_telegram_takes() -> None:
    full = [Dot(Period.parse(f"{2000 + 2 * n}-03-04/{2000 + 2 * n}-06-07"), LONG, deciding=True) for n in range(40)]
    layout = placed([*full[:11], Dot(VOTE.period, LONG), *full], *(mark(f"{2001 + 2 * n}") for n in range(40)), title=LONG)
    assert_nothing_overlaps(layout)
    assert layout.height < 4500


def test_the_same_input_gives_the_same_bytes_in_every_thread() -> None:
    with ThreadPoolExecutor(4) as threads:
        drawings = list(threads.map(lambda _: drawn([VOTE, ANNULLED, CAMPAIGN], mark("2024-12-08")), range(4)))
    assert set(drawings) == {drawn([VOTE, ANNULLED, CAMPAIGN], mark("2024-12-08"))}


def test_a_picture_says_nothing_of_what_drew_it() -> None:
    assert set(opened(drawn([VOTE])).info) <= {"dpi"}


# -- what stands where


def test_time_goes_downward_whatever_the_order_of_the_entries() -> None:
    layout = placed([RERUN, ANNULLED, VOTE, CAMPAIGN])
    entries = [row.lines[0].text for row in layout.rows if row.kind == "entry"]
    assert entries == ["24 Nov 2024", "6 Dec 2024", "4 Apr 2025 – 3 May 2025", "18 May 2025"]
    assert [row.y for row in layout.rows] == sorted(row.y for row in layout.rows)


def test_a_claimed_date_stands_between_the_entries_it_lies_between() -> None:
    assert shown(placed([VOTE, ANNULLED, RERUN], mark("2024-12-08")))[:3] == ["24 Nov 2024", "6 Dec 2024", "the claim: 2024-12-08"]
    assert shown(placed([VOTE, ANNULLED, RERUN], mark("2024-12-01")))[:3] == ["24 Nov 2024", "the claim: 2024-12-01", "6 Dec 2024"]


def test_a_claimed_date_may_lie_before_and_after_all_entries() -> None:
    layout = placed([VOTE, ANNULLED], mark("2026-01-01"), mark("2024-11-23"))
    assert [row.kind for row in layout.rows] == ["mark", "entry", "entry", "break", "mark"]


def test_a_claimed_date_that_agrees_follows_its_entry_at_once() -> None:
    for date in ("2024-12-06", "2024-12", "2024"):
        before, agreeing = placed([VOTE, ANNULLED, RERUN], mark(date)).rows[1:3]
        differing = placed([VOTE, ANNULLED, RERUN], mark("2024-12-08")).rows[2]
        assert agreeing.kind == "mark"
        assert agreeing.top - before.bottom < differing.top - before.bottom


def test_a_claimed_month_stands_before_what_happened_in_it_and_does_not_decide() -> None:
    assert in_order([VOTE, ANNULLED], [mark("2024-11")]) == [mark("2024-11"), VOTE, ANNULLED]


def test_the_same_claimed_date_is_marked_once_and_only_a_few_are() -> None:
    assert kinds(placed([VOTE], *[mark("2024-11-20")] * 9)).count("mark") == 1
    assert kinds(placed([VOTE], *(mark(f"2024-11-{day:02}") for day in range(1, 29)))).count("mark") == pictures.MOST_MARKS


def test_what_lasts_is_a_bar_and_what_took_a_day_is_a_disc() -> None:
    month, year = Dot(Period.parse("2025-01"), "A month"), Dot(Period.parse("2026"), "A year")
    assert [row.lasting for row in placed([VOTE, month, CAMPAIGN, year]).rows if row.kind == "entry"] == [False, True, True, True]


def test_a_period_of_whole_months_is_dated_in_months() -> None:
    assert shown(placed([Dot(Period.parse("2025-06/2026-02"), "Report")])) == ["Jun 2025 – Feb 2026"]
    assert shown(placed([Dot(Period.parse("2025-06-02/2026-02"), "Report")])) == ["2 Jun 2025 – 28 Feb 2026"]


@pytest.mark.parametrize(("language", "passed"), [("en", "≈ 5 months"), ("ro", "≈ 5 luni"), ("uk", "≈ 5 місяців"), ("ru", "≈ 5 месяцев")])
def test_a_long_time_between_two_entries_is_a_break_that_says_how_long(language: Language, passed: str) -> None:
    layout = placed([VOTE, ANNULLED, RERUN], language=language)
    assert kinds(layout) == ["entry", "entry", "break", "entry"]
    assert layout.rows[2].lines[0].text == passed


def test_a_timeline_of_decades_is_not_all_breaks() -> None:
    yearly = [Dot(Period.parse(f"{year}-05-01"), "What happened") for year in (1991, 1992, 1993, 2004, 2005, 2006)]
    assert kinds(placed(yearly)).count("break") == 1


def test_beside_deciding_entries_the_others_are_quieter() -> None:
    vote, annulled, *_ = placed([VOTE, ANNULLED]).rows
    assert (vote.quiet, vote.deciding, annulled.quiet, annulled.deciding) == (True, False, False, True)
    assert vote.lines[0].style.colour != annulled.lines[0].style.colour


def test_where_nothing_decides_or_all_does_nothing_is_quieter() -> None:
    assert not any(row.quiet for row in placed([VOTE, RERUN]).rows)
    assert not any(row.quiet for row in placed([ANNULLED]).rows)


def test_entries_there_is_no_room_for_are_counted_and_deciding_ones_are_kept() -> None:
    layout = placed([*dots(39), Dot(Period.parse("2030-01-01"), "Kept", deciding=True)])
    assert kinds(layout).count("entry") == MOST_ENTRIES
    assert shown(layout)[-2:] == ["1 Jan 2030", "+28"]
    assert "What happened 10" in words(layout)
    assert "What happened 11" not in words(layout)


# -- text


def test_a_long_title_is_wrapped_and_ends_in_an_ellipsis() -> None:
    layout = placed([Dot(VOTE.period, LONG)])
    date, *title = layout.rows[0].lines
    assert date.text == "24 Nov 2024"
    assert len(title) == 3
    assert title[-1].text.endswith("…")
    assert LONG.startswith(" ".join(line.text for line in title)[:-1])


def test_no_word_of_a_title_is_lost_where_there_is_room() -> None:
    assert " ".join(line.text for line in placed([ANNULLED]).rows[0].lines[1:]) == ANNULLED.title


def test_no_last_word_stands_alone_on_its_line() -> None:
    title = placed([Dot(VOTE.period, "Constitutional Court annuls the presidential vote")]).rows[0].lines[1:]
    assert len(title) == 2
    assert " " in title[-1].text


def test_letters_of_every_language_of_ours_are_drawn() -> None:
    letters = "ăâîșțşţ ĂÂÎȘȚ їієґ’ ЇІЄҐ ёъыэ ЁЪЫЭ № « » – — …"
    assert letters in words(placed([Dot(VOTE.period, letters)]))
    for language in LANGUAGES:
        assert opened(drawn([Dot(CAMPAIGN.period, letters, deciding=True)], mark("2020"), title=letters, language=language))


def test_decomposed_letters_are_drawn_as_one() -> None:
    assert "Șoșoacă" in words(placed([Dot(VOTE.period, "S\u0326os\u0326oaca\u0306")]))


def test_dollar_signs_and_other_markup_stay_what_they_are() -> None:
    layout = placed([Dot(VOTE.period, "$381,000 in $x^2$")], Mark(VOTE.period, "the claim: $\\frac$"), title="$y$")
    assert "$381,000 in $x^2$" in words(layout)
    assert "the claim: $\\frac$" in words(layout)
    assert drawn([Dot(VOTE.period, "$381,000 in $x^2$")], Mark(VOTE.period, "the claim: $\\frac$"), title="$\\y$")


def test_emoji_and_control_characters_are_left_out() -> None:
    layout = placed([Dot(VOTE.period, "🇷🇴 Vot 🗳️ anulat\n\x1bde\u202e tot")])
    assert layout.rows[0].lines[1].text == "Vot anulat de tot"


def test_a_claimed_date_whose_words_cannot_be_drawn_is_still_dated() -> None:
    assert shown(placed([], Mark(VOTE.period, "漢字"))) == ["24 Nov 2024"]


def test_accents_do_not_pile_up() -> None:
    assert all(len(line.text) <= 4 for line in placed([Dot(VOTE.period, HOSTILE[5])]).rows[0].lines[1:])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("deciding", [True, False])
def test_nothing_overlaps_or_runs_out_of_the_card(text: str, deciding: bool) -> None:
    some = [VOTE, Dot(ANNULLED.period, text, deciding), Dot(CAMPAIGN.period, text, deciding), RERUN]
    marks = [Mark(Period.parse("2024-12-08"), text), Mark(Period.parse("2025-01"), text)]
    assert_nothing_overlaps(placed(some, *marks, title=text))
    pixels = np.asarray(opened(drawn(some, *marks, title=text)).convert("RGB"))
    outside = pixels[80:-80, pictures.PANEL_RIGHT + 3 : WIDTH - pictures.CARD_MARGIN - 3]
    assert (outside == outside[0, 0]).all()


moments = st.dates().map(lambda day: Period(first=day, last=day, precision="day"))
stretches = st.tuples(st.dates(), st.dates()).map(lambda two: Period(first=min(two), last=max(two), precision="range"))
periods = st.one_of(moments, stretches)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.builds(Dot, periods, st.text(max_size=120), st.booleans()), max_size=15),
    st.lists(st.builds(Mark, periods, st.text(max_size=60)), max_size=6),
    st.text(max_size=80),
)
def test_whatever_is_asked_for_is_drawn_without_a_warning(some: list[Dot], marks: list[Mark], title: str) -> None:
    assert_nothing_overlaps(placed(some, *marks, title=title))
    assert opened(drawn(some, *marks, title=title)).width == WIDTH
    assert units("\n".join(told(some, *marks, title=title))) <= MAX_DESCRIBED


# -- colours


def luminance(colour: str) -> float:
    """Of WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


STYLES = [value for value in vars(pictures).values() if isinstance(value, Style)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("ground", [pictures.CARD, pictures.PANEL])
def test_all_text_can_be_read(style: Style, ground: str) -> None:
    assert contrast(style.colour, ground) >= 4.5
    assert style.size >= 30


def test_the_line_through_time_can_be_seen() -> None:
    assert contrast(pictures.RAIL, pictures.CARD) >= 3


# -- in words


def test_the_description_has_a_line_for_each_entry_in_order() -> None:
    assert told([RERUN, ANNULLED, VOTE], mark("2024-12-08"), deciding="decides") == [
        "Romania",
        "24 Nov 2024: First round: Georgescu first, Lasconi second",
        "6 Dec 2024: Constitutional Court annuls the whole presidential election (Ruling no. 32) (decides)",
        "the claim: 2024-12-08",
        "18 May 2025: Nicușor Dan wins the run-off",
    ]


def test_a_long_description_is_shortened_in_its_titles_and_tells_every_entry() -> None:
    lines = told(dots(40, LONG), mark("2024-02-01"), title=LONG)
    assert units("\n".join(lines)) <= MAX_DESCRIBED
    assert len(lines) == 1 + MOST_ENTRIES + 1 + 1
    assert lines[-1] == "+28"


def test_a_description_without_a_title_or_entries_is_empty() -> None:
    assert told([], title="") == [""]


def test_a_title_cannot_break_the_lines_of_the_description() -> None:
    assert told([Dot(VOTE.period, "one\ntwo\x00\u2028three")], title="a\nb") == ["a b", "24 Nov 2024: one two three"]
