"""Packs in, a stored index out: each entry once, replaced when it changed, gone when it was removed, all in one step."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from ingest.packs import SHIPPED_PACKS, Pack, PackError, digest, pack_files, read_pack
from ingest.split import split
from ingest.timeline import checked_claims, documents
from knowledge.citations import sentences_of
from knowledge.domain import CheckedClaim, Passage
from knowledge.store import IndexedPack, IndexMissing, Manifest, PassageStore, StoreError

_PATIENCE = 120
"""Seconds that a first use waits for another process that is already indexing."""
_log = logging.getLogger(__name__)


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

    Every file is read and checked before anything is written. `rebuild` embeds anew what the index holds, also where another model made it,
    and leaves a shipped pack that the operator took out or replaced as it is, unless it is named.
    """
    files = pack_files(paths or [SHIPPED_PACKS])
    incoming = [_prepared(file, shipped=not paths) for file in files]
    _refuse_shared_ids(incoming)
    with store.lock():
        before = _recovered(store) if rebuild else _stored(store)
        if rebuild and not paths:
            incoming = [one for one in incoming if not before.chosen_otherwise(one.pack.id)]
        return _write(store, before, incoming, progress or _Silent())


def remove(store: PassageStore, pack_id: str) -> Counts:
    """Take a pack out of the index; a shipped one stays out, also where it never was in, until it is named to `ingest`. PackError, StoreError."""
    shipped = {file.stem for file in pack_files([SHIPPED_PACKS])}
    with store.lock():
        before = _stored(store)
        if pack_id not in before.packs and pack_id not in shipped:
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
    for pack, passages, checked in incoming:
        if pack.id in packs:
            raise PackError(f"two packs have the id {pack.id!r}")
        packs.add(pack.id)
        for name, _ in _owned(passages, checked):
            if owner.setdefault(name, pack.id) != pack.id:
                raise PackError(f"{name} is in the packs {owner[name]!r} and {pack.id!r}")


def _refuse_foreign_ids(incoming: Sequence[_Incoming], kept: Sequence[Passage], kept_checked: Sequence[CheckedClaim]) -> None:
    owner = dict(_owned(kept, kept_checked))
    for pack, passages, checked in incoming:
        for name, _ in _owned(passages, checked):
            if name in owner:
                spare = pack.id if pack.shipped else owner[name]
                raise PackError(
                    f"{name} of pack {pack.id!r} is already in pack {owner[name]!r}. "
                    f"To do without {spare!r}: `footnote ingest --remove {spare}`."
                )


def _owned(passages: Sequence[Passage], checked: Sequence[CheckedClaim]) -> Iterator[tuple[str, str]]:
    """What an index has once, and the id of the pack that it is in."""
    yield from ((f"entry {passage.document_id}", passage.provenance.pack) for passage in passages)
    yield from ((f"checked claim {one.id}", one.pack) for one in checked)


class _Before(NamedTuple):
    manifest: Manifest | None
    passages: list[Passage]
    checked: list[CheckedClaim]

    @property
    def packs(self) -> dict[str, IndexedPack]:
        return {pack.id: pack for pack in self.manifest.packs} if self.manifest else {}

    @property
    def dropped(self) -> tuple[str, ...]:
        return self.manifest.dropped if self.manifest else ()

    def chosen_otherwise(self, pack_id: str) -> bool:
        """Whether the operator took this shipped pack out, or has one of their own in its place."""
        return pack_id in self.dropped or (pack_id in self.packs and not self.packs[pack_id].shipped)


def _stored(store: PassageStore) -> _Before:
    try:
        return _Before(store.manifest(), store.passages(), store.checked_claims())
    except IndexMissing:
        return _Before(None, [], [])


def _recovered(store: PassageStore) -> _Before:
    """What is stored, whatever model made it. Where that cannot be read, nothing is, and the log says so."""
    try:
        return _stored(store.of_any_model())
    except (StoreError, ValidationError) as exc:  # ValidationError: another version of Footnote wrote it
        _log.warning(
            "The index that was there cannot be read, so packs of your own are no longer in it: ingest them again (%s)", type(exc).__name__
        )
        return _Before(None, [], [])


def _write(store: PassageStore, before: _Before, incoming: Sequence[_Incoming], progress: Progress, *, drop: str | None = None) -> Counts:
    """Replace the incoming packs and drop one, and leave every other pack as it was."""
    gone = {pack.id for pack, _, _ in incoming} | ({drop} if drop else set())
    kept = [passage for passage in before.passages if passage.provenance.pack not in gone]
    kept_checked = [one for one in before.checked if one.pack not in gone]
    _refuse_foreign_ids(incoming, kept, kept_checked)
    packs = {pack_id: pack for pack_id, pack in before.packs.items() if pack_id not in gone} | {pack.id: pack for pack, _, _ in incoming}
    passages = [*kept, *(passage for _, found, _ in incoming for passage in found)]
    checked = [*kept_checked, *(one for _, _, found in incoming for one in found)]
    dropped = {pack_id for pack_id in before.dropped if pack_id not in gone} | ({drop} if drop else set())
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
