"""A link or a document in, its text as an article out; or why it cannot be read."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from telegram import Document
from telegram.error import TelegramError

from bot.incoming import Kind, Request, first_address
from bot.render import Origin
from bot.sending import patiently
from ingest.extract import Extracted, ExtractRefused, extract
from ingest.fetch import FetchRefused, fetch

MAX_BYTES = 20 * 1024 * 1024
"""Telegram gives bots no larger files."""
_AT_ONCE = asyncio.Semaphore(2)
"""Files: reading one may take a gigabyte."""


class Unread(StrEnum):
    """Why something was not read, as somebody who sent it needs to know."""

    NOT_PUBLIC = "not_public"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    KIND = "kind"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    NOT_GIVEN = "not_given"
    BROKEN = "broken"


class Unreadable(Exception):
    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


_REASONS = {
    "not_public": Unread.NOT_PUBLIC,
    "scheme": Unread.NOT_PUBLIC,
    "malformed": Unread.NOT_PUBLIC,
    "too_large": Unread.TOO_LARGE,
    "too_slow": Unread.TOO_SLOW,
    "kind": Unread.KIND,
    "status": Unread.UNREACHABLE,
    "unreachable": Unread.UNREACHABLE,
    "redirects": Unread.UNREACHABLE,
    "empty": Unread.EMPTY,
    "encrypted": Unread.ENCRYPTED,
    "unreadable": Unread.BROKEN,
}


async def read_page(text: str) -> Request:
    """The article behind the first address in a text. Unreadable."""
    url = first_address(text)
    try:
        page = await fetch(url if "://" in url else f"https://{url}")
        async with _AT_ONCE:
            found = await extract(page.content, page.url, page.content_type, charset=page.charset)
    except (FetchRefused, ExtractRefused) as exc:
        raise Unreadable(_REASONS[exc.reason]) from exc
    return _article(found, page.url)


async def read_document(document: Document) -> Request:
    """Unreadable."""
    if (document.file_size or 0) > MAX_BYTES:
        raise Unreadable(Unread.TOO_LARGE)

    async def attempt() -> bytes:
        return bytes(await (await document.get_file()).download_as_bytearray())

    try:
        content = await patiently(attempt)
    except TelegramError as exc:
        raise Unreadable(Unread.TOO_LARGE if "too big" in str(exc) else Unread.NOT_GIVEN) from exc
    try:
        async with _AT_ONCE:
            found = await extract(content, document.file_name or "", document.mime_type or "")
    except ExtractRefused as exc:
        raise Unreadable(_REASONS[exc.reason]) from exc
    return _article(found, None, document.file_name)


def _article(found: Extracted, url: str | None, name: str | None = None) -> Request:
    origin = Origin(title=found.title or name, name=found.site, url=url, published=found.published)
    return Request(Kind.ARTICLE, found.text, published=found.published, origin=origin)
