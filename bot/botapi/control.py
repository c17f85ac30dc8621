"""An HTTP way to be a user, for tests in other processes or languages: JSON to ``/control/...``."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from .backend import ActionError
from .driver import BotApiServer, ChatHandle, MessageHandle, UserHandle
from .report import Timeout


class Control:
    """The routes under ``/control``."""

    def __init__(self, server: BotApiServer) -> None:
        self.server = server
        self.users: dict[int, UserHandle] = {}

    def install(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_post("/control/{action}", self._post)
        app.router.add_get("/control/transcript", self._transcript)
        app.router.add_get("/control/report", self._report)

    def _chat(self, body: dict[str, Any]) -> ChatHandle:
        user = self.users[int(body["user"])]
        chat_id = body.get("chat")
        if chat_id is None or int(chat_id) == user.id:
            return self.server.private(user)
        return self.server._handle(self.server.backend.world.chats[int(chat_id)], user)

    async def _post(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read() or b"{}")
        action = getattr(self, f"do_{request.match_info['action']}", None)
        if action is None:
            return web.json_response({"error": "no such action"}, status=404)
        try:
            return web.json_response(await action(body))
        except (ActionError, Timeout, AssertionError, LookupError, ValueError, TypeError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    async def do_user(self, body: dict[str, Any]) -> Any:
        """Make a user: ``{"first_name": ..., "language_code": ...}``."""
        user = self.server.user(**body)
        self.users[user.id] = user
        return {"id": user.id}

    async def do_group(self, body: dict[str, Any]) -> Any:
        """Make a group: ``{"title": ..., "owner": id, "members": [ids], "bot_rights": [...]}``."""
        options = {k: v for k, v in body.items() if k not in ("title", "owner", "members")}
        members = [self.users[int(m)] for m in body.get("members", ())]
        group = self.server.group(body["title"], self.users[int(body["owner"])], members, **options)
        return {"id": group.id}

    async def do_send(self, body: dict[str, Any]) -> Any:
        """Send a text: ``{"user": id, "chat": id, "text": ..., "reply_to": id, "quote": ...}``."""
        chat = self._chat(body)
        if reply_to := body.get("reply_to"):
            target = MessageHandle(chat, chat.raw.messages[int(reply_to)])
            sent = await chat.reply(target, body["text"], quote=body.get("quote"))
        else:
            sent = await chat.send(body["text"])
        return sent.data

    async def do_document(self, body: dict[str, Any]) -> Any:
        """Send a file: ``{"user": id, "path": ..., "caption": ..., "kind": "document"}``."""
        sent = await self._chat(body).send_file(body.get("kind", "document"), body["path"], caption=body.get("caption", ""))
        return sent.data

    async def do_press(self, body: dict[str, Any]) -> Any:
        """Press a button: ``{"user": id, "message": id, "button": text or number}``."""
        chat = self._chat(body)
        answer = await MessageHandle(chat, chat.raw.messages[int(body["message"])]).press(body["button"])
        return answer.state.answer

    async def do_inline(self, body: dict[str, Any]) -> Any:
        """Ask an inline query: ``{"user": id, "query": ...}``."""
        answer = await self.users[int(body["user"])].inline_query(body["query"])
        return answer.data

    async def do_replies(self, body: dict[str, Any]) -> Any:
        """Wait for replies: ``{"user": id, "n": 1, "timeout": 10, "settle": 0.2}``."""
        options = {k: body[k] for k in ("n", "timeout", "settle") if k in body}
        replies = await self._chat(body).wait_for_replies(**options)
        return [m.data | {"html": m.html, "buttons": m.buttons, "edits": m.edits} for m in replies]

    async def do_fault(self, body: dict[str, Any]) -> Any:
        """Add a fault: ``{"kind": "status", "method": "sendMessage", "code": 502, "times": 1}``; none: clear."""
        if not body:
            self.server.faults.clear()
            return {}
        self.server.faults.add(**body)
        return {}

    async def _transcript(self, request: web.Request) -> web.Response:
        form = request.query.get("format", "json")
        transcript = self.server.transcript
        if form == "html":
            return web.Response(text=transcript.to_html(), content_type="text/html")
        if form == "text":
            return web.Response(text=transcript.to_text())
        return web.Response(text=transcript.to_json(), content_type="application/json")

    async def _report(self, request: web.Request) -> web.Response:
        server = self.server
        return web.json_response(
            {
                "violations": [str(v) for v in server.violations],
                "errors": [f"{c.method}: {c.error_code} {c.description}" for c in server.errors],
                "warnings": server.warnings,
                "internal_errors": server.backend.journal.internal_errors,
                "unanswered_callbacks": [c.data for c in server.unanswered_callbacks],
                "calls": len(server.calls),
                "pending_updates": len(server.backend.queue.pending),
            }
        )
