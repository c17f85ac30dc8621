"""Who waits for whom: one chat in order, chats side by side, a repeated update once, an unfinished one again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User

from bot.state import State, open_state
from bot.turns import ChatOrder, Inbox


@pytest.fixture
def state(tmp_path: Path) -> State:
    return open_state(f"sqlite:///{tmp_path / 'state.db'}")


def update(number: int, chat: int = 1) -> Update:
    return Update(number, Message(number, dt.datetime(2026, 7, 1, tzinfo=dt.UTC), Chat(chat, "private"), text=str(number)))


class Scene:
    """Handlers that write down when they begin and end, and end when they are let go."""

    def __init__(self, state: State) -> None:
        self.order = ChatOrder(state, lambda given: given.message is not None and given.message.text == "9")
        self.seen: list[str] = []
        self.may_end = asyncio.Event()

    def start(self, given: Update) -> asyncio.Task[None]:
        return asyncio.create_task(self.order.process_update(given, self._handle(given.update_id)))

    async def _handle(self, number: int) -> None:
        self.seen.append(f"{number} begins")
        await self.may_end.wait()
        self.seen.append(f"{number} ends")


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0.005)


async def test_a_chat_is_answered_in_order_and_another_at_the_same_time(state: State) -> None:
    scene = Scene(state)
    tasks = [scene.start(update(1)), scene.start(update(2)), scene.start(update(3, chat=2))]
    await settled()
    assert scene.seen == ["1 begins", "3 begins"]
    scene.may_end.set()
    await asyncio.gather(*tasks)
    assert scene.seen == ["1 begins", "3 begins", "1 ends", "3 ends", "2 begins", "2 ends"]


async def test_buttons_and_what_is_urgent_do_not_wait_for_the_messages_of_their_chat(state: State) -> None:
    scene, message = Scene(state), update(1).message
    button = Update(2, callback_query=CallbackQuery("2", User(5, "A", False), "x", message=message))
    tasks = [scene.start(update(1)), scene.start(button), scene.start(update(9))]
    await settled()
    assert scene.seen == ["1 begins", "2 begins", "9 begins"]
    scene.may_end.set()
    await asyncio.gather(*tasks)


async def test_a_repeated_update_is_queued_once(state: State) -> None:
    inbox = Inbox(state)
    for number in (1, 1, 2):
        await inbox.put(update(number))
    assert inbox.qsize() == 2


async def test_what_was_not_finished_comes_back_at_the_next_start_and_only_that(state: State) -> None:
    first, scene = Inbox(state), Scene(state)
    for number in (1, 2, 3):
        await first.put(update(number))
    scene.may_end.set()
    await scene.start(update(2))
    second = Inbox(state)
    assert await second.bring_back(Mock(defaults=None)) == 2
    brought = [second.get_nowait() for _ in range(2)]
    assert [one.update_id for one in brought if isinstance(one, Update)] == [1, 3]
    assert all(json.loads(body)["message"]["text"] for body in state.unfinished())


async def test_whoever_takes_the_next_update_handles_it(state: State) -> None:
    scene, second = Scene(state), update(2)
    tasks = [scene.start(update(1)), scene.start(second)]
    await settled()
    assert scene.order.take_next(1, lambda given: False) is None
    assert scene.order.take_next(1, lambda given: given is second) is second
    scene.may_end.set()
    await asyncio.gather(*tasks)
    assert scene.seen == ["1 begins", "1 ends"]
    assert scene.order.take_next(1, lambda given: True) is None
