"""A link in, the bytes behind it out. Alone knows which addresses a stranger may make us ask, and what one answer may cost."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import zlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, nullcontext, suppress
from enum import StrEnum
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from pydantic import Field

from ingest.extract import sniffed
from knowledge.domain import Value

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""A host's name in, its addresses out; OSError where it has none."""

PORTS = (80, 443)
REDIRECTS = 5
CONTENT_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "application/pdf")

_HEADERS = {
    "User-Agent": "Footnote/0.1 (+fact-checking bot)",
    "Accept": "text/html, application/xhtml+xml, application/pdf;q=0.9, text/plain;q=0.8",
    "Accept-Encoding": "gzip",
    # A kept connection is found again by its address alone: another site at that address would be asked under this one's certificate.
    "Connection": "close",
}
# `ipaddress` calls these global, some of them depending on Python's patch release; no web site lives there.
_NOT_THE_WEB_V4 = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # inside Azure, the machine's own host
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; 192.0.0.192 is Oracle's metadata service
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_THE_WEB_V6 = (
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    ipaddress.IPv6Network("2002::/16"),  # 6to4
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
# A last label that is a number makes an address of the name for some resolvers: 127.1, 0x7f.1, 2130706433.
_PRIVATE_HOST = re.compile(
    r"[^.]+|(?:.*\.)?(?:\d+|0x[0-9a-f]*|localhost|local|localdomain|internal|intranet|private|lan|home|corp|home\.arpa)|metadata\..*"
)


class FetchReason(StrEnum):
    NOT_PUBLIC = "not_public"
    """The host, or one of its addresses, is not on the public internet."""
    SCHEME = "scheme"
    """Neither http nor https, or another port than theirs."""
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    KIND = "kind"
    """Neither a page nor a text nor a PDF, or packed in a way we did not ask for."""
    STATUS = "status"
    UNREACHABLE = "unreachable"
    REDIRECTS = "redirects"
    MALFORMED = "malformed"
    """A link that is none or carries a user name, or an answer that breaks its own format."""


class FetchRefused(Exception):
    """The link was not read; `reason` is for the chat, `details` for the log."""

    def __init__(self, reason: FetchReason, details: str) -> None:
        super().__init__(f"{reason}: {details}")
        self.reason = reason
        self.details = details


class Limits(Value):
    """What one fetch may cost. `size` is in bytes, after unpacking; `silence` is the longest wait for the next bytes, in seconds.

    `also` is one address and port that may be asked although it is not public: a test's own server.
    """

    size: int = 5_000_000
    seconds: float = 15
    silence: float = 5
    also: tuple[str, int] | None = None


class Fetched(Value):
    """`url` is where the redirects ended; `content_type` is one of `CONTENT_TYPES`; `charset` is what the server declared."""

    url: str
    content_type: str
    content: bytes = Field(repr=False)
    charset: str | None


# A resolver keeps its thread for as long as a name server is silent, whoever still waits: it must not be one in which the bot works.
_RESOLVERS = ThreadPoolExecutor(8, thread_name_prefix="resolver")


async def look_up(host: str) -> list[str]:
    """The addresses the system's resolver knows, its preferred ones first. OSError."""
    ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, ask)
    return [str(address[0]) for *_, address in found]


def web_client() -> httpx.AsyncClient:
    """A client that keeps nothing between two requests and takes nothing from the environment."""
    return httpx.AsyncClient(trust_env=False, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())))


_LIMITS = Limits()


async def fetch(url: str, *, client: httpx.AsyncClient | None = None, resolve: Resolver = look_up, limits: Limits = _LIMITS) -> Fetched:
    """What stands behind a link. `client` comes from `web_client` and saves its making where many links are read. FetchRefused."""
    try:
        async with asyncio.timeout(limits.seconds), nullcontext(client) if client else web_client() as asking:
            return await _follow(_parsed(url), asking, resolve, limits)
    except (TimeoutError, httpx.TimeoutException) as exc:
        raise FetchRefused(FetchReason.TOO_SLOW, f"{url!r}: {exc!r}") from exc
    except httpx.TransportError as exc:
        raise FetchRefused(FetchReason.UNREACHABLE, f"{url!r}: {exc!r}") from exc


async def _follow(url: httpx.URL, client: httpx.AsyncClient, resolve: Resolver, limits: Limits) -> Fetched:
    for _ in range(REDIRECTS + 1):
        addresses = await _addresses(url, resolve, limits.also)
        async with aclosing(await _ask(client, url, addresses, limits.silence)) as response:
            if not response.has_redirect_location:
                return await _fetched(url, response, limits.size)
            url = _parsed(response.headers["Location"], base=url)
    raise FetchRefused(FetchReason.REDIRECTS, f"more than {REDIRECTS}, the last to {url}")


