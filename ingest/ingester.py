"""Packs in, a stored index out: each entry once, replaced when it changed, gone when it was removed, all in one step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from ingest.packs import SHIPPED_PACKS, Pack, PackError, digest, pack_files, read_pack
from ingest.split import split
from ingest.timeline import checked_claims, documents
from knowledge.citations import sentences_of
from knowledge.domain import CheckedClaim, Passage
from knowledge.store import IndexedPack, IndexMissing, Manifest, PassageStore

_PATIENCE = 120
"""Seconds that a first use waits for another process that is already indexing."""


class Counts(NamedTuple):
    """What an ingest changed, in entries, and what the index holds now."""

    added: int
    changed: int
    removed: int
    unchanged: int
    entries: int
    passages: int


class Progress(Protocol):
    """Told the number of texts to embed at the start, then how many more are done."""

    def start(self, total: int) -> None: ...
    def advance(self, count: int) -> None: ...


class _Silent:
    def start(self, total: int) -> None: ...
    def advance(self, count: int) -> None: ...


def ingest(store: PassageStore, paths: Sequence[Path] = (), *, rebuild: bool = False, progress: Progress | None = None) -> Counts:
    """Bring the index up to date with the packs at `paths` (the shipped ones where none is named). PackError, StoreError.

    Every file is read and checked before anything is written. `rebuild` starts from an empty index.
    """
    files = pack_files(paths or [SHIPPED_PACKS])
    incoming = [_prepared(file, shipped=not paths) for file in files]
    _refuse_shared_ids(incoming)
    with store.lock():
        before = _Before(None, [], []) if rebuild else _stored(store)
        return _write(store, before, incoming, progress or _Silent())


def remove(store: PassageStore, pack_id: str) -> Counts:
    """Take a pack out of the index; a shipped one stays out until it is named to `ingest` again. PackError, StoreError."""
    with store.lock():
        before = _stored(store)
        if pack_id not in before.packs:
            raise PackError(f"no pack {pack_id!r} is indexed; indexed are: {', '.join(before.packs) or 'none'}")
        return _write(store, before, [], _Silent(), drop=pack_id)


def ensure_index(store: PassageStore, progress: Progress | None = None) -> None:
    """Index the shipped packs on first use, and again where a new version of Footnote brought a changed one. PackError, StoreError."""
    if not _stale(store):
        return
    with store.lock(wait=_PATIENCE):
        if stale := _stale(store):  # another process may have done it while we waited
            incoming = [_prepared(file, shipped=True) for file in stale]
            _write(store, _stored(store), incoming, progress or _Silent())


def _stale(store: PassageStore) -> list[Path]:
    """The shipped packs that the index lacks or holds in an older state, but for those the operator took out or replaced."""
    files = pack_files([SHIPPED_PACKS])
    try:
        manifest = store.manifest()
    except IndexMissing:
        return files
    indexed = {pack.id: pack for pack in manifest.packs}
    return [file for file in files if file.stem not in manifest.dropped and _outdated(indexed.get(file.stem), file)]


def _outdated(indexed: IndexedPack | None, file: Path) -> bool:
    return indexed is None or (indexed.shipped and indexed.digest != digest(file))


class _Incoming(NamedTuple):
    pack: IndexedPack
    passages: list[Passage]
    checked: list[CheckedClaim]


def _prepared(file: Path, *, shipped: bool) -> _Incoming:
    pack = read_pack(file)
    passages = [passage for document in documents(pack) for passage in split(document)]
    return _Incoming(_record(pack, digest(file), shipped, len(passages)), passages, checked_claims(pack))


def _record(pack: Pack, file_digest: str, shipped: bool, passages: int) -> IndexedPack:
    return IndexedPack(
        id=pack.id,
        title=pack.title,
        topic=pack.topic,
        languages=pack.languages,
        licence=pack.licence,
        as_of=pack.as_of.isoformat(),
        digest=file_digest,
        shipped=shipped,
        entries=len(pack.entries),
        passages=passages,
    )


def _refuse_shared_ids(incoming: Sequence[_Incoming]) -> None:
    packs: set[str] = set()
    owner: dict[str, str] = {}
    for pack, passages, _ in incoming:
        if pack.id in packs:
            raise PackError(f"two packs have the id {pack.id!r}")
        packs.add(pack.id)
        for passage in passages:
            if owner.setdefault(passage.document_id, pack.id) != pack.id:
                raise PackError(f"entry {passage.document_id} is in the packs {owner[passage.document_id]!r} and {pack.id!r}")


def _refuse_foreign_ids(incoming: Sequence[_Incoming], kept: Sequence[Passage]) -> None:
    owner = {passage.document_id: passage.provenance.pack for passage in kept}
    for pack, passages, _ in incoming:
        for passage in passages:
            if passage.document_id in owner:
                raise PackError(f"entry {passage.document_id} of pack {pack.id!r} is already in pack {owner[passage.document_id]!r}")


class _Before(NamedTuple):
    manifest: Manifest | None
    passages: list[Passage]
    checked: list[CheckedClaim]

    @property
    def packs(self) -> dict[str, IndexedPack]:
        return {pack.id: pack for pack in self.manifest.packs} if self.manifest else {}


def _stored(store: PassageStore) -> _Before:
    try:
        return _Before(store.manifest(), store.passages(), store.checked_claims())
    except IndexMissing:
        return _Before(None, [], [])


def _write(store: PassageStore, before: _Before, incoming: Sequence[_Incoming], progress: Progress, *, drop: str | None = None) -> Counts:
    """Replace the incoming packs and drop one, and leave every other pack as it was."""
    gone = {pack.id for pack, _, _ in incoming} | ({drop} if drop else set())
    kept = [passage for passage in before.passages if passage.provenance.pack not in gone]
    _refuse_foreign_ids(incoming, kept)
    packs = {pack_id: pack for pack_id, pack in before.packs.items() if pack_id not in gone} | {pack.id: pack for pack, _, _ in incoming}
    passages = [*kept, *(passage for _, found, _ in incoming for passage in found)]
    checked = [
        *(one for one in before.checked if one.pack not in gone),
        *(one for _, _, found in incoming for one in found),
    ]
    dropped = {pack_id for pack_id in (before.manifest.dropped if before.manifest else ()) if pack_id not in gone} | (
        {drop} if drop else set()
    )
    progress.start(sum(1 + len(sentences_of(passage)) for passage in passages) + sum(len(one.wordings) for one in checked))
    store.write([packs[key] for key in sorted(packs)], passages, checked, dropped=sorted(dropped), on_progress=progress.advance)
    return _counts(before.passages, passages)


def _counts(before: Sequence[Passage], after: Sequence[Passage]) -> Counts:
    old, new = _by_entry(before), _by_entry(after)
    changed = sum(1 for entry in new if entry in old and new[entry] != old[entry])
    added = sum(1 for entry in new if entry not in old)
    removed = sum(1 for entry in old if entry not in new)
    return Counts(added, changed, removed, len(new) - added - changed, len(new), len(after))


def _by_entry(passages: Sequence[Passage]) -> dict[str, tuple[Passage, ...]]:
    entries: dict[str, tuple[Passage, ...]] = {}
    for passage in passages:
        entries[passage.document_id] = (*entries.get(passage.document_id, ()), passage)
    return entries
