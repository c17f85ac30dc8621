"""Who waits for whom: one chat in order, chats side by side, a repeated update once, an unfinished one again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from telegram import CallbackQuery, Chat, Message, Update, User

from bot import turns
from bot.delivery import undelivered
from bot.state import State, StateError, open_state
from bot.turns import ChatOrder, Inbox


@pytest.fixture
def state(tmp_path: Path) -> State:
    return open_state(f"sqlite:///{tmp_path / 'state.db'}")


def update(number: int, chat: int = 1) -> Update:
    return Update(number, Message(number, dt.datetime(2026, 7, 1, tzinfo=dt.UTC), Chat(chat, "private"), text=str(number)))


class Scene:
    """Handlers that write down when they begin and end, and end when they are let go."""

    def __init__(self, state: State) -> None:
        self.inbox = Inbox(state)
        self.order = ChatOrder(state, self.inbox, lambda given: given.message is not None and given.message.text == "9")
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


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_AGAIN", (0, 0))
    monkeypatch.setattr(turns, "_PAUSES", (0, 0))


async def without_a_network() -> None:
    undelivered.set(True)


@pytest.mark.usefixtures("at_once")
async def test_what_could_not_be_sent_is_worked_on_again_and_kept_until_it_is(state: State) -> None:
    scene, given = Scene(state), update(1)
    await scene.inbox.put(given)
    for _ in range(2):
        assert scene.inbox.get_nowait() is given
        await scene.order.process_update(given, without_a_network())
        await settled()
    await scene.order.process_update(scene.inbox.get_nowait(), asyncio.sleep(0))
    assert state.unfinished() == []


@pytest.mark.usefixtures("at_once")
async def test_after_a_few_tries_what_could_not_be_sent_waits_for_the_next_start(state: State) -> None:
    scene, given = Scene(state), update(1)
    await scene.inbox.put(given)
    for _ in range(3):
        await scene.order.process_update(scene.inbox.get_nowait(), without_a_network())
        await settled()
    assert scene.inbox.empty()
    assert len(state.unfinished()) == 1


@pytest.mark.usefixtures("at_once")
async def test_a_piece_comes_again_with_the_message_that_it_belongs_to(state: State) -> None:
    scene, first, piece = Scene(state), update(1), update(2)
    for one in (first, piece):
        await scene.inbox.put(one)
        scene.inbox.get_nowait()

    async def takes_and_fails() -> None:
        await settled()
        assert scene.order.take_next(1, lambda given: given is piece) is piece
        undelivered.set(True)

    taking = asyncio.create_task(scene.order.process_update(first, takes_and_fails()))
    await asyncio.gather(taking, scene.start(piece))
    await settled()
    assert [scene.inbox.get_nowait() for _ in range(2)] == [first, piece]
    assert len(state.unfinished()) == 2


@pytest.mark.usefixtures("at_once")
async def test_a_database_that_stumbles_loses_no_update(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    receive, failures = state.receive, iter([True, True])

    def stumbling(*given: Any) -> bool:
        if next(failures, False):
            raise StateError("away")
        return receive(*given)

    monkeypatch.setattr(state, "receive", stumbling)
    inbox = Inbox(state)
    await inbox.put(update(1))
    assert inbox.qsize() == 1
    assert len(state.unfinished()) == 1
