"""A Reply in, messages in the chat out. Knows how to answer a message, also with the passage it quotes, and when to try again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from telegram import Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.pages import units
from bot.render import Reply

_PAUSES = (1, 3)
"""Seconds before each further try to send."""
_TYPING_LASTS = 4.5
_QUOTE_UNITS = 1024


async def say(message: Message, reply: Reply) -> None:
    """Answer a message. The first page quotes the passage that the message quotes."""
    first, *others = reply.pages
    await _answer(message, first)
    for page in others:
        await _send(message, page)


@contextlib.asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Show that an answer is being written, for as long as it takes."""
    showing = asyncio.create_task(_keep_typing(message))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait([showing])


async def _keep_typing(message: Message) -> None:
    while True:
        with contextlib.suppress(TelegramError):
            await message.get_bot().send_chat_action(message.chat_id, ChatAction.TYPING, message_thread_id=_topic(message))
        await asyncio.sleep(_TYPING_LASTS)


async def _answer(message: Message, page: str) -> None:
    whole = ReplyParameters(message.message_id)
    try:
        await _send(message, page, _same_passage(message) or whole)
    except BadRequest as exc:
        if "quote" not in exc.message.lower():
            raise
        await _send(message, page, whole)  # the quoted message was changed meanwhile


def _same_passage(message: Message) -> ReplyParameters | None:
    quote, quoted = message.quote, message.reply_to_message
    if quote is None or quoted is None or units(quote.text) > _QUOTE_UNITS:
        return None
    return ReplyParameters(
        quoted.message_id,
        quote=quote.text,
        quote_parse_mode=None,  # the default would read the user's words as HTML
        quote_entities=quote.entities or None,
        quote_position=quote.position,
    )


async def _send(message: Message, page: str, answering: ReplyParameters | None = None) -> None:
    """A message that surely or maybe did not arrive is sent again: twice is better than never."""

    async def attempt() -> None:
        await message.get_bot().send_message(message.chat_id, page, reply_parameters=answering, message_thread_id=_topic(message))

    await _patiently(attempt)


async def _patiently(attempt: Callable[[], Awaitable[None]]) -> None:
    for pause in _PAUSES:
        try:
            await attempt()
            return
        except BadRequest:
            raise
        except NetworkError:
            await asyncio.sleep(pause)
    await attempt()


def _topic(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
