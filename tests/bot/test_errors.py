"""What the log says of a failure: where it was, never what somebody wrote; and who is told of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from telegram import Bot, CallbackQuery, Chat, Message, Update, User
from telegram.error import BadRequest, TimedOut

from bot.delivery import undelivered
from bot.errors import on_error, report
from bot.services import Context
from bot.texts import texts_for
from knowledge.store import IndexMissing
from tests.bot.test_sending import NOON, SENT, Line

SECRET = "rhubarb"


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as exc:
        return exc


def test_a_report_names_the_exception_and_the_place_but_repeats_no_text() -> None:
    said = report(raised(KeyError(SECRET), raised(ValueError(f"cannot read {SECRET}"))))
    assert SECRET not in said
    assert said.index("builtins.ValueError") < said.index("builtins.KeyError")
    assert "test_errors.py" in said


def test_a_report_says_what_is_wrong_with_the_index() -> None:
    assert "Run `footnote ingest`" in report(raised(IndexMissing("Nothing is indexed. Run `footnote ingest`.")))


def test_a_report_leaves_out_what_telegram_quotes() -> None:
    said = report(raised(BadRequest(f'Can\'t parse entities: unsupported start tag "{SECRET}" at byte offset 3')))
    assert "unsupported start tag" in said
    assert SECRET not in said


async def told_of(error: Exception, text: str, *, group: bool, pressed: bool = False) -> list[str]:
    """The methods by which a failure is told where somebody wrote this, or pressed a button below it."""
    line = Line([SENT])
    bot = Bot("1:a", request=line, get_updates_request=line)
    somebody = User(5, "Ada", False)
    message = Message(5, NOON, Chat(-100, "supergroup") if group else Chat(7, "private"), from_user=somebody, text=text)
    query = CallbackQuery("2", somebody, "x", message=message)
    update = Update(1, callback_query=query) if pressed else Update(1, message=message)
    for one in (message, query):
        one.set_bot(bot)
    us = SimpleNamespace(id=1, username="footnote_bot")
    await on_error(update, cast(Context, SimpleNamespace(error=error, bot=us, texts=lambda *_: texts_for("en"))))
    return [method for method, _ in line.asked]


@pytest.mark.parametrize(
    ("text", "group", "pressed", "told"),
    [
        ("What a day.", True, False, []),
        ("@footnote_bot is it so?", True, False, ["sendMessage"]),
        ("/check", True, False, ["sendMessage"]),
        ("What a day.", False, False, ["sendMessage"]),
        ("our card", True, True, ["answerCallbackQuery"]),
        ("our card", False, True, ["sendMessage"]),
    ],
)
async def test_a_failure_is_told_to_whoever_asked_and_to_nobody_else(text: str, group: bool, pressed: bool, told: list[str]) -> None:
    assert await told_of(ValueError("x"), text, group=group, pressed=pressed) == told


async def test_without_a_network_nothing_is_told_and_the_answer_is_owed() -> None:
    assert await told_of(TimedOut(), "Is it so?", group=False) == []
    assert undelivered.get()
