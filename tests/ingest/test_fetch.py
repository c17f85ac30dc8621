"""Names are resolved by a script, pages come from a scripted transport or a server on loopback: nothing here leaves the machine."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from aiohttp import web

from ingest.fetch import Fetched, FetchReason, FetchRefused, Limits, fetch, is_public, look_up, web_client

PUBLIC = "93.184.216.34"
ALSO_PUBLIC = "2606:2800:220:1::1"
PAGE = b"<!DOCTYPE html><title>Bridge</title><p>Podul s-a redeschis.</p>"

Answer = Callable[[httpx.Request], httpx.Response]


class Names:
    """A resolver that gives its answers in turn, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Web:
    """The whole web as one function; `asked` are the requests that were sent to it."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = answer

    def _remember(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer(request)

    async def fetch(self, url: str, names: Names | None = None, limits: Limits | None = None) -> Fetched:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._remember)) as client:
            return await fetch(url, client=client, resolve=names or Names([PUBLIC]), limits=limits or Limits())


def _answer(content: bytes, **headers: str) -> httpx.Response:
    """Headers are written with underscores."""
    return httpx.Response(200, stream=httpx.ByteStream(content), headers={name.replace("_", "-"): value for name, value in headers.items()})


def _page(_: httpx.Request) -> httpx.Response:
    return _answer(PAGE, content_type="text/html; charset=UTF-8")


def _redirect(to: str) -> Answer:
    return lambda request: httpx.Response(302, headers={"Location": to}) if request.url.path == "/start" else _page(request)


async def _reason(web_: Web, url: str, names: Names | None = None) -> FetchReason:
    with pytest.raises(FetchRefused) as refused:
        await web_.fetch(url, names)
    return refused.value.reason


async def test_a_page_comes_with_its_type_and_charset() -> None:
    fetched = await Web(_page).fetch("https://news.example/a?b=c")
    assert fetched == Fetched(url="https://news.example/a?b=c", content_type="text/html", content=PAGE, charset="utf-8")


async def test_the_address_that_was_checked_is_asked_under_the_name_of_the_site() -> None:
    web_ = Web(_page)
    await web_.fetch("https://News.example./a")
    (request,) = web_.asked
    assert str(request.url) == f"https://{PUBLIC}/a"
    assert request.headers["Host"] == "news.example."
    assert request.extensions["sni_hostname"] == "news.example"


async def test_we_say_who_asks() -> None:
    web_ = Web(_page)
    await web_.fetch("http://news.example/")
    assert web_.asked[0].headers["User-Agent"] == "Footnote/0.1 (+fact-checking bot)"


async def test_a_name_in_cyrillic_is_resolved_in_its_ascii_form() -> None:
    names = Names([PUBLIC])
    await Web(_page).fetch("http://новини.укр/", names)
    assert names.asked == ["xn--b1amarcd.xn--j1amh"]


async def test_a_public_address_needs_no_resolver() -> None:
    names = Names([])
    await Web(_page).fetch(f"http://[{ALSO_PUBLIC}]/", names)
    assert names.asked == []


async def test_an_address_that_takes_no_connection_leaves_the_next_to_be_asked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == ALSO_PUBLIC:
            raise httpx.ConnectError("no route")
        return _page(request)

    web_ = Web(answer)
    await web_.fetch("http://news.example/", Names([ALSO_PUBLIC, PUBLIC]))
    assert [request.url.host for request in web_.asked] == [ALSO_PUBLIC, PUBLIC]


async def test_a_name_server_that_does_not_answer_leaves_the_bot_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def ask(*_: object, **__: object) -> list[tuple[object, ...]]:
        assert answers.wait(10), "nobody else could work meanwhile"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    with ThreadPoolExecutor(1) as workers:
        asyncio.get_running_loop().set_default_executor(workers)
        looking = asyncio.create_task(look_up("slow.example"))
        await asyncio.sleep(0)
        await asyncio.to_thread(answers.set)
        assert await looking == [PUBLIC]


async def test_the_url_is_the_one_where_the_redirects_ended() -> None:
    assert (await Web(_redirect("//other.example/end")).fetch("https://news.example/start")).url == "https://other.example/end"


async def test_a_page_that_redirects_to_the_metadata_service_is_never_asked() -> None:
    web_ = Web(_redirect("http://169.254.169.254/latest/meta-data/"))
    assert await _reason(web_, "http://news.example/start") == FetchReason.NOT_PUBLIC
    assert [request.url.path for request in web_.asked] == ["/start"]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.1/", FetchReason.NOT_PUBLIC),
        ("http://[::1]/", FetchReason.NOT_PUBLIC),
        ("http://localhost/", FetchReason.NOT_PUBLIC),
        ("http://metadata.google.internal/", FetchReason.NOT_PUBLIC),
        ("file:///etc/passwd", FetchReason.SCHEME),
        ("ftp://news.example/", FetchReason.SCHEME),
        ("http://news.example:22/", FetchReason.SCHEME),
        ("http://user:secret@news.example/", FetchReason.MALFORMED),
    ],
)
async def test_a_redirect_is_checked_like_a_link(to: str, reason: FetchReason) -> None:
    web_ = Web(_redirect(to))
    assert await _reason(web_, "http://news.example/start") == reason
    assert await _reason(web_, to) == reason
    assert [request.url.path for request in web_.asked] == ["/start"]


async def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        left = int(request.url.path.strip("/"))
        return httpx.Response(301, headers={"Location": f"/{left - 1}"}) if left else _page(request)

    assert (await Web(answer).fetch("http://news.example/5")).url == "http://news.example/0"
    assert await _reason(Web(answer), "http://news.example/6") == FetchReason.REDIRECTS


async def test_a_host_that_is_public_and_private_at_once_is_never_asked() -> None:
    web_ = Web(_page)
    assert await _reason(web_, "http://news.example/", Names([PUBLIC, "10.0.0.1"])) == FetchReason.NOT_PUBLIC
    assert web_.asked == []


async def test_a_resolver_that_changes_its_mind_is_asked_once_a_hop_and_believed_once() -> None:
    names, web_ = Names([PUBLIC], ["127.0.0.1"]), Web(_redirect("/again"))
    assert await _reason(web_, "http://news.example/start", names) == FetchReason.NOT_PUBLIC
    assert names.asked == ["news.example", "news.example"]
    assert [request.url.host for request in web_.asked] == [PUBLIC]


async def test_a_name_without_an_address_is_unreachable() -> None:
    async def nowhere(host: str) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(FetchRefused) as refused:
        await fetch("http://news.example/", resolve=nowhere)
    assert refused.value.reason == FetchReason.UNREACHABLE
    assert await _reason(Web(_page), "http://news.example/", Names([])) == FetchReason.UNREACHABLE


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "127.0.0.1",
        "127。0。0。1",
        "localhost",
        "LOCALHOST.",
        "printer.local",
        "intranet",
        "vault.internal",
        "metadata",
        "metadata.goog",
        "router.lan",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25eth0]",
    ],
)
async def test_a_host_that_is_not_of_the_public_internet_is_not_even_resolved(host: str) -> None:
    names = Names([PUBLIC])
    assert await _reason(Web(_page), f"http://{host}/", names) == FetchReason.NOT_PUBLIC
    assert names.asked == []


@pytest.mark.parametrize(
    "url",
    ["http://", "http:///path", "http://a b.example/", "http://a..example/", "http://x\0.example/", "http://x:port/", "http://0177.0.0.1/"],
)
async def test_a_link_that_is_none_is_malformed(url: str) -> None:
    assert await _reason(Web(_page), url) == FetchReason.MALFORMED


@pytest.mark.parametrize("url", ["news.example/a", "javascript:alert(1)", "http://news.example:0/", "https://news.example:8443/"])
async def test_what_is_not_of_the_web_is_refused(url: str) -> None:
    assert await _reason(Web(_page), url) == FetchReason.SCHEME


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.8.8.8",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2606:4700::1%eth0",
    ],
)
def test_an_address_where_no_web_site_lives_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, ALSO_PUBLIC, "8.8.8.8", "100.128.0.1", "172.32.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_where_web_sites_live_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("status", [204, 304, 404, 500])
async def test_a_page_that_is_not_there_is_refused_for_its_status(status: int) -> None:
    assert await _reason(Web(lambda _: httpx.Response(status)), "http://news.example/") == FetchReason.STATUS


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "image/png"}, {"Content-Type": "application/zip"}, {"Content-Type": "text/html", "Content-Encoding": "br"}]
)
async def test_what_cannot_be_read_as_a_page_is_refused_unread(headers: dict[str, str]) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    web_ = Web(lambda _: httpx.Response(200, content=body(), headers=headers))
    assert await _reason(web_, "http://news.example/") == FetchReason.KIND


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"%PDF-1.7", "application/pdf"), (b"\n<!DOCTYPE HTML><p>", "text/html"), (b"<html lang=ro>", "text/html"), (b"Plain.", "text/plain")],
)
async def test_a_page_that_does_not_say_what_it_is_is_looked_at(content: bytes, content_type: str) -> None:
    web_ = Web(lambda _: _answer(content))
    assert (await web_.fetch("http://news.example/")).content_type == content_type


async def test_bytes_that_do_not_say_what_they_are_are_refused() -> None:
    web_ = Web(lambda _: _answer(b"\x7fELF\0\0"))
    assert await _reason(web_, "http://news.example/") == FetchReason.KIND


def _packed(content: bytes) -> httpx.Response:
    return _answer(content, content_type="text/html", content_encoding="gzip")


async def test_a_packed_page_is_unpacked() -> None:
    assert (await Web(lambda _: _packed(gzip.compress(PAGE))).fetch("http://news.example/")).content == PAGE


async def test_what_follows_the_end_of_a_packed_page_is_left_unread() -> None:
    assert (await Web(lambda _: _packed(gzip.compress(PAGE) + b"more")).fetch("http://news.example/")).content == PAGE


@pytest.mark.parametrize("content", [b"not packed at all", gzip.compress(PAGE)[:-12]])
async def test_a_packed_page_that_is_broken_is_malformed(content: bytes) -> None:
    assert await _reason(Web(lambda _: _packed(content)), "http://news.example/") == FetchReason.MALFORMED


# From here on the server is real, on loopback, and the one address that the limits allow although it is not public.


class Site:
    """A server on loopback that the resolver knows as news.example."""

    def __init__(self, port: int) -> None:
        self.names = Names(["127.0.0.1"])
        self.url = f"http://news.example:{port}"
        self.also = ("127.0.0.1", port)
        self.cookies_seen: list[str] = []
        self.connections: list[object] = []

    async def fetch(self, path: str, client: httpx.AsyncClient | None = None, *, seconds: float = 15, silence: float = 5) -> Fetched:
        limits = Limits(seconds=seconds, silence=silence, also=self.also)
        return await fetch(self.url + path, client=client, resolve=self.names, limits=limits)

    async def reason(self, path: str, *, seconds: float = 15, silence: float = 5) -> FetchReason:
        with pytest.raises(FetchRefused) as refused:
            await self.fetch(path, seconds=seconds, silence=silence)
        return refused.value.reason

    async def page(self, request: web.Request) -> web.StreamResponse:
        self.cookies_seen.extend(request.cookies)
        self.connections.append(request.transport)
        response = web.Response(text=f"asked as {request.host}", content_type="text/html")
        response.set_cookie("visitor", "1")
        return response

    async def packed(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(text="Podul s-a redeschis. " * 1000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async def bomb(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(bytes(50_000_000)), headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"})

    async def to_cookie(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(status=302, headers={"Location": "/page"})
        response.set_cookie("visitor", "1")
        return response

    async def to_another_port(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "http://news.example/page"})

    async def endless(self, request: web.Request) -> web.StreamResponse:
        return await self._drip(request, bytes(100_000), 0)

    async def slow(self, request: web.Request) -> web.StreamResponse:
        return await self._drip(request, b"a word ", 0.05)

    async def silent(self, request: web.Request) -> web.StreamResponse:
        return await self._drip(request, b"a word ", 60)

    async def broken(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _drip(self, request: web.Request, piece: bytes, pause: float) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(pause)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    listening = socket.create_server(("127.0.0.1", 0))
    site = Site(listening.getsockname()[1])
    app = web.Application()
    for handler in (
        site.page,
        site.packed,
        site.bomb,
        site.to_cookie,
        site.to_another_port,
        site.endless,
        site.slow,
        site.silent,
        site.broken,
    ):
        app.router.add_get(f"/{handler.__name__}", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    yield site
    await runner.cleanup()


async def test_a_real_server_is_asked_at_the_resolved_address_under_its_name(site: Site) -> None:
    fetched = await site.fetch("/page")
    assert fetched.content.decode() == f"asked as {site.url.removeprefix('http://')}"
    assert site.names.asked == ["news.example"]


async def test_the_address_that_is_allowed_besides_is_allowed_at_its_port_alone(site: Site) -> None:
    assert await site.reason("/to_another_port") == FetchReason.NOT_PUBLIC


async def test_loopback_is_refused_where_nothing_allows_it(site: Site) -> None:
    with pytest.raises(FetchRefused) as refused:
        await fetch("http://news.example/page", resolve=site.names)
    assert refused.value.reason == FetchReason.NOT_PUBLIC


async def test_cookies_are_not_kept_between_hops_or_pages(site: Site) -> None:
    async with web_client() as client:
        await site.fetch("/to_cookie", client)
        await site.fetch("/page", client)
        assert not client.cookies.jar
    assert site.cookies_seen == []


async def test_no_two_requests_share_a_connection(site: Site) -> None:
    async with httpx.AsyncClient() as client:
        await site.fetch("/page", client)
        await site.fetch("/page", client)
    first, second = site.connections
    assert first is not second


async def test_a_proxy_in_the_environment_is_ignored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await site.fetch("/page")


async def test_a_page_that_a_server_packs_is_unpacked(site: Site) -> None:
    assert (await site.fetch("/packed")).content.startswith(b"Podul s-a redeschis. ")


async def test_a_page_without_end_is_too_large(site: Site) -> None:
    assert await site.reason("/endless") == FetchReason.TOO_LARGE


async def test_a_gzip_bomb_is_too_large(site: Site) -> None:
    assert await site.reason("/bomb") == FetchReason.TOO_LARGE


async def test_a_page_that_comes_word_by_word_is_too_slow(site: Site) -> None:
    assert await site.reason("/slow", seconds=0.3) == FetchReason.TOO_SLOW


async def test_a_page_that_stops_in_the_middle_is_too_slow(site: Site) -> None:
    assert await site.reason("/silent", silence=0.2) == FetchReason.TOO_SLOW


async def test_a_resolver_that_does_not_answer_is_too_slow() -> None:
    async def never(host: str) -> Sequence[str]:
        await asyncio.sleep(60)
        return [PUBLIC]

    with pytest.raises(FetchRefused) as refused:
        await fetch("http://news.example/", resolve=never, limits=Limits(seconds=0.1))
    assert refused.value.reason == FetchReason.TOO_SLOW


async def test_a_connection_that_breaks_is_unreachable(site: Site) -> None:
    assert await site.reason("/broken") == FetchReason.UNREACHABLE
