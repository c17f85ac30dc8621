"""An exception in, one sentence for the chat and one numbered traceback for the log out. Nothing a user wrote gets into the log."""

from __future__ import annotations

import contextlib
import logging
import secrets
import traceback
from collections.abc import Iterator

from telegram import Message, Update
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.delivery import undelivered
from bot.incoming import is_addressed
from bot.moderation import is_group
from bot.render import sentence
from bot.sending import say
from bot.services import Context
from bot.state import StateError
from knowledge.store import StoreError

_log = logging.getLogger(__name__)
_ALERT = 200
"""Characters, as Telegram allows."""


async def on_error(update: object, context: Context) -> None:
    """Where every failure of a handler ends."""
    error = context.error
    assert error is not None
    if isinstance(error, Forbidden | ChatMigrated):
        return  # we were blocked or removed, or the group lives on under another id: nobody waits for this answer
    number = secrets.token_hex(3).upper()
    if _is_of_the_network(error):
        undelivered.set(True)
        _log.warning("error %s: an answer could not be sent (%s)", number, type(error).__name__)
    else:
        _log.error("error %s\n%s", number, report(error))
        await _apologise(update, number, context, of_the_sources=isinstance(error, StoreError))


def report(error: BaseException) -> str:
    """The traceback, without the messages of exceptions that may repeat what a user sent."""
    return "".join(line for one in _chain(error) for line in [*traceback.format_tb(one.__traceback__), f"{_named(one)}\n"])


def _is_of_the_network(error: BaseException) -> bool:
    return isinstance(error, NetworkError | RetryAfter | Conflict) and not isinstance(error, BadRequest)


async def _apologise(update: object, number: str, context: Context, *, of_the_sources: bool) -> None:
    """To whoever asked: nobody else waits for an answer."""
    query = update.callback_query if isinstance(update, Update) else None
    message = query.message if query else update.message if isinstance(update, Update) else None
    if not isinstance(update, Update) or not isinstance(message, Message):
        return
    in_group = is_group(message)
    if in_group and query is None and not is_addressed(message, context.bot.id, context.bot.username):
        return
    texts = context.texts(update.effective_user, message.chat_id if in_group else None)
    text = texts.sources_failed(number) if of_the_sources else texts.failed(number)
    with contextlib.suppress(TelegramError):
        await (query.answer(text[:_ALERT], show_alert=True) if query and in_group else say(message, sentence(text)))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """What an exception came from, the first cause first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield error


_SPEAK_OF_US = (StoreError, StateError, OSError, BadRequest)
"""Exceptions whose messages are about files, the index, the database or our own request, which Telegram may quote."""


def _named(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    said = str(error).partition('"')[0] if isinstance(error, BadRequest) else str(error)
    return f"{kind}: {said}" if isinstance(error, _SPEAK_OF_US) else kind
