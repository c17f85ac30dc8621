"""What a group's moderators and members are shown in, a Reply out: notes, public answers, settings, digests. Pure.

About claims, never about people: nobody is named but the moderator who decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from babel.numbers import format_percent

from bot import render
from bot.buttons import Button, Press, View
from bot.found import Found
from bot.group_state import Agreement, Period, Recurrence
from bot.moderation import BARS, Choice, Digest, GroupSettings, Kind, Mode, Sender, Who, choices
from bot.pages import Block, Span, isolated, link, paged, shortened
from bot.render import Reply
from bot.texts import Texts
from knowledge.domain import LANGUAGES, Verdict

_EXCERPT = 300
_LISTED = 8
_ORDER = list(Choice)
OPTIONS = ("language", "watch", "bar", "digest", "hour", "zone", "moderators", "who", "whisper", "reports", "keep_days", "packs")
"""The settings in the order of the numbers in buttons: new ones go to the end."""
MAIN, CLOSE, REVIEW = 90, 91, 92
"""Numbers of buttons that are no settings."""
ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Warsaw",
    "Europe/Bucharest",
    "Europe/Chisinau",
    "Europe/Kyiv",
    "Europe/Moscow",
    "Asia/Tbilisi",
    "Asia/Almaty",
    "America/New_York",
    "America/Los_Angeles",
)
HOURS = (6, 7, 8, 9, 10, 12, 15, 18, 20, 21, 22, 23)
THRESHOLDS = (1, 2, 3, 5)
KEPT = (1, 7, 30, 90, 365)


class Post(NamedTuple):
    """What a note says of a message: the group's title, a link to it, and its words where they are at hand."""

    group: str
    url: str | None
    words: str | None = None


class Sureness(NamedTuple):
    """Why a note is made: how near the post is to the claim, how surely it states it, and the bar."""

    likeness: float
    states: float
    bar: float


# -- answers in public


def brief(found: Found, texts: Texts, _check_id: str = "") -> Reply:
    """What is said in a group: short, with the whole behind a button."""
    if found.verdict is None:
        return found.reply(texts)
    blocks = context(found.verdict, texts)
    return Reply(paged(blocks), ((Button(texts.group.details, Press(View.CLAIM)),),))


def context(verdict: Verdict, texts: Texts, title: str | None = None) -> list[Block]:
    """A verdict in a few lines."""
    head: Block = (Span(render.label(verdict.label, texts), ("b",)), Span(f"\n{render.words(verdict)}"))
    sources = render.source_links(verdict, texts) if verdict.label.decided else []
    return [*([(Span(title, ("i",)),)] if title else []), head, (Span(verdict.rationale),), *([tuple(sources)] if sources else [])]


def whispered(texts: Texts, url: str) -> Reply:
    """That an answer waits for whoever asked."""
    group = texts.group
    return Reply(paged([(Span(group.whispered),)]), ((Button(group.read_alone, url),), (Button(group.publish, Press(View.PUBLISH)),)))


# -- notes for moderators


def note(
    post: Post,
    verdict: Verdict | None,
    texts: Texts,
    *,
    recurrence: Recurrence | None = None,
    days: int = 30,
    sureness: Sureness | None = None,
    warned: int = 0,
    channel: bool = False,
    reports: int = 0,
    said: str | None = None,
) -> str:
    """What a case is about, as HTML; `said` is what was done about it."""
    group = texts.group
    about: list[Block] = []
    if verdict is not None:
        about = context(verdict, texts)
    at = (Span(f"{group.post(post.group)} "), link(group.open_post, post.url))
    words = (Span("\n"), Span(isolated(shortened(post.words, _EXCERPT)), ("blockquote",))) if post.words else ()
    facts = [
        *([group.came_up(recurrence.times, recurrence.forms, days)] if recurrence else []),
        *([group.grew(recurrence.numbers)] if recurrence and len(recurrence.numbers) > 1 else []),
        *([group.warned_before(warned)] if warned else []),
        *([group.author_channel] if channel else []),
        *([group.reported(reports)] if reports else []),
    ]
    why = [(Span(group.why_noted(*sureness), ("i",)),)] if sureness else []
    [text, *_] = paged(
        [*about, (*at, *words), *([(Span("\n".join(facts)),)] if facts else []), *why, *([(Span(said, ("b",)),)] if said else [])]
    )
    return text


def choice_buttons(kind: Kind, sender: Sender, texts: Texts, *, claim: bool, deletable: bool) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(choice_button(choice, texts) for choice in row) for row in choices(kind, sender, claim=claim, deletable=deletable))


def choice_button(choice: Choice, texts: Texts) -> Button:
    return Button(texts.group.choices[choice], Press(View.MODERATE, _ORDER.index(choice)))


def choice_of(number: int) -> Choice:
    """IndexError."""
    return _ORDER[number]


def review_buttons(texts: Texts) -> tuple[tuple[Button, ...], ...]:
    return ((choice_button(Choice.AGREE, texts), choice_button(Choice.DISAGREE, texts)),)


# -- settings


