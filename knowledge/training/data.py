"""What the training modules share: the labelled material, the development split, and an index of the shipped packs."""

from __future__ import annotations

import hashlib
import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ingest.ingester import ingest
from ingest.packs import SHIPPED_PACKS, Pack, pack_files, read_pack
from ingest.split import split
from ingest.timeline import documents
from knowledge.domain import Label, Passage
from knowledge.embeddings import EMBEDDED_MODEL, EmbeddedE5, embed_all, fingerprint, shipped_vectors
from knowledge.retrieve import Retriever
from knowledge.store import PassageStore

HERE = Path(__file__).parent
HELD_OUT = HERE.parent.parent / "tests" / "evals" / "entries.txt"
"""The entries that the held-out material is about: nothing here may be trained on them."""


class Invented(NamedTuple):
    """A passage about invented events with labelled claims about it, written for training."""

    id: str
    language: str
    date: str
    title: str
    text: str
    claims: list[tuple[str, str, str]]
    """Label, language and text."""

    @property
    def source(self) -> str:
        """As the entailment model reads it: `knowledge.entailment.source_text` of a passage."""
        return f"{self.date}: {self.title}. {self.text}"


TWINS = {"cc-ua-alaska-peace-deal": "cc-us-alaska-ceasefire", "cc-ua-kyiv-rejected-truce-2025": "cc-us-kyiv-refused-30-days"}
"""Checked claims that two packs hold alike, each with the entries of its own."""


def canonical(claim_id: str) -> str:
    """One id for both of `TWINS`."""
    return TWINS.get(claim_id, claim_id)


