"""What the training modules share: the labelled claims, the development split, and an index of the shipped packs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from ingest.ingester import ingest
from knowledge.embeddings import EMBEDDED_MODEL, EmbeddedE5
from knowledge.retrieve import Retriever
from knowledge.store import PassageStore

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).open(encoding="utf-8")]


def claims() -> list[dict[str, Any]]:
    """Claims with text, language, label, kind, the entries that decide them, and a group for versions of one another."""
    return read("claims.jsonl")


def index() -> tuple[PassageStore, Retriever]:
    """The shipped packs, indexed in a temporary folder."""
    embeddings = EmbeddedE5()
    store = PassageStore(Path(tempfile.mkdtemp()) / "index", embeddings, EMBEDDED_MODEL)
    ingest(store)
    return store, Retriever(store, embeddings)
