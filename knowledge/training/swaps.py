"""A true statement in, false ones out that differ from it in one number, date or name; for training only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import yaml

from knowledge.dates import dates
from knowledge.names import ALIASES, names
from knowledge.numbers import quantities


def swapped(text: str, language: str, rng: random.Random) -> list[str]:
    """Every single-point falsification we know for this text, in random order; none where it has no particulars."""
    made = [*digits_swapped(text, rng), *_names_swapped(text, language, rng)]
    rng.shuffle(made)
    return [one for one in dict.fromkeys(made) if one != text]


def digits_swapped(text: str, rng: random.Random) -> Iterator[str]:
    spans = [(m.start, m.end) for m in dates(text)] + [(q.start, q.end) for q in quantities(text)]
    for start, end in spans:
        places = [at for at in range(start, end) if text[at].isdecimal()]
        if not places:
            continue
        year = len(places) == 4 and text[start:end][:2] in ("19", "20")
        at = places[-1] if year else rng.choice(places[:2])
        digit = int(text[at])
        other = rng.choice([d for d in range(1, 10) if d != digit and (not year or abs(d - digit) <= 4)])
        yield text[:at] + str(other) + text[at + 1 :]


def _names_swapped(text: str, language: str, rng: random.Random) -> Iterator[str]:
    found = [name for name in names(text) if name.known]
    present = {name.key for name in found}
    for name in found:
        rivals = [forms for key, forms in _forms(name.kind, language) if key not in present]
        if rivals:
            form = rng.choice(rivals)
            yield text[: name.start] + form + text[name.end :]
    if len(found) >= 2 and found[0].kind == found[1].kind and found[0].key != found[1].key:
        one, other = found[0], found[1]
        yield text[: one.start] + other.text + text[one.end : other.start] + one.text + text[other.end :]


@cache
def _forms(kind: str, language: str) -> list[tuple[str, str]]:
    items = yaml.safe_load(ALIASES.read_text(encoding="utf-8"))
    return [(item["name"], item[language][0]) for item in items if item["type"] == kind]
