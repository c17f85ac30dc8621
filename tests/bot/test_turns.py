"""Who waits for whom: one chat in order, chats side by side, a repeated update once."""

from __future__ import annotations

import asyncio
import datetime as dt

from telegram import Chat, Message, Update

from bot.turns import ChatOrder


def update(number: int, chat: int = 1) -> Update:
    return Update(number, Message(number, dt.datetime(2026, 7, 1, tzinfo=dt.UTC), Chat(chat, "private"), text=str(number)))


class Scene:
    """Handlers that write down when they begin and end, and end when they are let go."""

    def __init__(self) -> None:
        self.order = ChatOrder()
        self.seen: list[str] = []
        self.may_end = asyncio.Event()

    def start(self, given: Update) -> asyncio.Task[None]:
        return asyncio.create_task(self.order.process_update(given, self._handle(given.update_id)))

    async def _handle(self, number: int) -> None:
        self.seen.append(f"{number} begins")
        await self.may_end.wait()
        self.seen.append(f"{number} ends")


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_chat_is_answered_in_order_and_another_at_the_same_time() -> None:
    scene = Scene()
    tasks = [scene.start(update(1)), scene.start(update(2)), scene.start(update(3, chat=2))]
    await settled()
    assert scene.seen == ["1 begins", "3 begins"]
    scene.may_end.set()
    await asyncio.gather(*tasks)
    assert scene.seen == ["1 begins", "3 begins", "1 ends", "3 ends", "2 begins", "2 ends"]


async def test_a_repeated_update_is_handled_once() -> None:
    scene = Scene()
    scene.may_end.set()
    await asyncio.gather(scene.start(update(1)), scene.start(update(1)))
    assert scene.seen == ["1 begins", "1 ends"]


async def test_whoever_takes_the_next_update_handles_it() -> None:
    scene, second = Scene(), update(2)
    tasks = [scene.start(update(1)), scene.start(second)]
    await settled()
    assert scene.order.take_next(1, lambda given: False) is None
    assert scene.order.take_next(1, lambda given: given is second) is second
    scene.may_end.set()
    await asyncio.gather(*tasks)
    assert scene.seen == ["1 begins", "1 ends"]
    assert scene.order.take_next(1, lambda given: True) is None
