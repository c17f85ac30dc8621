"""The words of posts that moderators have been told of, kept in memory alone: what is stored of them has no text."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from bot.notes import Sureness

_MOST = 1000


class Excerpt(NamedTuple):
    words: str | None = None
    sureness: Sureness | None = None


class Excerpts:
    """The newest of them; after a restart a note is shown with the link alone."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Excerpt] = OrderedDict()

    def put(self, case_id: str, excerpt: Excerpt) -> None:
        self._known[case_id] = excerpt
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def of(self, case_id: str) -> Excerpt:
        return self._known.get(case_id, Excerpt())
