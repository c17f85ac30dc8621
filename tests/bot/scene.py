"""How tests start the real bot, as a process of its own, against the Bot API server of `bot/botapi`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.botapi import BotApiServer, BotProcess

_REPOSITORY = Path(__file__).resolve().parents[2]
_READY_WITHIN = 90.0
"""Seconds, on a busy machine and with the index to be built."""


def footnote(server: BotApiServer, data_dir: Path, **settings: str) -> BotProcess:
    """A bot that is yet to be started; `settings` are variables without their prefix."""
    own = {
        "TELEGRAM_TOKEN": server.token,
        "TELEGRAM_BASE_URL": server.base_url,
        "TELEGRAM_FILE_URL": server.base_file_url,
        "DATA_DIR": str(data_dir),
        "LOG_LEVEL": "DEBUG",
        **settings,
    }
    env = {f"FOOTNOTE_{name}": value for name, value in own.items()} | {"PYTHONPATH": str(_REPOSITORY)}
    return BotProcess(server, [sys.executable, "-m", "bot", "run"], env=env, cwd=data_dir)  # no .env of a developer lies there


@asynccontextmanager
async def running(server: BotApiServer, data_dir: Path, **settings: str) -> AsyncIterator[BotProcess]:
    """A bot that listens. In the end SIGTERM ends it well, and its log does not hold the token."""
    async with footnote(server, data_dir, **settings) as bot:
        await bot.ready(_READY_WITHIN)
        yield bot
        assert await bot.stop() == 0, bot.log
        assert server.token not in bot.log
