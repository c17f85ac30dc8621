"""Footnote without Telegram: the real bot, as a process of its own, against the Bot API server on loopback, and a page to chat with it.

The page speaks to this process alone: what somebody writes there goes to the bot as an update, and what the bot sends comes back as it would
in an app. Nothing listens beyond loopback, and nothing of a session outlives the command but what the bot itself keeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from bot.botapi import BotApiServer, BotProcess, ChatHandle, FloodLimits, MessageHandle
from bot.botapi.backend import ActionError, CallbackState
from bot.botapi.report import Timeout
from bot.inputs import SAMPLE
from bot.texts import texts_for
from knowledge.domain import LANGUAGES

PAGE = Path(__file__).parent / "page"
PORT = 8765
MAX_FILE = 20 * 1024 * 1024
_READY_WITHIN = 300.0
"""Seconds: the first start builds the index."""
_ANSWERED_WITHIN = 60.0
_LOOKED_EVERY = 15.0
"""Seconds after which a stream says that it is alive."""
_PIECE = 4096
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class DemoFailed(Exception):
    """The demo cannot start; the message says why."""


class Session:
    """A visitor of the page: a user of the bot with a private chat."""

    def __init__(self, server: BotApiServer, language: str) -> None:
        user = server.user("You", language_code=language)
        self.chat: ChatHandle = server.private(user)

    def speak(self, language: str) -> None:
        self.chat.user.raw.language_code = language

    async def send(self, text: str, *, reply_to: int | None = None, quote: str | None = None, forwarded_from: str | None = None) -> None:
        """As apps do: a long text in several messages, a quote only where it stands. ActionError."""
        for piece in _pieces(text):
            answered = self._message(reply_to)
            if forwarded_from is not None:
                day = int(self.chat.server.clock.now())
                await self.chat.forward_text(piece, origin={"type": "hidden_user", "date": day, "sender_user_name": forwarded_from})
            elif answered is None:
                await self.chat.send(piece)
            else:
                await self.chat.reply(answered, piece, quote=_standing(quote, answered.text))

    def press(self, message: int, row: int, column: int) -> CallbackState:
        """ActionError, LookupError."""
        found = self._message(message)
        if found is None:
            raise LookupError(message)
        button = found.keyboard[row][column]
        return self.chat.server.backend.press(found.raw, self.chat.user.raw, button)

    def shown(self) -> dict[int, dict[str, Any]]:
        """Every message as the page shows it."""
        return {message.id: _shown(message) for message in self.chat.messages}

    def file(self, message: int) -> tuple[bytes, str, str]:
        """Content, name and media type. LookupError."""
        found = self._message(message)
        if found is None:
            raise LookupError(message)
        document = found.raw.data.get("document")
        if document:
            return found.file(), str(document.get("file_name") or "file"), str(document.get("mime_type") or "application/octet-stream")
        return found.file(), "picture.png", "image/png"

    def _message(self, number: int | None) -> MessageHandle | None:
        return next((message for message in self.chat.messages if message.id == number), None)


def _shown(message: MessageHandle) -> dict[str, Any]:
    data = message.raw.data
    quoted = message.reply_to
    document = data.get("document")
    return {
        "id": message.id,
        "own": not message.raw.from_bot,
        "html": message.html,
        "date": message.raw.date,
        "edited": bool(message.edits),
        "forwarded": "forward_origin" in data,
        "buttons": [[{"text": b["text"], "url": b.get("url")} for b in row] for row in message.keyboard],
        "reply": {"id": quoted.id, "text": message.quote or quoted.text} if quoted else None,
        "picture": "photo" in data,
        "file": {"name": document.get("file_name") or "file", "size": document.get("file_size")} if document else None,
    }


def _pieces(text: str) -> list[str]:
    """Cut where apps cut: at most 4,096 characters, at a line's end where there is one."""
    pieces = []
    while len(text) > _PIECE:
        at = text.rfind("\n", _PIECE // 2, _PIECE)
        at = at if at > 0 else _PIECE
        pieces.append(text[:at])
        text = text[at:].lstrip("\n")
    return [*pieces, text] if text.strip() or not pieces else pieces


def _standing(quote: str | None, text: str) -> str | None:
    """The quote as it stands in the text: a browser gives line ends another shape."""
    if not quote:
        return None
    if quote in text:
        return quote
    words, flat = " ".join(quote.split()), " ".join(text.split())
    if words not in flat:
        return None
    kept = [at for at, char in enumerate(text) if not (char.isspace() and (at == 0 or text[at - 1].isspace()))]
    start = flat.index(words)
    return text[kept[start] : kept[start + len(words) - 1] + 1]


class Page:
    """The routes of the page. `bot_is_up` tells whether the bot listens yet."""

    def __init__(self, server: BotApiServer, hosts: Callable[[], set[str]]) -> None:
        self._server = server
        self._hosts = hosts
        self._sessions: dict[str, Session] = {}
        self.bot_is_up = asyncio.Event()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_FILE + 1024 * 1024, middlewares=[self._guarded])
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/style.css", self._static),
                web.get("/chat.js", self._static),
                web.get("/icon.svg", self._static),
                web.get("/texts", self._texts),
                web.post("/open", self._open),
                web.get("/stream", self._stream),
                web.post("/send", self._send),
                web.post("/sample", self._sample),
                web.post("/press", self._press),
                web.post("/file", self._upload),
                web.get("/file", self._download),
                web.post("/language", self._language),
            ]
        )
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """Only under our own name: another site's page cannot be made to read this one."""
        if request.host not in self._hosts():
            raise web.HTTPForbidden(text="Open the address that the command printed.")
        try:
            response = await handler(request)
        except (KeyError, ValueError, TypeError, LookupError, ActionError) as exc:
            raise web.HTTPBadRequest(text=str(exc)) from exc
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / request.path.lstrip("/"))

    async def _texts(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(texts_for(request.query.get("language")).page)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        language = _language(await request.json())
        token = secrets.token_urlsafe(16)
        self._sessions[token] = Session(self._server, language)
        return web.json_response({"session": token})

    async def _send(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        await self._session(given).send(str(given["text"]), reply_to=given.get("reply_to"), quote=given.get("quote"))
        return web.json_response({})

    async def _sample(self, request: web.Request) -> web.StreamResponse:
        await self._session(await request.json()).send(SAMPLE.read_text(encoding="utf-8"), forwarded_from="Footnote")
        return web.json_response({})

    async def _press(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        state = self._session(given).press(int(given["message"]), int(given["row"]), int(given["column"]))
        with contextlib.suppress(Timeout):
            await self._server.backend.journal.wait_for(lambda: state.answer is not None, _ANSWERED_WITHIN, "an answer to the button")
        answer = state.answer or {}
        return web.json_response({"text": answer.get("text") or "", "alert": bool(answer.get("show_alert"))})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """A multipart form: `session`, then `file`."""
        fields: dict[str, str] = {}
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                content = await part.read(decode=True)
                chat = self._session(fields).chat
                mime = part.headers.get("Content-Type", "application/octet-stream")
                await chat.send_document(bytes(content), name=Path(part.filename or "file").name, mime_type=mime)
            elif part.name:
                fields[part.name] = await part.text()
        return web.json_response({})

    async def _download(self, request: web.Request) -> web.StreamResponse:
        content, name, kind = self._session(request.query).file(int(request.query["message"]))
        disposition = "inline" if kind == "image/png" else f'attachment; filename="{_ascii(name)}"'
        return web.Response(body=content, content_type=kind, headers={"Content-Disposition": disposition})

    async def _language(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        self._session(given).speak(_language(given))
        return web.json_response({})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `message` as a whole whenever it is new or another, `gone`, `typing`, and `ready` once the bot listens."""
        session = self._session(request.query)
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            async for event, data in self._events(session):
                await response.write(f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())
        return response

    async def _events(self, session: Session) -> AsyncIterator[tuple[str, Any]]:
        journal, known, ready = self._server.backend.journal, dict[int, str](), False
        typing_seen = journal.seq
        while True:
            if not ready and self.bot_is_up.is_set():
                ready = True
                yield "ready", {"username": self._server.backend.bot.username}
            shown = session.shown()
            for number, message in shown.items():
                digest = hashlib.sha256(json.dumps(message).encode()).hexdigest()
                if known.get(number) != digest:
                    known[number] = digest
                    yield "message", message
            for number in [number for number in known if number not in shown]:
                del known[number]
                yield "gone", {"id": number}
            acting = [event for event in session.chat.events("chat_action") if event.seq > typing_seen]
            typing_seen = journal.seq
            if acting:
                yield "typing", {}
            if not await self._stirred(typing_seen):
                yield "alive", {}

    async def _stirred(self, since: int) -> bool:
        """Wait until something happens on the server; False where nothing does for long."""
        journal = self._server.backend.journal
        try:
            await journal.wait_for(lambda: journal.seq > since or None, _LOOKED_EVERY, "something new")
        except Timeout:
            return False
        return True

    def _session(self, given: Any) -> Session:
        return self._sessions[given["session"]]


def _language(given: Any) -> str:
    language = str(given["language"])
    if language not in LANGUAGES:
        raise ValueError(f"language: one of {', '.join(LANGUAGES)}")
    return language


def _ascii(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in ".-_") else "_" for char in name)


async def serve(port: int, said: Callable[[str], None], *, open_page: bool) -> None:
    """Start the server, the page and the bot, and go on until cancelled. `said` is told the address and what happens. DemoFailed."""
    async with await BotApiServer.start(
        token=f"1:{secrets.token_hex(16)}", username="footnote_demo_bot", flood=FloodLimits.off()
    ) as server:
        server.backend.journal.keep = 2000
        hosts: set[str] = set()
        page = Page(server, lambda: hosts)
        runner = web.AppRunner(page.application(), access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        try:
            address = await _listen(runner, port)
            hosts |= {address, address.replace("127.0.0.1", "localhost")}
            said(f"Footnote chats at http://{address}/ (Ctrl+C ends it). The bot is getting ready.")
            if open_page:
                await asyncio.to_thread(webbrowser.open, f"http://{address}/")
            with tempfile.TemporaryDirectory(prefix="footnote-demo-") as folder:
                await _run_bot(server, Path(folder), page, said)
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> str:
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError as exc:
        raise DemoFailed(f"Port {port} is taken ({exc.strerror}). Choose another: footnote demo --port 0 takes any that is free.") from exc
    host, bound = runner.addresses[0][:2]
    return f"{host}:{bound}"


async def _run_bot(server: BotApiServer, folder: Path, page: Page, said: Callable[[str], None]) -> None:
    own = {
        "FOOTNOTE_TELEGRAM_TOKEN": server.token,
        "FOOTNOTE_TELEGRAM_BASE_URL": server.base_url,
        "FOOTNOTE_TELEGRAM_FILE_URL": server.base_file_url,
        "FOOTNOTE_DATABASE_URL": f"sqlite:///{folder / 'state.db'}",  # of this server alone: another counts its updates anew
    }
    async with BotProcess(server, [sys.executable, "-m", "bot", "run"], env={**os.environ, **own}) as bot:
        try:
            await bot.ready(_READY_WITHIN)
        except (AssertionError, Timeout) as exc:  # it ended, or it does not listen
            raise DemoFailed(f"The bot did not start:\n{bot.log}") from exc
        page.bot_is_up.set()
        server.backend.journal.event("bot_ready")
        said("The bot is ready.")
        assert bot.process is not None
        await bot.process.wait()
        raise DemoFailed(f"The bot has ended:\n{bot.log[-2000:]}")
