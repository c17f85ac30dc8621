"""The HTTP side: routes, parameters, faults, and the life cycle of a server."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
import traceback
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from .backend import Backend
from .errors import ApiError, bad_request
from .faults import Fault
from .methods import Call, registry
from .methods.base import Upload
from .spec import Issue, Uploads
from .webhook import WebhookSender

_LEGACY = {
    "reply_to_message_id": "replaced by reply_parameters",
    "allow_sending_without_reply": "replaced by reply_parameters",
    "disable_web_page_preview": "replaced by link_preview_options",
    "thumb": "renamed to thumbnail",
}


class HttpServer:
    """Serves one :class:`Backend` on a loopback port."""

    def __init__(self, backend: Backend, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.backend = backend
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None
        self.sender = WebhookSender(backend, self.execute)
        backend.on_update = self.sender.notify
        self.app_hooks: list[Any] = []

    # -- life cycle --------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_route("*", "/file/bot{token}/{path:.+}", self._handle_file)
        for hook in self.app_hooks:
            hook(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        if self.port == 0:
            self.port = self._runner.addresses[0][1]
        self.sender.paused = False
        self.sender.notify()

    async def stop(self) -> None:
        """Stop listening and cut every connection; the state stays."""
        self.sender.paused = True
        await self.sender.stop()
        self.backend.queue.end_poll("Conflict: terminated by other getUpdates request")
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """``http://host:port``."""
        return f"http://{self.host}:{self.port}"

    # -- one call ----------------------------------------------------------------------------------

    async def execute(self, name: str, raw: dict[str, Any], uploads: dict[str, Upload]) -> tuple[int, dict[str, Any]]:
        """Validate and execute a call; the answer is an HTTP status and a JSON object."""
        backend = self.backend
        started = time.monotonic()
        method = backend.spec.method(name)
        if method is None:
            record = backend.journal.begin(name, dict(raw))
            backend.journal.violate(record, Issue("unknown_method", name, "there is no such method"))
            return 404, ApiError(404, "method not found").body()
        files = Uploads(set(uploads))
        values, issues = backend.spec.decode_params(method, raw, files)
        record = backend.journal.begin(method.name, values)
        if issues:
            for issue in issues:
                if issue.kind == "unknown_param" and issue.path in _LEGACY:
                    issue = Issue("unknown_param", issue.path, f"deprecated parameter, {_LEGACY[issue.path]}")
                backend.journal.violate(record, issue)
        known_limits = {(i.path, i.kind) for i in issues}
        try:
            if backend.config.reject_unknown_params and any(i.kind == "unknown_param" for i in issues):
                raise bad_request("unknown parameter: " + next(i.path for i in issues if i.kind == "unknown_param"))
            result = await self._run(Call(backend, method.name, values, uploads, record), issues)
            self._check_result(method.returns, result)
        except ApiError as error:
            if error.limit and not known_limits:
                backend.journal.violate(record, Issue("limit", "", error.description))
            record.error_code, record.description = error.code, error.description
            record.duration = time.monotonic() - started
            backend.journal.event("api_error", None, method=method.name, code=error.code, text=error.description)
            return error.code, error.body()
        except Exception:  # whatever it is, it is the fault of this server and reported as such
            backend.journal.internal_errors.append(traceback.format_exc())
            record.error_code, record.description = 500, "the emulator failed"
            return 500, ApiError(500, "the emulator failed").body()
        record.ok = True
        record.duration = time.monotonic() - started
        return 200, {"ok": True, "result": result}

    async def _run(self, call: Call, issues: list[Issue]) -> Any:
        missing = next((i for i in issues if i.kind == "missing_param" and "." not in i.path), None)
        handler = registry.get(call.method)
        if handler is None:
            if missing is not None:
                raise bad_request(f'parameter "{missing.path}" is required')
            self.backend.journal.warn(f"{call.method} is not emulated")
            if call.backend.spec.methods[call.method].returns == ("Boolean",):
                return True
            raise bad_request("method is not emulated")
        broken = next((i for i in issues if i.kind == "wrong_type"), None)
        if broken is not None and missing is None:
            raise bad_request(f"can't parse {broken.path}: {broken.message}")
        result = handler(call)
        if inspect.isawaitable(result):
            result = await result
        return result

    def _check_result(self, returns: tuple[str, ...], result: Any) -> None:
        if not self.backend.config.self_check:
            return
        attempts = [self.backend.spec.check(name, result, "result") for name in returns]
        if all(attempts):
            raise AssertionError(f"the emulator made a wrong answer: {min(attempts, key=len)}")

    # -- HTTP --------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, name = request.match_info["token"], request.match_info["method"]
        if token != self.backend.config.bot.token:
            known_shape = ":" in token and token.split(":", 1)[0].isdigit()
            self.backend.journal.event("bad_token", None)
            if known_shape:
                return _json(401, ApiError(401, "").body())
            return _json(401, ApiError(401, "Unauthorized: invalid token specified").body())
        method = self.backend.spec.method(name)
        faults = self.backend.faults.pick(method.name if method else name) if self.backend.faults.rules else []
        after: list[Fault] = []
        for fault in faults:
            self.backend.journal.event("fault", None, fault=fault.kind, method=name)
            if fault.kind in ("drop_after", "truncate", "garbage"):
                after.append(fault)
                continue
            response = await self._fault_before(request, fault)
            if response is not None:
                return response
        try:
            raw, uploads = await _read_params(request)
        except ValueError as error:
            return _json(400, bad_request(f"can't parse request: {error}").body())
        except web.HTTPRequestEntityTooLarge:
            return _json(413, ApiError(413, "").body())
        status, body = await self.execute(name, raw, uploads)
        for fault in after:
            if fault.kind == "drop_after":
                return _cut(request)
            data = json.dumps(body, ensure_ascii=False).encode()
            data = data[: max(1, len(data) // 2)] if fault.kind == "truncate" else b"<html><body>oops</body></html>"
            return web.Response(status=status, body=data, content_type="application/json")
        return _json(status, body)

    async def _fault_before(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay)
            return None
        if fault.kind == "drop":
            return _cut(request)
        if fault.kind == "hang":
            await asyncio.sleep(fault.delay)
            return _cut(request)
        if fault.kind == "flood":
            error = ApiError(
                429,
                f"Too Many Requests: retry after {fault.retry_after}",
                parameters={"retry_after": fault.retry_after},
            )
            return _json(429, error.body())
        if fault.kind == "error":
            return _json(fault.code, ApiError(fault.code, fault.description).body())
        page = f"<html><head><title>{fault.code}</title></head><body><h1>{fault.code}</h1></body></html>"
        return web.Response(status=fault.code, text=page, content_type="text/html")

    async def _handle_file(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.backend.config.bot.token:
            return _json(401, ApiError(401, "").body())
        for fault in self.backend.faults.pick("file"):
            response = await self._fault_before(request, fault)
            if response is not None:
                return response
        stored = self.backend.world.files.at_path(request.match_info["path"])
        if stored is None:
            return _json(404, ApiError(404, "").body())
        return web.Response(body=stored.read(), content_type="application/octet-stream")


def _cut(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        transport.abort()
    return web.Response(status=500)


def _json(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"),
        content_type="application/json",
    )


async def _read_params(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    params: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.method == "GET" or not request.can_read_body:
        return params, uploads
    kind = request.content_type
    if kind == "application/json":
        body = await request.read()
        if body:
            value = json.loads(body)
            if not isinstance(value, dict):
                raise ValueError("a JSON object is expected")
            params |= {k: v for k, v in value.items() if v is not None}
    elif kind == "multipart/form-data":
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name = getattr(part, "name", None)
            if name is None or not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=True))
            filename = part.filename
            if filename is None:
                params[name] = data.decode("utf-8")
            else:
                mime = part.headers.get("Content-Type", "application/octet-stream")
                uploads[name] = Upload(filename, mime, data)
    elif kind in ("application/x-www-form-urlencoded", "application/octet-stream"):
        params |= dict(await request.post())
    else:
        raise ValueError(f"unexpected content type {kind}")
    return params, uploads


def as_bytes(source: str | bytes | Path) -> tuple[bytes | Path, str]:
    """File content and name from a path or bytes."""
    if isinstance(source, bytes):
        return source, ""
    path = Path(source)
    return path, path.name
