"""The real bot with a chat model that streams, a scripted one on loopback."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.botapi import BotApiServer
from tests.bot.scene import running
from tests.chat_server import ChatServer, content, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 60.0
QUESTION = "When did the Constitutional Court annul the first round of the Romanian presidential election?"
INVENTED = "The judges have since been sent to prison."


def answered(body: dict[str, Any]) -> dict[str, Any]:
    """The first three sentences of what the model was given, each as it stands, with one of its own among them."""
    given = json.loads(body["messages"][-1]["content"])["passages"]
    words = [(passage["id"], passage["text"].split("\n")[-1]) for passage in given[:3]]
    told = [{"text": text, "quotes": [{"passage": at, "words": text}]} for at, text in words]
    told.insert(1, {"text": INVENTED, "quotes": [{"passage": "p1", "words": "sent to prison for it"}]})
    return content({"answered": True, "sentences": told})


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with pytest.MonkeyPatch.context() as patch, serving(answered) as one:
        patch.setenv("OPENAI_API_KEY", "none")
        one.pause = 0.15
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(model: ChatServer, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BotApiServer]:
    state = f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db"
    async with (
        await BotApiServer.start() as one,
        running(one, data_dir, CHAT_MODEL="openai:scripted", CHAT_MODEL_URL=model.url, DATABASE_URL=state),
    ):
        assert not model.asked, "whoever starts the bot pays for nothing"
        yield one
        one.assert_clean()


async def test_what_is_written_shows_while_it_is_written_and_holds_from_the_first_word(server: BotApiServer) -> None:
    alice = server.private(server.user("Alice", language_code="en"))
    await alice.send(QUESTION)
    await server.wait_until(lambda: bool(alice.drafts), timeout=PATIENCE)
    assert not alice.bot_messages
    answer = await alice.wait_for_reply(timeout=PATIENCE)
    drafts = [event.data["text"] for event in alice.events("draft")]
    assert drafts and all(draft and INVENTED not in draft for draft in drafts)
    assert INVENTED not in answer.text
    assert drafts[0].split(" [1]")[0] in answer.text


async def test_a_group_sees_no_drafts(server: BotApiServer) -> None:
    olga = server.user("Olga", language_code="en")
    here = server.group("Readers", olga).as_user(olga)
    await here.wait_for_reply(timeout=PATIENCE)
    await here.send(f"/check {QUESTION}")
    await here.wait_for_reply(timeout=PATIENCE)
    assert not here.events("draft")


async def test_a_restart_does_not_begin_the_days_budget_anew(model: ChatServer, data_dir: Path, tmp_path: Path) -> None:
    settings = {"CHAT_MODEL": "openai:scripted", "CHAT_MODEL_URL": model.url, "DATABASE_URL": f"sqlite:///{tmp_path}/state.db"}
    async with await BotApiServer.start() as server:
        alice = server.private(server.user("Alice", language_code="en"))
        for asks in (True, False):
            before = len(model.asked)
            async with running(server, data_dir, CHAT_TOKENS_PER_DAY="1", **settings) as bot:
                await alice.send(QUESTION)
                await alice.wait_for_reply(timeout=PATIENCE)
            assert (len(model.asked) > before) is asks
            assert ("its budget for today is spent" in bot.log) is not asks