def read(name: str) -> list[dict[str, Any]]:
    with (HERE / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@cache
def claims() -> list[dict[str, Any]]:
    """Claims with text, language, label, kind, the entries that decide them, and a group for versions of one another.

    Those that can be checked are the packs' archives of checked claims, some with translations. Where no entry decides a claim, `nearest` is the entry that comes nearest.
    """
    checked = []
    for pack in packs():
        for claim in pack.archive:
            settled = claim.label is not Label.NOT_ENOUGH_EVIDENCE
            row = {
                "id": claim.id,
                "text": claim.text,
                "language": claim.language,
                "label": claim.label.value,
                "kind": claim.kind or "archive",
            }
            checked.append(
                {
                    **row,
                    "entries": [claim.entry] if settled else [],
                    "nearest": claim.entry,
                    "group": claim.group or claim.id,
                    "translations": claim.translations,
                }
            )
    return [*checked, *({**row, "entries": [], "group": row["id"]} for row in read("claims.jsonl"))]


@cache
def relations() -> list[tuple[str, str, str]]:
    """Pairs of claims about one entry: `=` they say the same, `>` the second follows from the first, `!` they cannot both be true, `~` only near."""
    lines = (HERE / "relations.txt").read_text(encoding="utf-8").splitlines()
    return [(one, relation, other) for one, relation, other in map(str.split, lines)]


def invented() -> list[Invented]:
    return [Invented(**{**row, "claims": [tuple(claim) for claim in row["claims"]]}) for row in read("passages.jsonl")]


def plain() -> dict[str, list[tuple[str, str, str]]]:
    """By entry or invented passage: language, a short plain true sentence, and its false twin with one point changed."""
    return {row["id"]: [tuple(pair) for pair in row["pairs"]] for row in read("plain.jsonl")}


class Loose(NamedTuple):
    """What one author wrote about an entry or an invented passage, loosely worded."""

    entry: str
    twins: list[tuple[str, str, str]]
    """Language, a true claim, and a false one that differs from it in one point."""
    half: list[tuple[str, str]]
    """Language and a half-truth."""
    open: list[tuple[str, str]]
    """Language and what the entry neither says nor denies."""

    @property
    def everywhere(self) -> bool:
        """Whether each claim stands there four times in a row, once in each language."""
        return len(self.twins) > 12


class Reworded(NamedTuple):
    """A true sentence about an entry or an invented passage, and others that change it at a place or two."""

    entry: str
    language: str
    base: str
    same: list[str]
    """These say the same in other words."""
    contrary: list[str]
    """These cannot be true beside it."""


def reworded() -> list[Reworded]:
    return [Reworded(**row) for row in read("reworded.jsonl")]


LOOSE, COMPOUND = "loose", "compound"
"""The loosely worded claims, and among them those of two parts or more whether they are half-truths or not: without these every claim of two parts looks like one."""


def loose(kind: str = LOOSE) -> list[Loose]:
    return [
        Loose(row["id"], [tuple(one) for one in row["twins"]], [tuple(one) for one in row["half"]], [tuple(one) for one in row["open"]])
        for row in read(f"{kind}.jsonl")
    ]


def kept_back(row: Loose, at: int) -> bool:
    """Of each author's claims about an entry a tenth is never trained on: new claims about an entry that was seen with others."""
    return int(hashlib.sha256(f"kept {row.entry} {row.twins[0][1]}".encode()).hexdigest(), 16) % 10 == (at // 4 if row.everywhere else at)


def loose_claims(kind: str = LOOSE, *, seen: bool) -> list[dict[str, Any]]:
    """The loosely worded claims that the network is not trained on, as `claims` gives them: those about entries that it knows from others, or that it never saw."""
    found: list[dict[str, Any]] = []
    known = {entry.id for pack in packs() for entry in pack.entries}
    for number, row in enumerate(loose(kind)):
        if row.entry not in known or row.entry in held_out() or development(row.entry) == seen:
            continue
        labelled = [(at, "supported", language, true) for at, (language, true, _) in enumerate(row.twins)]
        labelled += [(at, "refuted", language, false) for at, (language, _, false) in enumerate(row.twins)]
        labelled += [(at, "conflicting", language, text) for at, (language, text) in enumerate(row.half)]
        labelled += [(at, "not_enough_evidence", language, text) for at, (language, text) in enumerate(row.open)]
        for at, label, language, text in labelled:
            if row.everywhere and (at // 4 + number) % 4 != at % 4:
                continue  # of one claim in four languages, each time another
            if not seen or kept_back(row, at):
                settled = [row.entry] if label != "not_enough_evidence" else []
                own = {"id": f"{kind}-{number}-{len(found)}", "kind": kind, "group": f"{kind}-{number}-{at}"}
                found.append({**own, "text": text, "language": language, "label": label, "entries": settled, "nearest": row.entry})
    return found


def questions() -> list[dict[str, Any]]:
    """Questions about an entry or an invented passage; `sentences` are the numbers, from 1, of those that answer, none where it does not."""
    return read("questions.jsonl")


def development(entry_id: str) -> bool:
    """A fifth of the entries, by the hash of their id: the entailment model is never trained on claims about them, the judge on these alone."""
    return int(hashlib.sha256(f"development {entry_id}".encode()).hexdigest(), 16) % 5 == 0


def owner(row: dict[str, Any]) -> str:
    """The entry by which a claim is counted to one side of a split."""
    return str(row["entries"][0] if row["entries"] else row["nearest"])


@cache
def held_out() -> frozenset[str]:
    return frozenset(HELD_OUT.read_text(encoding="utf-8").split())


@cache
def packs() -> list[Pack]:
    return [read_pack(file) for file in pack_files([SHIPPED_PACKS])]


def shipped_passages() -> list[Passage]:
    return [passage for pack in packs() for document in documents(pack) for passage in split(document)]


def nearest_entries(texts: list[str], count: int = 8) -> list[list[str]]:
    """For each text the entries whose passages are nearest."""
    passages, known = shipped_passages(), shipped_vectors()
    matrix = np.array([known[fingerprint(EMBEDDED_MODEL, passage.text)] for passage in passages], dtype=np.float32)
    vectors = np.array(embed_all(EmbeddedE5(), EMBEDDED_MODEL, texts, known=known), dtype=np.float32)
    orders = np.argsort(-(vectors @ matrix.T), axis=1)
    return [list(dict.fromkeys(passages[at].document_id for at in order[: 2 * count]))[:count] for order in orders]


def index() -> tuple[PassageStore, Retriever]:
    """The shipped packs, indexed in a temporary folder."""
    embeddings = EmbeddedE5()
    store = PassageStore(Path(tempfile.mkdtemp()) / "index", embeddings, EMBEDDED_MODEL)
    ingest(store)
    return store, Retriever(store, embeddings)
