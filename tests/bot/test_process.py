"""How `footnote run` starts, refuses to start, fails and ends, as a process of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from bot.app import NEW_FOR
from bot.botapi import BotApiServer, BotProcess
from bot.texts import texts_for
from tests.bot.scene import footnote

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = texts_for("en")
STARTED_WITHIN = 60.0
QUESTION = "Who won the rhubarb election in Romania?"


class Spare(NamedTuple):
    server: BotApiServer
    bot: BotProcess
    current: Path
    """The file that names the index in use."""


def last_words(bot: BotProcess) -> str:
    return bot.log.splitlines()[-1]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_bot_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def refuses(status: int, says: str, **settings: str) -> None:
        async with await BotApiServer.start() as server, footnote(server, tmp_path, **settings) as bot:
            assert await bot.wait(STARTED_WITHIN) == status
            assert says in last_words(bot)
            assert "Traceback" not in bot.log
            assert (settings.get("TELEGRAM_TOKEN") or server.token) not in bot.log
            server.assert_clean(allow_warnings=False)

    await asyncio.gather(
        refuses(2, "set FOOTNOTE_TELEGRAM_TOKEN", TELEGRAM_TOKEN=""),
        refuses(1, "does not accept the token", TELEGRAM_TOKEN="123:another-token"),
        refuses(1, "cannot be reached", TELEGRAM_BASE_URL=f"http://127.0.0.1:{closed_port()}/bot"),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def spare(data_dir: Path, bot: BotProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Spare]:
    """A bot that tests may break, with an index of its own."""
    own = tmp_path_factory.mktemp("spare") / "data"
    shutil.copytree(data_dir, own)  # the shared bot, which is asked for, has built the index
    async with await BotApiServer.start() as server, footnote(server, own) as spare:
        await spare.ready(STARTED_WITHIN)
        yield Spare(server, spare, own / "index" / "CURRENT")


async def test_a_damaged_index_is_one_sentence_whose_number_the_log_has(spare: Spare) -> None:
    chat = spare.server.private(spare.server.user("Dan"))
    spare.current.write_text("g-damaged")
    shown = await chat.ask(QUESTION, timeout=STARTED_WITHIN)
    [number] = re.findall(r"number ([0-9A-F]{6})\.", shown.text)
    assert shown.text == TEXTS.sources_failed(number)
    assert f"error {number}" in spare.bot.log
    assert "rhubarb" not in spare.bot.log
    assert (await chat.ask("/help")).text == TEXTS.help
    spare.server.assert_clean(allow_warnings=False)


async def test_a_token_that_is_revoked_ends_the_bot(spare: Spare) -> None:
    old = spare.server.token
    spare.server.backend.config.bot.token = "123:a-new-one"
    spare.server.backend.queue.end_poll("the last poll with the old token")
    assert await spare.bot.wait(STARTED_WITHIN) == 1
    assert "does not accept the token" in last_words(spare.bot)
    assert old not in spare.bot.log


async def test_a_second_instance_gives_way_and_the_first_goes_on(server: BotApiServer, bot: BotProcess, data_dir: Path) -> None:
    await asyncio.sleep(max(0.0, bot.ready_since + NEW_FOR - time.monotonic()))
    chat = server.private(server.user("Carol"))
    async with footnote(server, data_dir) as second:
        assert await second.wait(STARTED_WITHIN) == 1
        assert "Another program" in last_words(second)
    assert (await chat.ask("/help", timeout=STARTED_WITHIN)).text == TEXTS.help
    server.assert_clean(allow_warnings=False)
