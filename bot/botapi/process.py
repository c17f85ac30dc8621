"""Running the real bot as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from .driver import BotApiServer
from .report import Timeout


class BotProcess:
    """The bot under test: started with a command, its output kept, stopped or killed at will.

    >>> async with BotProcess(server, ["my-bot"], env={"BOT_TOKEN": server.token}) as bot:
    ...     await bot.ready()

    The environment must tell the bot the server's address.
    """

    def __init__(
        self,
        server: BotApiServer,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        log: str | Path | None = None,
        clean_env: bool = False,
    ) -> None:
        self.server = server
        self.command = [str(part) for part in command]
        self.cwd = cwd
        self.log_path = Path(log) if log else None
        base = {k: os.environ[k] for k in ("PATH", "HOME", "LANG", "TMPDIR") if k in os.environ}
        self.env = base if clean_env else dict(os.environ)
        self.env.setdefault("PYTHONUNBUFFERED", "1")
        self.env.update(env or {})
        self.process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lines: list[str] = []
        self.ready_since = 0.0  # in monotonic time

    async def start(self) -> None:
        """Start the process."""
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            env=self.env,
            cwd=self.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=16 * 1024 * 1024,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process and self.process.stdout
        while line := await self.process.stdout.readline():
            text = line.decode("utf-8", "replace").rstrip("\n")
            self._lines.append(text)
            if self.log_path:
                with self.log_path.open("a", encoding="utf-8") as file:
                    file.write(text + "\n")

    @property
    def log(self) -> str:
        """Everything the process has printed."""
        return "\n".join(self._lines)

    @property
    def returncode(self) -> int | None:
        """The exit status, ``None`` while it runs."""
        return self.process.returncode if self.process else None

    async def ready(self, timeout: float = 30) -> None:
        """Wait until the bot polls or has set its webhook; fail with its output if it exits instead."""
        deadline = time.monotonic() + timeout
        queue, webhook = self.server.backend.queue, self.server.backend.webhook
        while not queue.polling and not webhook.url:
            if self.returncode is not None:
                raise AssertionError(f"the bot exited with {self.returncode}:\n{self.log[-4000:]}")
            if time.monotonic() > deadline:
                raise Timeout(f"the bot was not ready within {timeout:g} s:\n{self.log[-4000:]}")
            await asyncio.sleep(0.02)
        self.ready_since = time.monotonic()

    async def wait(self, timeout: float = 30) -> int:
        """Wait for the exit status."""
        assert self.process
        status = await asyncio.wait_for(self.process.wait(), timeout)
        if self._reader:
            await self._reader
        return status

    async def stop(self, timeout: float = 15) -> int:
        """Ask the process to end (SIGTERM), kill it if it does not; the answer is its exit status."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                return await self.wait(timeout)
            except TimeoutError:
                await self.kill()
        return int(self.process.returncode or 0)

    async def kill(self) -> None:
        """End the process at once, as a crash would."""
        assert self.process
        if self.process.returncode is None:
            self.process.kill()
            await self.wait()

    async def restart(self, *, crash: bool = False, timeout: float = 30) -> None:
        """Stop (or kill) the bot and start it again."""
        await (self.kill() if crash else self.stop())
        await self.start()
        await self.ready(timeout)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self.process is not None:
            await self.stop()