def panel(
    settings: GroupSettings, topic: int, packs: Sequence[tuple[str, str]], agreement: Agreement, texts: Texts, *, sees_all: bool
) -> Reply:
    """All settings, each with a button. `packs` are ids and titles; `topic` is the one that the panel stands in."""
    group = texts.group
    lines = [f"\n• {group.options[option]}: {value_of(option, settings, topic, packs, texts)}" for option in OPTIONS]
    blocks: list[Block] = [
        (Span(group.settings_title, ("b",)), *(Span(line) for line in lines)),
        (Span(group.sees_all if sees_all else group.sees_addressed),),
    ]
    if settings.watches:
        blocks.append((Span(group.agreement(agreement.right, agreement.decided, agreement.waiting)),))
    buttons = [Button(group.options[option], Press(View.OPTION, at)) for at, option in enumerate(OPTIONS)]
    rows = [tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3)]
    review = [(Button(group.review, Press(View.OPTION, REVIEW)),)] if agreement.waiting else []
    return Reply((paged(blocks)[0],), (*rows, *review, (Button(group.close, Press(View.OPTION, CLOSE)),)))


def chooser(
    option: str, settings: GroupSettings, topic: int, packs: Sequence[tuple[str, str]], texts: Texts, links: tuple[str, str] | None = None
) -> Reply:
    """The values of one setting; `links` add us to a chat, or open the private one, where notes are to go."""
    group, number = texts.group, OPTIONS.index(option)
    title = f"{group.options[option]}: {value_of(option, settings, topic, packs, texts)}"
    notes = {"watch": group.watch_note, "moderators": group.link_how}
    chosen = [
        Button(worded(option, value, packs, texts), Press(View.OPTION, number, at)) for at, value in enumerate(values(option, packs), 1)
    ]
    rows: list[tuple[Button, ...]] = [tuple(chosen[at : at + 3]) for at in range(0, len(chosen), 3)]
    if option == "watch":
        rows = [(button,) for button in chosen]
    if links:
        rows = [(Button(group.link_chat, links[0]),), (Button(group.link_private, links[1]),), *rows]
    blocks: list[Block] = [(Span(title, ("b",)),), *([(Span(notes[option]),)] if option in notes else [])]
    return Reply((paged(blocks)[0],), (*rows, (Button(texts.back, Press(View.OPTION, MAIN)),)))


def values(option: str, packs: Sequence[tuple[str, str]]) -> tuple[object, ...]:
    """What a setting can be, in the order of the numbers in buttons."""
    return {
        "language": (None, *LANGUAGES),
        "watch": tuple(Mode),
        "bar": BARS,
        "digest": tuple(Digest),
        "hour": HOURS,
        "zone": ZONES,
        "moderators": (None,),
        "who": tuple(Who),
        "whisper": (False, True),
        "reports": THRESHOLDS,
        "keep_days": KEPT,
        "packs": ((), *((pack,) for pack, _ in packs)),
    }[option]


def value_of(option: str, settings: GroupSettings, topic: int, packs: Sequence[tuple[str, str]], texts: Texts) -> str:
    if option == "watch":
        return texts.group.modes[settings.mode(topic)]
    if option == "moderators":
        return texts.group.linked if settings.moderators else texts.group.none_chosen
    if option == "packs":
        titles = [title for pack, title in packs if pack in settings.packs]
        return ", ".join(titles) or texts.group.every_pack
    return worded(option, getattr(settings, option), packs, texts)


def worded(option: str, value: object, packs: Sequence[tuple[str, str]], texts: Texts) -> str:
    """A value as a button and a line say it."""
    group = texts.group
    match option, value:
        case "language", None:
            return group.askers
        case "language", str(language):
            return texts.language_names[language]
        case "watch", Mode() as mode:
            return group.modes[mode]
        case "bar", float(share):
            return str(format_percent(share, locale=texts.language))
        case "digest", Digest() as digest:
            return group.digests[digest]
        case "hour", int(hour):
            return f"{hour:02}:00"
        case "who", Who() as who:
            return group.whos[who]
        case "whisper", bool(first):
            return group.whisper_first if first else group.in_public
        case "keep_days", int(days):
            return group.days(days)
        case "moderators", None:
            return group.unlink
        case "packs", ():
            return group.every_pack
        case "packs", (str(pack),):
            return dict(packs).get(pack, pack)
        case _:
            return str(value)


# -- the digest


def digest(title: str, period: Period, claims: dict[str, str], uncovered: Sequence[str], days: int, texts: Texts) -> str:
    """A few lines that go with the picture; `claims` gives the words of a checked claim by its id."""
    group = texts.group
    head: Block = (Span(group.digest_title(title, days), ("b",)),)
    ranked = sorted(period.claims.items(), key=lambda item: -item[1].times)[:_LISTED]
    came = [f"\n• {group.times(one.times)}: “{shortened(claims[claim], 100)}”{_numbers(one)}" for claim, one in ranked if claim in claims]
    blocks: list[Block] = [head]
    if came:
        blocks.append((Span(group.digest_repeated, ("b",)), *(Span(line) for line in came)))
    if uncovered:
        lines = [f"\n• “{isolated(shortened(one, 100))}”" for one in uncovered[:_LISTED]]
        blocks.append((Span(group.digest_uncovered, ("b",)), *(Span(line) for line in lines)))
    facts = [
        *([group.agreement(period.agreement.right, period.agreement.decided, period.agreement.waiting)] if any(period.agreement) else []),
        *([group.reports_in(period.reports)] if period.reports else []),
        *([group.unread(period.unread)] if period.unread else []),
    ]
    if facts:
        blocks.append((Span("\n".join(facts)),))
    if len(blocks) == 1:
        blocks.append((Span(group.digest_none),))
    return paged(blocks)[0]


def _numbers(one: Recurrence) -> str:
    return f" ({' → '.join(one.numbers)})" if len(one.numbers) > 1 else ""
