"""Updates and slow work in, each done in its turn: one chat in order, chats side by side, the processor never overrun.

An update is remembered before Telegram is told that we have it, and forgotten when it has been worked on: whatever ends the process in
between, it is worked on at the next start.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from telegram import Bot, Update
from telegram.ext import BaseUpdateProcessor

from bot.delivery import answering, in_doubt, undelivered
from bot.state import State, StateError

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_UPDATES_AT_ONCE = 4096
_PAUSES = (0.5, 2, 5)
"""Seconds before each further try to remember an update."""
_AGAIN = (5, 15, 60, 300)
"""Seconds before an update is worked on again whose answer could not be sent."""


class Inbox(asyncio.Queue[object]):
    """The queue between whoever fetches updates and whoever works on them. A repeated update is dropped."""

    def __init__(self, state: State, is_for_us: Callable[[Update], bool] = lambda _: True) -> None:
        """Of an update that is not for us the number alone is remembered."""
        super().__init__()
        self._state = state
        self._is_for_us = is_for_us

    async def put(self, item: object) -> None:
        """StateError, after a few tries: then Telegram is not told that we have it."""
        if not isinstance(item, Update) or await self._is_new_patiently(item):
            await super().put(item)

    async def _is_new_patiently(self, update: Update) -> bool:
        for pause in _PAUSES:
            try:
                return await self._is_new(update)
            except StateError as exc:
                _log.warning("An update could not be remembered (%s); trying again.", exc)
                await asyncio.sleep(pause)
        return await self._is_new(update)

    async def _is_new(self, update: Update) -> bool:
        body = update.to_json() if self._is_for_us(update) else None
        return await asyncio.to_thread(self._state.receive, update.update_id, body, _message_of(update))

    async def put_again(self, update: Update) -> None:
        """Queue an update that was taken from the queue before."""
        await super().put(update)

    async def bring_back(self, bot: Bot) -> int:
        """Queue what an earlier run left; how much. StateError."""
        left = await asyncio.to_thread(self._state.unfinished)
        for body in left:
            await super().put(Update.de_json(json.loads(body), bot))
        return len(left)


class ChatOrder(BaseUpdateProcessor):
    """The updates of a chat one after another, those of different chats at the same time; buttons do not wait for messages."""

    def __init__(self, state: State, inbox: Inbox, at_once: Callable[[Update], bool] = lambda _: False) -> None:
        """Updates that are to be worked on `at_once` wait for nothing."""
        super().__init__(_UPDATES_AT_ONCE)
        self._state = state
        self._inbox = inbox
        self._tries: Counter[int] = Counter()
        self._taken_by: dict[int, int | None] = {}
        """The updates that another one's handler has taken, with that one's number."""
        self._later: set[asyncio.Task[None]] = set()
        self._at_once = at_once
        self._turns: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: defaultdict[Hashable, list[Update]] = defaultdict(list)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        answering.set(update.update_id)
        undelivered.set(False)
        in_doubt.set(self._state.has_left(update.update_id))  # here and now: who comes first must not hang on a thread
        turn = None if self._at_once(update) else _turn_of(update)
        if turn is None:
            await coroutine
        else:
            await self._in_turn(update, turn, coroutine)
        if undelivered.get() or self._taken_by.pop(update.update_id, None) in self._tries:
            self._try_again(update)
        else:
            self._tries.pop(update.update_id, None)
            self._state.finish(update.update_id)

    def _try_again(self, update: Update) -> None:
        """Work on an update once more when the network may be back; after so many tries the next start does."""
        tried = self._tries[update.update_id]
        if tried == len(_AGAIN):
            return
        self._tries[update.update_id] += 1

        async def later() -> None:
            await asyncio.sleep(_AGAIN[tried])
            await self._inbox.put_again(update)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def take_next(self, chat_id: int, wanted: Callable[[Update], bool]) -> Update | None:
        """The next message that waits in a chat, if it is wanted: whoever takes it handles it."""
        waiting = self._waiting.get(chat_id)
        if not waiting or not wanted(waiting[0]):
            return None
        self._taken_by[waiting[0].update_id] = answering.get()
        return waiting.pop(0)

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def _in_turn(self, update: Update, turn: Hashable, coroutine: Awaitable[Any]) -> None:
        self._waiting[turn].append(update)
        async with self._turns[turn]:
            if any(one is update for one in self._waiting[turn]):
                self._waiting[turn].remove(update)
                await coroutine
            else:
                _drop(coroutine)
        if not self._waiting[turn] and not self._turns[turn].locked():
            del self._waiting[turn], self._turns[turn]


def _message_of(update: Update) -> tuple[int, int] | None:
    return (update.message.chat_id, update.message.message_id) if update.message else None


def _turn_of(update: Update) -> Hashable | None:
    """Whose turn it is that an update waits for."""
    chat = update.effective_chat
    if chat is None:
        return None
    if update.message is not None and update.message.migrate_to_chat_id:
        return update.message.migrate_to_chat_id  # what is said in the new group waits until all that belongs to it is there
    return ("button", chat.id) if update.callback_query else chat.id


def _drop(coroutine: Awaitable[Any]) -> None:
    if inspect.iscoroutine(coroutine):
        coroutine.close()


class Workers:
    """A few threads for blocking work, so that the bot goes on listening."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads)

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        work = partial(copy_context().run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
