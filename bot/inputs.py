"""What a person gives on the command line in, a text out; every refusal says what to do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parent / "samples" / "op-ed.txt"
MAX_CHARACTERS = 100_000
_MAX_BYTES = 4 * MAX_CHARACTERS


class InputRefused(Exception):
    """The input cannot be read as text; the message says why."""


def read_text(given: str) -> str:
    """The text itself, or that of the file it names, or of standard input for `-`. InputRefused."""
    if given == "-":
        return checked(_decoded(sys.stdin.buffer.read(_MAX_BYTES + 1), "standard input"))
    path = _as_path(given)
    return checked(given if path is None else read_file(path))


def read_file(path: Path) -> str:
    """InputRefused."""
    try:
        with path.open("rb") as file:
            return _decoded(file.read(_MAX_BYTES + 1), str(path))
    except OSError as exc:
        raise InputRefused(f"{path}: {exc.strerror or exc}") from exc


def checked(text: str) -> str:
    """A text with something in it, and not too much. InputRefused."""
    if not any(char.isalnum() for char in text):
        raise InputRefused("There is no text to read.")
    if len(text) > MAX_CHARACTERS:
        raise InputRefused(f"The text is too long: {MAX_CHARACTERS:,} characters are read at most. Cut it into parts.")
    return text


def _as_path(given: str) -> Path | None:
    """The file that is meant; None where the words are the text itself."""
    if len(given) > 1000 or "\n" in given or "\0" in given or not given.strip():
        return None
    path = Path(given)
    # The methods of `Path` raise where the words are longer than the name of a file may be.
    if os.path.isfile(given):  # noqa: PTH113
        return path
    if os.path.isdir(given):  # noqa: PTH112
        raise InputRefused(f"{given}: this is a folder, not a file.")
    looks_like_one = " " not in given.strip() and (
        path.suffix in (".txt", ".md", ".html", ".json", ".jsonl", ".pdf", ".docx") or "/" in given
    )
    if looks_like_one and "://" not in given:
        raise InputRefused(f"{given}: there is no such file.")
    return None


def _decoded(content: bytes, name: str) -> str:
    if len(content) > _MAX_BYTES:
        raise InputRefused(f"{name} is too long: {MAX_CHARACTERS:,} characters are read at most. Cut it into parts.")
    if b"\0" in content[:8000]:
        raise InputRefused(f"{name} is not a text file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputRefused(f"{name} is not UTF-8 text (byte {exc.start}).") from exc


class BadLine(Exception):
    """A line of a batch cannot be used; `id` is its id where it has one."""

    def __init__(self, item_id: Any, why: str) -> None:
        super().__init__(why)
        self.id = item_id


def lines(path: Path) -> Iterator[str]:
    """The lines of a batch that are not blank; standard input for `-`. InputRefused."""
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file:
            yield from (line for raw in file if (line := raw.decode("utf-8-sig", "replace")).strip())
    except OSError as exc:
        raise InputRefused(f"{path}: {exc.strerror or exc}") from exc


def parse_line(line: str) -> dict[str, Any]:
    """BadLine."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise BadLine(None, f"not JSON: {getattr(exc, 'msg', exc)}") from exc
    if not isinstance(item, dict):
        raise BadLine(None, "not a JSON object")
    return item
