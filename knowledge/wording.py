"""A text in, its loaded words out: words that one side of a dispute uses, each with how others put it. Pure but for its own table.

`wording.yaml` holds them: the starts of words in four languages, a neutral note, and words of source entries that bear the note out. An item
with `about` applies only where one of these word starts stands in the text as well: an operation may be a surgeon's.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from knowledge.domain import Language, QuotedWords
from knowledge.names import folded

GLOSSARY = Path(__file__).parent / "wording.yaml"
MOST = 3
"""So many loaded words of one text are explained."""


class LoadedWord(NamedTuple):
    """A loaded word as it stands at `[start, end)` of a text. `note` says in each language who uses it and how others put it."""

    text: str
    start: int
    end: int
    note: dict[Language, str]
    quotes: tuple[QuotedWords, ...]


def loaded_words(text: str) -> list[LoadedWord]:
    """Each item of the glossary at most once, in the order of the text, the first `MOST` of them."""
    found = [word for item in _items() if (word := _found(item, text)) is not None]
    return sorted(found, key=lambda word: word.start)[:MOST]


class _Item(NamedTuple):
    terms: re.Pattern[str]
    about: re.Pattern[str] | None
    note: dict[Language, str]
    quotes: tuple[QuotedWords, ...]


def _found(item: _Item, text: str) -> LoadedWord | None:
    plain = _plain(text)
    match = item.terms.search(plain)
    if match is None or (item.about is not None and not item.about.search(plain)):
        return None
    end = match.end() + len(re.match(r"[^\W\d_]*", plain[match.end() :]).group())  # type: ignore[union-attr]  # it matches the empty string
    return LoadedWord(text[match.start() : end], match.start(), end, item.note, item.quotes)


def _plain(text: str) -> str:
    """The text in lower case without diacritics, as long as it was."""
    return "".join(made if len(made := folded(letter)) == 1 else letter for letter in text)


@cache
def _items() -> list[_Item]:
    return [
        _Item(
            _starts([term for terms in item["terms"].values() for term in terms]),
            _starts(item["about"]) if item.get("about") else None,
            dict(item["note"]),
            tuple(QuotedWords.model_validate(quote) for quote in item["quotes"]),
        )
        for item in yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    ]


def _starts(terms: list[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted((re.escape(_plain(term)) for term in terms), key=len, reverse=True))})")
