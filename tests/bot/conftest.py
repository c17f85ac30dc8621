"""One running bot that the tests of this folder share; each of them brings its own users."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.botapi import BotApiServer, BotProcess
from tests.bot.scene import running


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the index is, which the first bot builds."""
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_server() -> AsyncIterator[BotApiServer]:
    async with await BotApiServer.start() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bot(shared_server: BotApiServer, data_dir: Path) -> AsyncIterator[BotProcess]:
    async with running(shared_server, data_dir, MAX_CLAIMS="40") as bot:
        yield bot


@pytest.fixture
def server(shared_server: BotApiServer, bot: BotProcess) -> Iterator[BotApiServer]:
    """The server that the shared bot is connected to, without what it has seen in other tests."""
    journal = shared_server.backend.journal
    journal.calls.clear()
    journal.violations.clear()
    journal.warnings.clear()
    before = len(bot.log)
    yield shared_server
    print(bot.log[before:])  # pytest shows it where a test failed
