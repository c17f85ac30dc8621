"""A Reply in, messages in the chat out. Knows how to answer a message, also with the passage it quotes, and when to try again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import ChatAction, ChatType, MessageLimit
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.buttons import Button, Press, Signer
from bot.delivery import answering, first_of_this_run, in_doubt, more_follows, unknown_between
from bot.pages import uncalling, units
from bot.render import Reply

_T = TypeVar("_T")
_PAUSES = (1, 3)
"""Seconds before each further try to send."""
_TYPING_LASTS = 4.5
_QUOTE_UNITS = 1024
_TWIN_WITHIN = 30
"""So many messages are looked at for a twin: their numbers count those of all private chats."""
_QUIET_FOR = 2.0
"""Seconds after which work that goes on is told of."""
_DRAFTED_EVERY = 1.0
_EDITED_EVERY = 1.5
"""Seconds between two edits of a message that tells how far the work is."""


def keyboard(rows: Sequence[Sequence[Button]], signer: Signer, check_id: str = "") -> InlineKeyboardMarkup | None:
    """None without buttons."""

    def made(button: Button) -> InlineKeyboardButton:
        if isinstance(button.does, Press):
            return InlineKeyboardButton(button.text, callback_data=signer.signed(button.does, check_id))
        return InlineKeyboardButton(button.text, url=button.does)

    return InlineKeyboardMarkup([[made(button) for button in row] for row in rows]) if rows else None


async def say(message: Message, reply: Reply, buttons: InlineKeyboardMarkup | None = None) -> Message:
    """Answer a message; the last message sent, which has the buttons. The first page quotes the passage that the message quotes."""
    *others, last = reply.pages
    with more_follows():
        for at, page in enumerate(others):
            await (_send(message, page) if at else _answer(message, page))
    return await (_send(message, last, buttons=buttons) if others else _answer(message, last, buttons))


async def say_picture(message: Message, picture: bytes, caption: str) -> Message:
    """Answer a message with a picture; the caption is plain text."""

    async def attempt() -> Message:
        return await message.get_bot().send_photo(
            message.chat_id,
            picture,
            caption=uncalling(caption),
            parse_mode=None,
            reply_parameters=ReplyParameters(message.message_id),
            message_thread_id=_topic(message),
            disable_notification=_is_quiet(message),
        )

    return await patiently(attempt)


async def say_file(message: Message, content: bytes, name: str, caption: str | None = None) -> Message:
    async def attempt() -> Message:
        return await message.get_bot().send_document(
            message.chat_id,
            InputFile(content, filename=name),
            caption=caption,
            parse_mode=None,
            reply_parameters=ReplyParameters(message.message_id),
            message_thread_id=_topic(message),
            disable_notification=_is_quiet(message),
        )

    return await patiently(attempt)


async def change(message: Message, page: str, buttons: InlineKeyboardMarkup | None) -> None:
    """Edit a message of ours."""

    async def attempt() -> None:
        try:
            await message.get_bot().edit_message_text(page, message.chat_id, message.message_id, reply_markup=buttons)
        except BadRequest as exc:
            if "not modified" not in exc.message.lower():  # it is what we want it to be
                raise

    await patiently(attempt)


class Progress:
    """Tells in the chat how far work is that takes longer; what is told last becomes the answer. What is drafted shows until then, where chats have drafts."""

    def __init__(self, message: Message, worded: Callable[[int, int], str]) -> None:
        self._message = message
        self._worded = worded
        self._state: tuple[int, int] | None = None
        self._told: Message | None = None
        self._telling: asyncio.Task[None] | None = None
        self._draft = ""

    def drafted(self, text: str) -> None:
        """What the answer begins with, in plain words. May be called from any thread."""
        self._draft = text

    def is_at(self, done: int, total: int) -> None:
        """May be called from any thread."""
        self._state = (done, total)

    @contextlib.asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        showing = [asyncio.create_task(self._keep_telling()), asyncio.create_task(self._keep_drafting())]
        try:
            yield
        finally:
            for one in showing:
                one.cancel()
            await asyncio.wait([*showing, *([self._telling] if self._telling else [])])  # what is on its way must not come after the answer

    async def end(self, reply: Reply, buttons: InlineKeyboardMarkup | None) -> None:
        """Put the answer in the place of what was told, or send it."""
        if self._told is None or len(reply.pages) > 1:
            await say(self._message, reply, buttons)
            return
        try:
            await change(self._told, reply.pages[0], buttons)
        except BadRequest:
            await say(self._message, reply, buttons)  # somebody deleted it

    async def _keep_telling(self) -> None:
        answering.set(None)  # what tells of the work is not its answer
        await asyncio.sleep(_QUIET_FOR)
        before = None
        while True:
            if self._state and self._state != before:
                before = self._state
                self._telling = asyncio.create_task(self._tell(self._worded(*before)))
                await asyncio.shield(self._telling)
            await asyncio.sleep(_EDITED_EVERY)

    async def _keep_drafting(self) -> None:
        """Only private chats have drafts. One that is not followed by more goes after half a minute."""
        if self._message.chat.type != ChatType.PRIVATE:
            return
        answering.set(None)
        shown = ""
        while True:
            await asyncio.sleep(_DRAFTED_EVERY)
            if self._draft != shown:
                shown = self._draft
                with contextlib.suppress(TelegramError):
                    await self._message.get_bot().send_message_draft(
                        self._message.chat_id,
                        self._message.message_id,
                        uncalling(shown)[: MessageLimit.MAX_TEXT_LENGTH],
                        message_thread_id=_topic(self._message),
                        parse_mode=None,
                    )

    async def _tell(self, text: str) -> None:
        with contextlib.suppress(TelegramError):
            if self._told is None:
                self._told = await _answer(self._message, text)
            else:
                await change(self._told, text, None)


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


async def _answer(message: Message, page: str, buttons: InlineKeyboardMarkup | None = None) -> Message:
    whole = ReplyParameters(message.message_id)
    try:
        return await _send(message, page, _same_passage(message) or whole, buttons)
    except BadRequest as exc:
        if "quote" not in exc.message.lower():
            raise
        return await _send(message, page, whole, buttons)  # the quoted message was changed meanwhile


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


async def _send(
    message: Message, page: str, answering: ReplyParameters | None = None, buttons: InlineKeyboardMarkup | None = None
) -> Message:
    """What may not have arrived is sent again; where it had, the first of the two is taken back."""
    doubts: list[NetworkError] = []

    async def attempt() -> Message:
        return await message.get_bot().send_message(
            message.chat_id,
            page,
            reply_parameters=answering,
            message_thread_id=_topic(message),
            disable_notification=_is_quiet(message),
            reply_markup=buttons,
        )

    sent = await patiently(attempt, doubts)
    if in_doubt.get() or any(map(_may_have_arrived, doubts)):
        await _take_back_twin(message, sent, page, buttons)
    return sent


def _may_have_arrived(error: NetworkError) -> bool:
    return not isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


async def _take_back_twin(asked: Message, sent: Message, page: str, buttons: InlineKeyboardMarkup | None) -> None:
    """Delete the same message a little before the one sent, or where an earlier run ended, where there is one.

    Telegram tells us of no message of our own, but an edit that changes nothing is refused as such, and one of anybody else's as another thing.
    """
    line = sent.get_bot().request
    befores = (first_of_this_run(line, sent), sent.message_id)  # at its start a run sends much at once
    for number in dict.fromkeys(n for before in befores for n in unknown_between(line, asked.message_id, before, _TWIN_WITHIN)):
        try:
            await sent.get_bot().edit_message_text(page, sent.chat_id, number, reply_markup=buttons)
        except BadRequest as exc:
            if "not modified" not in exc.message.lower():
                continue
        except TelegramError:
            return
        with contextlib.suppress(TelegramError):
            await sent.get_bot().delete_message(sent.chat_id, number)
        return


async def patiently(attempt: Callable[[], Awaitable[_T]], doubts: list[NetworkError] | None = None) -> _T:
    """Try again where the network fails; `doubts` takes how it did."""
    for pause in _PAUSES:
        try:
            return await attempt()
        except BadRequest:
            raise
        except NetworkError as exc:
            if doubts is not None:
                doubts.append(exc)
            await asyncio.sleep(pause)
    return await attempt()


def _is_quiet(message: Message) -> bool | None:
    """In a group nobody's telephone rings because somebody asked something."""
    return True if message.chat.type != ChatType.PRIVATE else None


def _topic(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
