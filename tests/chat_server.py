"""A small OpenAI-compatible server on loopback: replies as it is told, call by call, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Reply = Callable[[dict[str, Any]], "dict[str, Any] | int | str"]
"""A request's body in; the assistant message, an HTTP status to fail with, or one of "slow", "cut", "broken" out."""
_PIECE = 40
"""Characters of a reply that come at a time, where it is streamed."""


class ChatServer:
    """Calls `reply` for each request. `asked` are the bodies of all requests so far. Where a stream is asked for, `pause` seconds lie between two pieces, and it breaks after `breaks_after` of them."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.pause = 0.0
        self.breaks_after: int | None = None
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        told = self.reply(body)
        if isinstance(told, int):
            return web.json_response({"error": {"message": "as told", "type": "server_error"}}, status=told)
        if told == "slow":
            await asyncio.sleep(3)
            return web.json_response(completion({"content": "{}"}))
        if told == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if told == "broken":
            return web.Response(text='{"id": "chatcmpl-1", "choices": [', content_type="application/json")
        assert isinstance(told, dict)
        return await self._stream(request, told) if body.get("stream") else web.json_response(completion(told))

    async def _stream(self, request: web.Request, message: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number, delta in enumerate(_deltas(message)):
            if number == self.breaks_after:
                assert request.transport is not None
                request.transport.close()
                return response
            await response.write(b"data: " + json.dumps(_chunk(delta)).encode() + b"\n\n")
            await asyncio.sleep(self.pause)
        await response.write(b"data: " + json.dumps(_chunk({}, "stop")).encode() + b"\n\ndata: [DONE]\n\n")
        return response


def _deltas(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message piece by piece."""
    yield {"role": "assistant", "content": ""}
    if refusal := message.get("refusal"):
        yield {"refusal": refusal}
    text = message.get("content") or ""
    yield from ({"content": text[at : at + _PIECE]} for at in range(0, len(text), _PIECE))
    for call in message.get("tool_calls", ()):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        yield {"tool_calls": [{"index": 0, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}]}
        for at in range(0, len(arguments), _PIECE):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": arguments[at : at + _PIECE]}}]}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}


def completion(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None, **message}}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150},
    }


def content(draft: Any) -> dict[str, Any]:
    """A message that holds a draft as text."""
    return {"content": json.dumps(draft, ensure_ascii=False)}


def tool_call(body: dict[str, Any], draft: Any) -> dict[str, Any]:
    """A message that calls the one tool it was offered with a draft."""
    name = body["tools"][0]["function"]["name"]
    call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": json.dumps(draft, ensure_ascii=False)}}
    return {"content": None, "tool_calls": [call]}


def way(body: dict[str, Any]) -> str:
    """By which way a request asks for structure."""
    if body.get("tools"):
        return "function_calling"
    kind = body.get("response_format", {}).get("type")
    return {"json_schema": "json_schema", "json_object": "json_mode"}.get(kind, "plain")


@contextmanager
def serving(reply: Reply) -> Iterator[ChatServer]:
    """The server in a thread of its own, on a free port of the loopback interface."""
    server, ready, loop = ChatServer(reply), threading.Event(), asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", server.complete)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
