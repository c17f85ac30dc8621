"""A text in, its particulars out: the dates, quantities and names by which a claim and a source can be compared."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from knowledge.dates import DateMention, dates
from knowledge.domain import Passage, Period
from knowledge.names import Name, known_key, names, skeletons
from knowledge.numbers import Quantity, ordinals, quantities


class Particulars(NamedTuple):
    """Of a passage, `period` is the time it is about and `keys` include the names its source lists."""

    dates: tuple[DateMention, ...]
    quantities: tuple[Quantity, ...]
    names: tuple[Name, ...]
    keys: frozenset[str]
    skeletons: frozenset[str]
    period: Period | None = None
    ordinals: tuple[Quantity, ...] = ()


@lru_cache(maxsize=4096)
def particulars(text: str) -> Particulars:
    """The particulars of a claim or of any text."""
    found = tuple(names(text))
    return Particulars(
        tuple(dates(text)),
        tuple(quantities(text)),
        found,
        frozenset(name.key for name in found if name.known),
        frozenset(skeletons(text)),
        ordinals=tuple(ordinals(text)),
    )


@lru_cache(maxsize=20000)
def particulars_of(passage: Passage) -> Particulars:
    """The particulars of a passage, with what its provenance says of it."""
    found = particulars(passage.text)
    listed = {key for entity in passage.provenance.entities if (key := known_key(entity))}
    words = {made for entity in passage.provenance.entities for made in skeletons(entity)}
    return found._replace(keys=found.keys | listed, skeletons=found.skeletons | words, period=passage.provenance.period)
