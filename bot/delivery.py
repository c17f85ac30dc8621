"""Requests of the bot in, the same requests out, no faster than Telegram takes them, and noted where they answer an update: so that a process that was killed answers nothing twice.

An update is marked just before the request that answers it leaves, and finished when Telegram has taken it. Where the process ended between
the two, nobody can tell whether the answer arrived: it is sent again, and `sending` takes back the twin that it may have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from telegram import Message
from telegram.ext import AIORateLimiter
from telegram.request import BaseRequest, HTTPXRequest

from bot.state import State

answering: ContextVar[int | None] = ContextVar("answering", default=None)
"""The update that is being worked on."""
in_doubt: ContextVar[bool] = ContextVar("in_doubt", default=False)
"""Whether it may have been answered by an earlier run."""
undelivered: ContextVar[bool] = ContextVar("undelivered", default=False)
"""Whether its answer could not be sent for want of a network."""
_more_follows: ContextVar[bool] = ContextVar("more_follows", default=False)
_SENDS = ("sendMessage", "sendPhoto", "sendDocument")
_ANSWERS = (*_SENDS, "editMessageText", "answerInlineQuery")
_COUNTED = (*_SENDS, "edit")


class Pace(AIORateLimiter):
    """Telegram counts messages. That we are typing, or a look at somebody's rights, neither waits for an answer nor takes its place."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        counted = data if endpoint.startswith(_COUNTED) else {}
        return await super().process_request(callback, args, kwargs, endpoint, counted, rate_limit_args)


class NotedRequest(HTTPXRequest):
    def __init__(self, state: State, **options: Any) -> None:
        super().__init__(**options)
        self._state = state
        self._first: dict[int, int] = {}
        """The lowest number of what this run has sent, by group; 0 for all private chats, which are numbered together."""

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        method, update_id = url.rpartition("/")[2], answering.get()
        if update_id is not None and method in _ANSWERS:
            self._state.leaving(update_id)  # at once: what is written later may not be written before a kill
        status, body = await super().do_request(url, *args, **kwargs)
        if status != 200 or _more_follows.get():
            return status, body
        if update_id is not None and method in _ANSWERS:
            self._state.finish(update_id)  # first: a message that is known is no twin, so its update must not come again
        if method in _SENDS:
            sent = json.loads(body)["result"]
            self._state.sent(sent["chat"]["id"], sent["message_id"])
            counted = min(sent["chat"]["id"], 0)
            self._first[counted] = min(self._first.get(counted, sent["message_id"]), sent["message_id"])
        return status, body

    def first_of_this_run(self, chat_id: int) -> int | None:
        return self._first.get(min(chat_id, 0))

    def unknown_between(self, first: int, last: int, limit: int) -> list[int]:
        return self._state.unknown_between(first, last, limit)


@contextmanager
def more_follows() -> Iterator[None]:
    """What is sent within is not the whole answer: the update is not struck out yet."""
    before = _more_follows.set(True)
    try:
        yield
    finally:
        _more_follows.reset(before)


def first_of_this_run(request: BaseRequest, message: Message) -> int:
    """The number before which all messages of earlier runs lie, as far as a message that was just sent tells."""
    first = request.first_of_this_run(message.chat_id) if isinstance(request, NotedRequest) else None
    return first or message.message_id


def unknown_between(request: BaseRequest, first: int, last: int, limit: int) -> list[int]:
    """The numbers between two messages, the latest first, that may be those of messages of ours which we do not know of."""
    if isinstance(request, NotedRequest):
        return request.unknown_between(first, last, limit)
    return list(range(last - 1, first, -1))[:limit]
