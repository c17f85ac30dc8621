"""Passages in, nearest passages out: the only module that speaks to Chroma.

The index is a folder of generations, each a complete Chroma database, and a file `CURRENT` that names
the one in use. A change builds a whole new generation beside the old one and then replaces `CURRENT`
in one step, so that a kill at any moment leaves the old index or the new one, never a mixture.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import chromadb
import numpy as np
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from filelock import FileLock, Timeout
from langchain_core.embeddings import Embeddings
from pydantic import ValidationError

from knowledge.citations import sentences_of
from knowledge.domain import CheckedClaim, Evidence, Label, Passage, Period, Value
from knowledge.embeddings import embed_all, fingerprint, shipped_vectors
from knowledge.language import Sentence

SCHEMA_VERSION = 2
PASSAGES = "footnote-passages"
SENTENCES = "footnote-sentences"
CHECKED_CLAIMS = "footnote-checked-claims"
_PAGE = 500
_log = logging.getLogger(__name__)


class StoreError(Exception):
    """The index cannot be used as asked; the message says what to do."""


class IndexMissing(StoreError):
    """Nothing has been indexed in this folder yet."""


class IndexMismatch(StoreError):
    """The index was made with another model or schema: it has to be built again."""


class IndexBusy(StoreError):
    """Another process is changing the index."""


class IndexUnwritable(StoreError):
    """The folder of the index cannot be written to."""


class IndexedPack(Value):
    """What the index remembers of a source pack. `digest` tells whether its file has changed since."""

    id: str
    title: str
    topic: str
    languages: tuple[str, ...]
    licence: str
    as_of: str
    digest: str
    shipped: bool
    entries: int
    passages: int


class Manifest(Value):
    """What an index holds and what it was made with. `dropped` are shipped packs that the operator took out."""

    schema_version: int = SCHEMA_VERSION
    model: str
    dimension: int
    packs: tuple[IndexedPack, ...] = ()
    dropped: tuple[str, ...] = ()


class StoredSentence(NamedTuple):
    """A sentence of a passage, at `[start, end)` of its text, and its vector."""

    start: int
    end: int
    vector: Sequence[float]


class NearWording(NamedTuple):
    """A wording of a checked claim, and its cosine to what was looked for."""

    text: str
    similarity: float
    checked_id: str
    label: Label
    translations: dict[str, str]
    """By language."""

    def told_in(self, language: str) -> str:
        return self.translations.get(language, self.text)


class NearFact(NamedTuple):
    """A fact that a document states in the words `quote`, and the cosine of its nearest wording to what was looked for."""

    document_id: str
    quote: str
    similarity: float


class _Open(NamedTuple):
    generation: str
    client: Any
    passages: Collection
    sentences: Collection
    checked: Collection | None
    """None in an index made before there were checked claims."""
    manifest: Manifest


class PassageStore:
    """The stored passages of one folder and their sentences, embedded by one model. Threads may share it."""

    def __init__(self, folder: Path, embeddings: Embeddings, model: str) -> None:
        self._folder = folder
        self._embeddings = embeddings
        self._model = model
        self._lock = FileLock(folder / "LOCK")
        self._loading = threading.Lock()
        self._open: _Open | None = None
        self._before: _Open | None = None
        self._whole: PassageStore | None = None
        self._packs: tuple[str, ...] = ()
        self._any_model = False

    def only(self, packs: Sequence[str]) -> PassageStore:
        """The same store, in which only what these packs hold is found."""
        part = PassageStore(self._folder, self._embeddings, self._model)
        part._whole, part._packs = self, tuple(packs)
        return part

    def of_any_model(self) -> PassageStore:
        """The same store, to read its texts whatever model made their vectors."""
        store = PassageStore(self._folder, self._embeddings, self._model)
        store._any_model = True
        return store

    # -- reading

    def manifest(self) -> Manifest:
        """IndexMissing, IndexMismatch."""
        return self._current().manifest

    def nearest(
        self,
        vector: Sequence[float],
        limit: int,
        *,
        period: Period | None = None,
        topics: Sequence[str] = (),
    ) -> list[Evidence]:
        """The passages nearest to a vector, best first; with `period`, those dated within or across it. IndexMissing, IndexMismatch."""
        found = self._query(self._current().passages, vector, limit, _filter(period, topics), ["metadatas", "documents", "distances"])
        if found is None:
            return []
        documents, metadatas, distances = found["documents"], found["metadatas"], found["distances"]
        assert documents is not None and metadatas is not None and distances is not None
        return [
            Evidence(passage=passage, score=1 - distance, similarity=1 - distance)
            for passage, distance in zip(_passages(documents[0], metadatas[0]), distances[0], strict=True)
        ]

    def nearest_sentences(
        self, vector: Sequence[float], limit: int, *, period: Period | None = None, topics: Sequence[str] = ()
    ) -> list[str]:
        """The ids of the passages that hold the nearest sentences. IndexMissing, IndexMismatch."""
        found = self._query(self._current().sentences, vector, limit, _filter(period, topics), ["metadatas"])
        if found is None or found["metadatas"] is None:
            return []
        return list(dict.fromkeys(str(metadata["passage_id"]) for metadata in found["metadatas"][0]))

    def nearest_wordings(self, vector: Sequence[float], limit: int) -> list[NearWording]:
        """The wordings of checked claims that are nearest to a vector, best first. IndexMissing, IndexMismatch."""
        collection = self._current().checked
        found = self._query(collection, vector, limit, None, ["metadatas", "documents", "distances"]) if collection is not None else None
        if found is None:
            return []
        columns = zip(found["documents"][0], found["distances"][0], found["metadatas"][0], strict=True)
        return [_wording(text, 1 - distance, metadata) for text, distance, metadata in columns]

    def wordings(self, checked_ids: Sequence[str]) -> list[tuple[NearWording, Sequence[float]]]:
        """All wordings of these checked claims with their vectors; nothing was looked for, so their cosine is 1. IndexMissing, IndexMismatch."""
        collection = self._current().checked
        if collection is None or not checked_ids:
            return []
        found = collection.get(where=_one_of("checked_id", checked_ids), include=["metadatas", "documents", "embeddings"])
        documents, metadatas, vectors = found["documents"], found["metadatas"], found["embeddings"]
        assert documents is not None and metadatas is not None and vectors is not None
        return [(_wording(text, 1.0, m), vector) for text, m, vector in zip(documents, metadatas, vectors, strict=True)]

    def nearest_facts(
        self, vector: Sequence[float], limit: int, *, period: Period | None = None, topics: Sequence[str] = ()
    ) -> list[NearFact]:
        """The facts among the nearest wordings of checked claims, in whatever language, best first. IndexMissing, IndexMismatch."""
        collection = self._current().checked
        where = _filter(period, topics)  # facts are picked out below: asking Chroma for them alone takes it six times as long
        found = self._query(collection, vector, limit, where, ["metadatas", "distances"]) if collection is not None else None
        return [
            NearFact(str(document_id), str(metadata["stated"]), 1 - distance)
            for metadata, distance in (zip(found["metadatas"][0], found["distances"][0], strict=True) if found is not None else ())
            if (document_id := metadata.get("fact_of"))
        ]

    def checked_claims(self, ids: Sequence[str] | None = None) -> list[CheckedClaim]:
        """The checked claims of these ids, or all, by id. IndexMissing, IndexMismatch."""
        collection = self._current().checked
        if collection is None or collection.count() == 0:
            return []
        where: Any = _one_of("head", ids) if ids is not None else {"head": {"$ne": ""}}
        found = collection.get(where=where, include=["metadatas"])
        return sorted(
            (CheckedClaim.model_validate_json(str(metadata["checked"])) for metadata in found["metadatas"] or ()), key=lambda one: one.id
        )

    def sentences(self, passage_ids: Sequence[str]) -> dict[str, list[StoredSentence]]:
        """The sentences of the named passages, in order. IndexMissing, IndexMismatch."""
        found = self._current().sentences.get(where=_one_of("passage_id", passage_ids), include=["metadatas", "embeddings"])
        metadatas, vectors = found["metadatas"], found["embeddings"]
        assert metadatas is not None and vectors is not None
        grouped: dict[str, list[StoredSentence]] = {}
        for metadata, vector in zip(metadatas, vectors, strict=True):
            stored = StoredSentence(int(str(metadata["start"])), int(str(metadata["end"])), vector)
            grouped.setdefault(str(metadata["passage_id"]), []).append(stored)
        return {key: sorted(stored, key=lambda sentence: sentence.start) for key, stored in grouped.items()}

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, Sequence[float]]:
        """The vectors of the named passages. IndexMissing, IndexMismatch."""
        found = self._current().passages.get(ids=list(passage_ids), include=["embeddings"])
        assert found["embeddings"] is not None
        return dict(zip(found["ids"], found["embeddings"], strict=True))

    def by_id(self, passage_ids: Sequence[str], vector: Sequence[float]) -> list[Evidence]:
        """The named passages as evidence for a vector. IndexMissing, IndexMismatch."""
        if not passage_ids:
            return []
        found = self._current().passages.get(ids=list(passage_ids), include=["metadatas", "documents", "embeddings"])
        documents, metadatas, vectors = found["documents"], found["metadatas"], found["embeddings"]
        assert documents is not None and metadatas is not None and vectors is not None
        return [evidence_of(p, vector, v) for p, v in zip(_passages(documents, metadatas), vectors, strict=True)]

    def by_document(self, document_ids: Sequence[str], vector: Sequence[float]) -> list[Evidence]:
        """The passages of the named documents as evidence for a vector. IndexMissing, IndexMismatch."""
        return self.by_id([passage.id for passage in self.of_documents(document_ids)], vector)

    def _query(self, collection: Collection, vector: Sequence[float], limit: int, where: Any, include: list[Any]) -> Any:
        dimension = self._current().manifest.dimension
        if len(vector) != dimension:
            raise IndexMismatch(
                f"The index holds vectors of {dimension} dimensions, the model gives {len(vector)}. Run `footnote ingest --rebuild`."
            )
        total = collection.count()
        if total == 0:
            return None
        chosen = self._chosen(where)
        return collection.query(query_embeddings=_matrix([vector]), n_results=min(limit, total), where=chosen, include=include)

    def _chosen(self, where: Any) -> Any:
        """A condition, with that of the chosen packs."""
        return _all([*([where] if where else []), *([_one_of("pack", self._packs)] if self._packs else [])])

    def passages(self) -> list[Passage]:
        """Every stored passage, in the order of its id. IndexMissing, IndexMismatch."""
        return sorted(self._stored(), key=lambda passage: passage.id)

    def of_documents(self, document_ids: Sequence[str]) -> list[Passage]:
        """The passages of the named documents, in their order."""
        if not document_ids:
            return []
        found = self._current().passages.get(where=self._chosen(_one_of("document_id", document_ids)), include=["metadatas", "documents"])
        assert found["documents"] is not None and found["metadatas"] is not None
        order = {document_id: at for at, document_id in enumerate(document_ids)}
        return sorted(_passages(found["documents"], found["metadatas"]), key=lambda p: (order[p.document_id], p.start))

    # -- writing

    @contextmanager
    def lock(self, wait: float = 0) -> Iterator[None]:
        """Keep other processes from changing the index meanwhile; `wait` is in seconds. IndexBusy, IndexUnwritable."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            acquired = self._lock.acquire(timeout=wait)
        except Timeout as exc:
            raise IndexBusy(f"Another process is writing the index in {self._folder}. Wait for it to end, then try again.") from exc
        except OSError as exc:
            raise _unwritable(self._folder, exc) from exc
        with acquired:
            yield

    def write(
        self,
        packs: Sequence[IndexedPack],
        passages: Sequence[Passage],
        checked: Sequence[CheckedClaim] = (),
        *,
        dropped: Sequence[str] = (),
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> Manifest:
        """Replace the whole index by these passages and checked claims, in one step. Vectors of unchanged texts are taken over. IndexBusy, IndexUnwritable."""
        with self.lock():
            try:
                return self._write(packs, passages, checked, dropped, on_progress)
            except OSError as exc:
                raise _unwritable(self._folder, exc) from exc

    def _write(
        self,
        packs: Sequence[IndexedPack],
        passages: Sequence[Passage],
        checked: Sequence[CheckedClaim],
        dropped: Sequence[str],
        on_progress: Callable[[int], None],
    ) -> Manifest:
        before = None
        with suppress(StoreError):  # a damaged pointer is replaced with the rest
            before = self.generation()
        sentences = [(passage, sentence) for passage in passages for sentence in sentences_of(passage)]
        wordings = [text for one in checked for _, text in one.wordings]
        texts = [*(passage.text for passage in passages), *(sentence.text for _, sentence in sentences), *wordings]
        vectors = embed_all(self._embeddings, self._model, texts, known=self._known_vectors(), on_progress=on_progress)
        dimension = len(vectors[0]) if vectors else len(self._embeddings.embed_query("dimension"))
        manifest = Manifest(model=self._model, dimension=dimension, packs=tuple(packs), dropped=tuple(dropped))
        generation = f"g-{uuid.uuid4().hex[:12]}"
        _fill(self._folder / generation, manifest, passages, sentences, checked, vectors)
        _replace(self._folder / "CURRENT", generation)
        self._sweep(keep={generation, before})
        return manifest

    def _known_vectors(self) -> dict[str, Sequence[float]]:
        known = shipped_vectors()
        with suppress(StoreError):  # no index yet, or one of another model: its vectors are of no use
            known.update(self._stored_vectors())
        return known

    def _sweep(self, keep: set[str | None]) -> None:
        """Remove generations that nobody reads any more. The one before stays for processes that still have it open."""
        for folder in self._folder.glob("g-*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    # -- the current generation

    def generation(self) -> str | None:
        """The name of the index that is in place now. StoreError."""
        try:
            return (self._folder / "CURRENT").read_text(encoding="ascii").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as exc:
            raise StoreError(f"The index in {self._folder} cannot be read: {exc}. Run `footnote ingest --rebuild`.") from exc

    def _current(self) -> _Open:
        if self._whole is not None:
            return self._whole._current()
        with self._loading:  # Chroma hands a database that is still being opened to whoever asks for it next
            generation = self.generation()
            if generation is None:
                raise IndexMissing(f"Nothing is indexed in {self._folder} yet. Run `footnote ingest`.")
            if self._open is None or self._open.generation != generation:
                self._open, self._before, past = self._load(self._folder / generation), self._open, self._before
                if past is not None:  # the one before stays open for threads that still read in it
                    past.client.close()
            return self._open

    def _load(self, folder: Path) -> _Open:
        if not folder.is_dir():
            raise IndexMismatch(f"The index in {self._folder} is damaged: {folder.name} is missing. Run `footnote ingest --rebuild`.")
        try:
            client = _client(folder)
            collection = client.get_collection(PASSAGES, embedding_function=None)
            sentences = client.get_collection(SENTENCES, embedding_function=None)
            manifest = Manifest.model_validate_json(str((collection.metadata or {})["manifest"]))
            checked = _collection(client, CHECKED_CLAIMS)
        except (ChromaError, AttributeError, KeyError, ValueError, ValidationError, OSError) as exc:
            # AttributeError: what Chroma says the second time of a database that it could not open
            raise IndexMismatch(
                f"The index in {self._folder} cannot be read ({type(exc).__name__}). Run `footnote ingest --rebuild`."
            ) from exc
        if manifest.schema_version != SCHEMA_VERSION:
            raise IndexMismatch(
                f"The index has schema {manifest.schema_version}, this version needs {SCHEMA_VERSION}. Run `footnote ingest --rebuild`."
            )
        if manifest.model != self._model and not self._any_model:
            raise IndexMismatch(
                f"The index was made with the embedding model {manifest.model!r}, the setting says {self._model!r}. "
                "Run `footnote ingest --rebuild`, or set FOOTNOTE_EMBEDDINGS back."
            )
        return _Open(folder.name, client, collection, sentences, checked, manifest)

    def _stored(self) -> Iterator[Passage]:
        for page in _pages(self._current().passages, ["metadatas", "documents"]):
            yield from _passages(page["documents"], page["metadatas"])

    def _stored_vectors(self) -> Iterator[tuple[str, list[float]]]:
        """Fingerprints and vectors of every text of the index."""
        current = self._current()
        for collection in filter(None, (current.passages, current.sentences, current.checked)):
            for page in _pages(collection, ["documents", "embeddings"]):
                for text, vector in zip(page["documents"], page["embeddings"], strict=True):
                    yield fingerprint(self._model, text), [float(x) for x in vector]


def evidence_of(passage: Passage, wanted: Sequence[float], vector: Sequence[float]) -> Evidence:
    """A passage as evidence, by the cosine of two L2-normalized vectors."""
    similarity = float(np.dot(np.asarray(wanted, dtype=np.float32), np.asarray(vector, dtype=np.float32)))
    return Evidence(passage=passage, score=similarity, similarity=similarity)


def _pages(collection: Collection, include: list[Any]) -> Iterator[Any]:
    for offset in range(0, collection.count(), _PAGE):
        yield collection.get(limit=_PAGE, offset=offset, include=include)


def _unwritable(folder: Path, error: OSError) -> IndexUnwritable:
    return IndexUnwritable(
        f"The index cannot be written in {folder}: {error.strerror or error}. Set FOOTNOTE_DATA_DIR to a folder you can write to."
    )


def _client(folder: Path) -> Any:
    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _fill(
    folder: Path,
    manifest: Manifest,
    passages: Sequence[Passage],
    sentences: Sequence[tuple[Passage, Sentence]],
    checked: Sequence[CheckedClaim],
    vectors: Sequence[Sequence[float]],
) -> None:
    """A complete database: the vectors are those of the passages, then of the sentences, then of the wordings of the checked claims."""
    client = _client(folder)
    settings: Any = {"hnsw": {"space": "cosine", "ef_search": 200}}
    about = {
        "model": manifest.model,
        "dimension": manifest.dimension,
        "schema_version": manifest.schema_version,
        "manifest": manifest.model_dump_json(),
    }
    whole = client.create_collection(PASSAGES, embedding_function=None, configuration=settings, metadata=about)
    _add(
        whole, [passage.id for passage in passages], [p.text for p in passages], vectors[: len(passages)], [_metadata(p) for p in passages]
    )
    parts = client.create_collection(SENTENCES, embedding_function=None, configuration=settings)
    ids = [f"{passage.id}:{sentence.start}" for passage, sentence in sentences]
    told = len(passages) + len(sentences)
    _add(parts, ids, [sentence.text for _, sentence in sentences], vectors[len(passages) : told], [_place(p, s) for p, s in sentences])
    known = client.create_collection(CHECKED_CLAIMS, embedding_function=None, configuration=settings)
    wordings = [(one, at, text) for one in checked for at, (_, text) in enumerate(one.wordings)]
    times = {passage.document_id: _days(passage) for passage in passages}
    _add(
        known,
        [f"{one.id}:{at}" for one, at, _ in wordings],
        [t for _, _, t in wordings],
        vectors[told:],
        [_about(c, n, times) for c, n, _ in wordings],
    )
    client.close()


def _add(
    collection: Collection,
    ids: Sequence[str],
    texts: Sequence[str],
    vectors: Sequence[Sequence[float]],
    metadatas: Sequence[dict[str, str | int]],
) -> None:
    for at in range(0, len(ids), _PAGE):
        part = slice(at, at + _PAGE)
        collection.add(
            ids=list(ids[part]),
            documents=list(texts[part]),
            embeddings=_matrix(vectors[part]),
            metadatas=[dict(m) for m in metadatas[part]],
        )


def _metadata(passage: Passage) -> dict[str, str | int]:
    """Scalars to filter by, and the passage itself as JSON (Chroma's metadata has no nesting)."""
    return {"document_id": passage.document_id, "passage": passage.model_dump_json(exclude={"text"}), **_filtered_by(passage)}


def _place(passage: Passage, sentence: Sentence) -> dict[str, str | int]:
    return {"passage_id": passage.id, "start": sentence.start, "end": sentence.end, **_filtered_by(passage)}


def _about(checked: CheckedClaim, wording: int, times: Mapping[str, dict[str, int]]) -> dict[str, str | int]:
    """The checked claim itself goes with its first wording alone: it is long, and there are many wordings. A fact has the times of its document."""
    whole = {"head": checked.id, "checked": checked.model_dump_json()} if wording == 0 else {"head": ""}
    translations = json.dumps(checked.translations, ensure_ascii=False)
    entry = checked.quotes[0].entry
    return {
        "checked_id": checked.id,
        **({"fact_of": entry, "stated": checked.quotes[0].words, **times.get(entry, {})} if checked.fact else {}),
        "label": checked.label.value,
        "pack": checked.pack,
        "topic": checked.topic,
        "translations": translations,
        **whole,
    }


def _collection(client: Any, name: str) -> Collection | None:
    try:
        found: Collection = client.get_collection(name, embedding_function=None)
    except NotFoundError:
        return None
    return found


def _filtered_by(passage: Passage) -> dict[str, str | int]:
    return {"pack": passage.provenance.pack, "topic": passage.provenance.topic, **_days(passage)}


def _days(passage: Passage) -> dict[str, int]:
    period = passage.provenance.period
    return {"first_day": period.first.toordinal(), "last_day": period.last.toordinal()} if period else {}


def _wording(text: str, similarity: float, metadata: Mapping[str, Any]) -> NearWording:
    told = json.loads(str(metadata["translations"]))
    return NearWording(text, similarity, str(metadata["checked_id"]), Label(str(metadata["label"])), told)


def _passages(documents: Sequence[str], metadatas: Sequence[Any]) -> list[Passage]:
    return [
        Passage.model_validate({**json.loads(str(metadata["passage"])), "text": text})
        for text, metadata in zip(documents, metadatas, strict=True)
    ]


def _filter(period: Period | None, topics: Sequence[str]) -> Any:
    conditions: list[Any] = []
    if period is not None:
        conditions += [{"first_day": {"$lte": period.last.toordinal()}}, {"last_day": {"$gte": period.first.toordinal()}}]
    if topics:
        conditions.append({"topic": {"$in": list(topics)}})
    return _all(conditions)


def _all(conditions: Sequence[Any]) -> Any:
    """One condition that holds where all do: Chroma takes no `$and` of fewer than two."""
    return {"$and": list(conditions)} if len(conditions) > 1 else next(iter(conditions), None)


def _matrix(vectors: Sequence[Sequence[float]]) -> Any:
    return np.asarray(vectors, dtype=np.float32)


def _one_of(field: str, values: Sequence[str]) -> Any:
    return {field: {"$in": list(values)}}


def _replace(path: Path, text: str) -> None:
    """Write a small file so that a reader, also after a crash, sees the old content or the new, whole."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
