"""Blocks of marked text in, HTML pages within Telegram's limits out. Pure; knows those limits and where a text may be cut."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from knowledge.language import sentences

MAX_UNITS = 4096
"""UTF-16 code units of one message, counted after parsing."""
MAX_ENTITIES = 100
"""Telegram silently drops what exceeds it, links that it finds by itself included."""
_BETWEEN = "\n\n"


class Link(NamedTuple):
    url: str


Mark = Literal["b", "i", "blockquote"] | Link


class Span(NamedTuple):
    """Plain text and what it is marked as, the outermost mark first."""

    text: str
    marks: tuple[Mark, ...] = ()


Block = tuple[Span, ...]
"""What stands together on a page where it fits on one."""


def paged(blocks: Iterable[Block]) -> tuple[str, ...]:
    """As few pages as it takes, in order, cut between blocks, else between sentences, else between words."""
    pages: list[list[Block]] = []
    for part in (part for block in blocks for part in _fitting(_clean(block))):
        if pages and _fit_together([*pages[-1], part]):
            pages[-1].append(part)
        else:
            pages.append([part])
    return tuple(_BETWEEN.join(_html(block) for block in page) for page in pages)


def link(text: str, url: str | None) -> Span:
    """A link where Telegram would show one; it drops addresses without a dotted host."""
    return Span(text, (Link(url),)) if url and "." in (urlsplit(url).hostname or "") else Span(text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, white space collapsed, cut at the end of a word and then marked with an ellipsis."""
    flat = " ".join(text.split())
    if units(flat) <= limit:
        return flat
    room = flat[: _prefix(flat, limit - 1)]
    at_word = room.rpartition(" ")[0] if " " in room[len(room) // 2 :] and not flat[len(room)].isspace() else room
    return at_word.rstrip(" ,;:–—-") + "…"


def isolated(text: str) -> str:
    """Right-to-left words kept from turning round what stands beside them."""
    bare = _DIRECTIONS.sub("", text)
    foreign = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in bare)
    return f"\u2068{bare}\u2069" if foreign else bare


def uncalling(text: str) -> str:
    """Nobody is called by a name that only stands in a text."""
    return _MENTION.sub("@\u2060", text)


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text) + sum(char > "\uffff" for char in text)


# -- cleaning

_UNSHOWABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_MENTION = re.compile(r"(?<![\w@])@(?=\w)")


def _clean(block: Block) -> Block:
    """Nothing that the server refuses, that turns our words round, or that calls a user who only stands in a quoted text."""
    return _trimmed([Span(uncalling(_UNSHOWABLE.sub(_replaced, span.text)), span.marks) for span in block])


def _replaced(match: re.Match[str]) -> str:
    return "\ufffd" if match.group() >= "\ud800" else " "


def _trimmed(spans: Sequence[Span]) -> Block:
    kept = [span for span in spans if span.text]
    while kept and not kept[0].text.strip():
        del kept[0]
    while kept and not kept[-1].text.strip():
        del kept[-1]
    if kept:
        kept[0] = Span(kept[0].text.lstrip(), kept[0].marks)
        kept[-1] = Span(kept[-1].text.rstrip(), kept[-1].marks)
    return tuple(kept)


# -- cutting


def _fitting(block: Block) -> Iterator[Block]:
    """The block, in as many parts as it needs to fit on pages."""
    while block:
        text = _text(block)
        room = _room(block)
        if room >= len(text):
            yield block
            return
        at = _outside_links(block, _border(text, room))
        yield _trimmed(_part(block, 0, at))
        block = _trimmed(_part(block, at, len(text)))


def _room(block: Block) -> int:
    """How many characters of a block fit on a page of its own."""
    text, starts = _text(block), _entity_starts(block)
    return min(_prefix(text, MAX_UNITS), starts[MAX_ENTITIES] if len(starts) > MAX_ENTITIES else len(text))


def _border(text: str, room: int) -> int:
    """The last end of a sentence within the room, else of a word, else wherever no character is torn."""
    ends = [sentence.end for sentence in sentences(text[: 2 * room]) if room // 3 < sentence.end <= room]
    if ends:
        return ends[-1]
    word = max(text.rfind(space, 0, room + 1) for space in " \n")
    return word if word > 0 else _between_characters(text, room)


def _between_characters(text: str, at: int) -> int:
    """Not before a combining mark or a joiner, unless there is nothing else for long."""
    for earlier in range(at, max(at - 32, 1), -1):
        if not unicodedata.combining(text[earlier]) and text[earlier] not in "\u200d\ufe0f" and text[earlier - 1] != "\u200d":
            return earlier
    return at


def _outside_links(block: Block, at: int) -> int:
    start = 0
    for span in block:
        end = start + len(span.text)
        if start < at < end and any(isinstance(mark, Link) for mark in span.marks) and start > 0:
            return start
        start = end
    return at


def _part(block: Block, first: int, last: int) -> list[Span]:
    parts, start = [], 0
    for span in block:
        parts.append(Span(span.text[max(first - start, 0) : max(last - start, 0)], span.marks))
        start += len(span.text)
    return parts


def _fit_together(blocks: Sequence[Block]) -> bool:
    length = sum(units(_text(block)) for block in blocks) + len(_BETWEEN) * (len(blocks) - 1)
    return length <= MAX_UNITS and sum(len(_entity_starts(block)) for block in blocks) <= MAX_ENTITIES


def _prefix(text: str, limit: int) -> int:
    """How many characters fit in `limit` UTF-16 units."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return at
    return len(text)


_FOUND_BY_TELEGRAM = re.compile(r"[@#$/]\w|\w\.\w|://")


def _entity_starts(block: Block) -> list[int]:
    """Where entities start, at most: our own, and what Telegram may take for an address, a tag or a command."""
    starts, at = [], 0
    for span in block:
        starts += [at] * len(span.marks)
        starts += [at + match.start() for match in _FOUND_BY_TELEGRAM.finditer(span.text)]
        at += len(span.text)
    return starts


def _text(block: Block) -> str:
    return "".join(span.text for span in block)


# -- writing


def _html(spans: Iterable[Span], depth: int = 0) -> str:
    """Neighbours under the same mark share its tag."""
    runs = groupby(spans, key=lambda span: span.marks[depth] if len(span.marks) > depth else None)
    return "".join(_tagged(mark, list(run), depth) for mark, run in runs)


def _tagged(mark: Mark | None, run: list[Span], depth: int) -> str:
    if mark is None:
        return html.escape("".join(span.text for span in run), quote=False)
    inner = _html(run, depth + 1)
    return f'<a href="{html.escape(mark.url)}">{inner}</a>' if isinstance(mark, Link) else f"<{mark}>{inner}</{mark}>"
