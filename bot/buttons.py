"""What a button does in, the few signed bytes it carries out, and back. Pure.

Telegram hands a button's data to whoever presses it, and a client may send data that no button had: the signature tells ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from enum import StrEnum
from typing import NamedTuple

VERSION = "1"
_SIGNED = re.compile(r"1(?P<view>[a-z])(?P<number>\d{1,4})\.(?P<page>\d{1,3})\.(?P<check>[\w-]{0,16})\.(?P<signature>[\w-]{8})")


class View(StrEnum):
    """What a button opens or does."""

    CARD = "l"
    CLAIM = "c"
    SOURCES = "s"
    WHY = "w"
    TIMELINE = "t"
    GOOD = "g"
    BAD = "b"
    REASON = "r"
    TELL = "n"
    LANGUAGE = "a"
    EXAMPLE = "x"
    PUBLISH = "p"
    MODERATE = "m"
    OPTION = "o"


class Press(NamedTuple):
    """`number` is a claim's, from 1, or 0 for the whole; `page` is one of its pages, a reason's or a language's number."""

    view: View
    number: int = 0
    page: int = 0


class Button(NamedTuple):
    """A text with what it does, or the address that it opens."""

    text: str
    does: Press | str


class Signer:
    """Knows the key of this bot."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def check_id(self, chat_id: int, message_id: int, number: int = 0) -> str:
        """Of what is found for a message: the same whenever that is done."""
        return self._signature(f"{chat_id}/{message_id}/{number}", 9)

    def signed(self, press: Press, check_id: str) -> str:
        """At most 64 bytes, as Telegram allows."""
        data = f"{VERSION}{press.view}{press.number}.{press.page}.{check_id}"
        return f"{data}.{self._signature(data)}"

    def read(self, data: str) -> tuple[Press, str] | None:
        """What the button does, and the check it belongs to; None where it is not ours."""
        match = _SIGNED.fullmatch(data)
        if match is None or not hmac.compare_digest(self._signature(data.rpartition(".")[0]), match["signature"]):
            return None
        return Press(View(match["view"]), int(match["number"]), int(match["page"])), match["check"]

    def ticket(self, data: str) -> str:
        """Data with a signature, as a link can carry it: at most 64 characters of A-Z, a-z, 0-9, _ and -."""
        return base64.urlsafe_b64encode(f"{data}.{self._signature(f'ticket {data}')}".encode()).decode().rstrip("=")

    def punched(self, ticket: str) -> str | None:
        """The data of a ticket of ours."""
        try:
            data, _, signature = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)).decode().rpartition(".")
        except ValueError:
            return None
        return data if hmac.compare_digest(self._signature(f"ticket {data}"), signature) else None

    def _signature(self, data: str, size: int = 6) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, data.encode(), hashlib.sha256)[:size]).decode()