def _parsed(text: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except (httpx.InvalidURL, ValueError) as exc:
        raise FetchRefused(FetchReason.MALFORMED, f"{text!r:.300}: {exc}") from exc
    if url.scheme not in ("http", "https"):
        raise FetchRefused(FetchReason.SCHEME, f"{text!r:.300} is not of the web")
    if url.userinfo:
        raise FetchRefused(FetchReason.MALFORMED, f"the link to {url.host!r} carries a user name")
    return url


async def _addresses(url: httpx.URL, resolve: Resolver, also: tuple[str, int] | None) -> list[Address]:
    """Every address of the host, at least one; all of them may be asked."""
    host, port = _host(url), _port(url)
    addresses = [literal] if (literal := _as_address(host)) else await _resolved(host, resolve)
    for address in addresses:
        if (str(address), port) == also:
            continue
        if port not in PORTS:
            raise FetchRefused(FetchReason.SCHEME, f"{host} is to be asked at port {port}")
        if not is_public(address):
            raise FetchRefused(FetchReason.NOT_PUBLIC, f"{host} is at {address}")
    return addresses


def _host(url: httpx.URL) -> str:
    """In ASCII and without the dot of the root, as the resolver and the certificate have it."""
    return url.raw_host.decode("ascii").removesuffix(".")


def _port(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


def _as_address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


async def _resolved(host: str, resolve: Resolver) -> list[Address]:
    if not _HOST.fullmatch(host):
        raise FetchRefused(FetchReason.MALFORMED, f"{host!r} is not a host")
    if _PRIVATE_HOST.fullmatch(host):
        raise FetchRefused(FetchReason.NOT_PUBLIC, f"{host} is not a name of the public internet")
    try:
        addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(await resolve(host))]
    except (OSError, UnicodeError) as exc:  # UnicodeError: a label too long for a name
        raise FetchRefused(FetchReason.UNREACHABLE, f"{host}: {exc}") from exc
    if not addresses:
        raise FetchRefused(FetchReason.UNREACHABLE, f"{host} has no address")
    return addresses


def is_public(address: Address) -> bool:
    """Whether a web site can live there. An IPv6 address that carries an IPv4 one is as public as that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not (address.is_multicast or address.is_reserved or _within(address, _NOT_THE_WEB_V4))
    if address.ipv4_mapped or address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and address.is_global and not address.scope_id and not _within(address, _NOT_THE_WEB_V6)


def _within(address: Address, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in networks)


async def _ask(client: httpx.AsyncClient, url: httpx.URL, addresses: Sequence[Address], silence: float) -> httpx.Response:
    """The answer of the first address that takes the connection."""
    *before, last = (_pinned(url, address, silence) for address in addresses)
    for request in before:
        with suppress(httpx.ConnectError, httpx.ConnectTimeout):
            return await client.send(request, stream=True, follow_redirects=False)
    return await client.send(last, stream=True, follow_redirects=False)


def _pinned(url: httpx.URL, address: Address, silence: float) -> httpx.Request:
    """A request for the name that goes to the very address that was checked: asked again, a resolver may answer otherwise."""
    return httpx.Request(
        "GET",
        url.copy_with(host=str(address)),
        headers={**_HEADERS, "Host": url.netloc.decode("ascii")},
        extensions={"sni_hostname": _host(url), "timeout": httpx.Timeout(silence).as_dict()},
    )


async def _fetched(url: httpx.URL, response: httpx.Response, size: int) -> Fetched:
    if response.status_code != httpx.codes.OK:
        raise FetchRefused(FetchReason.STATUS, f"{url} answers {response.status_code}")
    declared = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if declared:
        _check_kind(url, declared)
    content = await _content(response, size)
    content_type = declared or sniffed(content) or ("" if b"\0" in content else "text/plain")
    _check_kind(url, content_type)
    return Fetched(url=str(url), content_type=content_type, content=content, charset=response.charset_encoding)


def _check_kind(url: httpx.URL, content_type: str) -> None:
    if content_type not in CONTENT_TYPES:
        raise FetchRefused(FetchReason.KIND, f"{url} is {content_type!r:.100}")


async def _content(response: httpx.Response, size: int) -> bytes:
    """Unpacked here, a piece at a time: httpx unpacks all that came at once, and a bomb has gone off before anyone counts."""
    packed = _is_gzip(response.headers.get("Content-Encoding", "identity").strip().lower())
    gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    content = bytearray()
    try:
        async for piece in response.aiter_raw():
            content += gzip.decompress(piece, size + 1 - len(content)) if packed else piece
            if len(content) > size:
                raise FetchRefused(FetchReason.TOO_LARGE, f"more than {size:,} bytes")
            if gzip.eof:  # zlib would keep whatever else is sent, and nobody would count it
                break
    except zlib.error as exc:
        raise FetchRefused(FetchReason.MALFORMED, f"not gzip: {exc}") from exc
    if packed and not gzip.eof:
        raise FetchRefused(FetchReason.MALFORMED, "the gzip breaks off")
    return bytes(content)


def _is_gzip(encoding: str) -> bool:
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchRefused(FetchReason.KIND, f"packed as {encoding!r}")
    return encoding.endswith("gzip")
