"""Updates and slow work in, each done in its turn: one chat in order, chats side by side, the processor never overrun."""

from __future__ import annotations

import asyncio
import inspect
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from telegram import Update
from telegram.ext import BaseUpdateProcessor

_P = ParamSpec("_P")
_T = TypeVar("_T")
_UPDATES_AT_ONCE = 4096
_REMEMBERED = 4096
_WORKERS = 4


class ChatOrder(BaseUpdateProcessor):
    """The updates of a chat one after another, those of different chats at the same time, a repeated one once."""

    def __init__(self) -> None:
        super().__init__(_UPDATES_AT_ONCE)
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: defaultdict[int, list[Update]] = defaultdict(list)
        self._seen: OrderedDict[int, None] = OrderedDict()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update) or update.effective_chat is None:
            await coroutine
        elif self._repeated(update):
            _drop(coroutine)
        else:
            await self._in_turn(update, update.effective_chat.id, coroutine)

    def take_next(self, chat_id: int, wanted: Callable[[Update], bool]) -> Update | None:
        """The next update that waits in a chat, if it is wanted: whoever takes it handles it."""
        waiting = self._waiting.get(chat_id)
        return waiting.pop(0) if waiting and wanted(waiting[0]) else None

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def _in_turn(self, update: Update, chat_id: int, coroutine: Awaitable[Any]) -> None:
        self._waiting[chat_id].append(update)
        async with self._turns[chat_id]:
            if any(one is update for one in self._waiting[chat_id]):
                self._waiting[chat_id].remove(update)
                await coroutine
            else:
                _drop(coroutine)
        if not self._waiting[chat_id] and not self._turns[chat_id].locked():
            del self._waiting[chat_id], self._turns[chat_id]

    def _repeated(self, update: Update) -> bool:
        if update.update_id in self._seen:
            return True
        self._seen[update.update_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False


def _drop(coroutine: Awaitable[Any]) -> None:
    if inspect.iscoroutine(coroutine):
        coroutine.close()


class Workers:
    """A few threads for blocking work, so that the bot goes on listening."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_WORKERS)

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        async with self._free:
            return await asyncio.to_thread(function, *args, **kwargs)
