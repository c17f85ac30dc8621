"""What is sent to Telegram while an answer is made, and when it does not come through."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import pytest
from telegram import Bot, Chat, Message, TextQuote
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot import sending
from bot.delivery import Pace
from bot.render import Reply
from bot.sending import say, typing

NOON = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
SENT = {"ok": True, "result": {"message_id": 9, "date": 0, "chat": {"id": 7, "type": "private"}}}
REFUSED_QUOTE = {"ok": False, "error_code": 400, "description": "Bad Request: QUOTE_TEXT_INVALID"}
NOT_OURS = {"ok": False, "error_code": 400, "description": "Bad Request: message can't be edited"}
UNCHANGED = {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: specified new message content"}
DELETED = {"ok": True, "result": True}
UNAVAILABLE = {"ok": False, "error_code": 502, "description": "Bad Gateway"}


class Line(BaseRequest):
    """A line to Telegram with these answers on it, the last one for good."""

    read_timeout = None

    def __init__(self, answers: Iterable[dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.calls = asyncio.Semaphore(0)

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any) -> tuple[int, bytes]:
        self.asked.append((url.rpartition("/")[2], request_data.parameters if request_data else {}))
        self.calls.release()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer.get("error_code", 200), json.dumps(answer).encode()


def heard(line: Line, **fields: Any) -> Message:
    message = Message(5, NOON, Chat(7, "private"), text="And why?", **fields)
    message.set_bot(Bot("1:a", request=line, get_updates_request=line))
    return message


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_PAUSES", (0, 0))
    monkeypatch.setattr(sending, "_TYPING_LASTS", 0)


@pytest.mark.parametrize("answer", [{"ok": True, "result": True}, UNAVAILABLE])
async def test_typing_is_shown_again_and_again_until_the_answer_is_there(answer: dict[str, Any]) -> None:
    line = Line([answer])
    async with typing(heard(line)):
        for _ in range(3):
            await line.calls.acquire()
    shown = len(line.asked)
    await asyncio.sleep(0)
    assert {name for name, _ in line.asked} == {"sendChatAction"}
    assert len(line.asked) == shown


async def test_only_messages_wait_until_telegram_takes_more() -> None:
    pace = Pace(overall_max_rate=1, overall_time_period=3600, max_retries=0)

    async def request(endpoint: str) -> str:
        async def done() -> str:
            return endpoint

        return str(await pace.process_request(done, (), {}, endpoint, {"chat_id": 7}, None))

    assert await request("sendMessage") == "sendMessage"
    for endpoint in ("sendChatAction", "getChatMember", "deleteMessage"):
        assert await request(endpoint) == endpoint
    for endpoint in ("sendMessage", "editMessageText", "sendPhoto"):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(request(endpoint), 0.05)


async def test_what_did_not_come_through_is_sent_again() -> None:
    line = Line([UNAVAILABLE, UNAVAILABLE, SENT, NOT_OURS])
    await say(heard(line), Reply(("An answer.",)))
    assert [name for name, _ in line.asked] == ["sendMessage"] * 3 + [
        "editMessageText"
    ] * 3  # 8, 7 and 6: all between the question and the answer


async def test_what_had_come_through_all_the_same_is_taken_back() -> None:
    line = Line([UNAVAILABLE, SENT, NOT_OURS, UNCHANGED, DELETED])
    await say(heard(line), Reply(("An answer.",)))
    assert [(name, sent["message_id"]) for name, sent in line.asked[2:]] == [
        ("editMessageText", 8),
        ("editMessageText", 7),
        ("deleteMessage", 7),
    ]


async def test_a_server_that_stays_away_is_an_error() -> None:
    line = Line([UNAVAILABLE])
    with pytest.raises(TelegramError):
        await say(heard(line), Reply(("An answer.",)))
    assert len(line.asked) == 3


async def test_only_the_first_page_answers_the_message() -> None:
    line = Line([SENT])
    await say(heard(line), Reply(("One.", "Two.")))
    assert [(sent["text"], "reply_parameters" in sent) for _, sent in line.asked] == [("One.", True), ("Two.", False)]


async def test_a_refused_quote_is_left_out() -> None:
    line, article = Line([REFUSED_QUOTE, SENT]), Message(3, NOON, Chat(7, "private"), text="It was <annulled>.")
    await say(heard(line, quote=TextQuote("<annulled>", 7), reply_to_message=article), Reply(("An answer.",)))
    first, second = (sent["reply_parameters"] for _, sent in line.asked)
    assert (first["message_id"], first["quote"], first["quote_position"]) == (3, "<annulled>", 7)
    assert second["message_id"] == 5
    assert "quote" not in second


CARD = Reply(("the card",))
GONE = {"ok": False, "error_code": 400, "description": "Bad Request: message to edit not found"}


class SlowToEdit(Line):
    """A line on which the first edit is long on its way."""

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if url.endswith("editMessageText") and not any(method == "editMessageText" for method, _ in self.asked):
            self.asked.append(("editMessageText", {}))
            await asyncio.sleep(0.05)
            self.asked.pop()
        return await super().do_request(url, *args, **kwargs)


async def told(line: Line, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What a check that takes longer says, in the order in which it arrives."""
    monkeypatch.setattr(sending, "_QUIET_FOR", 0)
    monkeypatch.setattr(sending, "_EDITED_EVERY", 0)
    progress = sending.Progress(heard(line), lambda done, total: f"{done} of {total}")
    async with progress.telling():
        for done in (1, 2):
            progress.is_at(done, 2)
            await asyncio.sleep(0.01)
    await progress.end(CARD, None)
    return [(method, given.get("text", "")) for method, given in line.asked]


async def test_the_answer_comes_after_what_told_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await told(SlowToEdit([SENT]), monkeypatch))[-1] == ("editMessageText", "the card")


async def test_an_answer_is_sent_where_what_told_of_the_work_was_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    said = await told(Line([SENT, GONE, GONE, SENT]), monkeypatch)
    assert said[-1] == ("sendMessage", "the card")
