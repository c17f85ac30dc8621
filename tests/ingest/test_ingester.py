from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from ingest.ingester import Counts, ensure_index, ingest, remove
from ingest.packs import PackError, archive_file
from knowledge.store import PassageStore
from tests.ingest.test_packs import CHECKED, PACK
from tests.knowledge.test_store import WordHash


def _store(folder: Path, model: str = "word-hash", dimension: int = 64) -> PassageStore:
    return PassageStore(folder / "index", WordHash(dimension), model)


def _pack(folder: Path, entries: dict[str, str], pack_id: str = "altona") -> Path:
    pack = yaml.safe_load(PACK)
    model = pack["entries"][0]
    pack["id"], pack["as_of"] = pack_id, "2025-01-31"
    pack["entries"] = [{**model, "id": entry_id, "statement": statement} for entry_id, statement in entries.items()]
    path = folder / f"{pack_id}.yaml"
    path.write_text(yaml.safe_dump(pack), encoding="utf-8")
    return path


def _with_claim(pack: Path, entry: str, quote: str) -> Path:
    claim = {"id": "b1", "label": "refuted", "language": "en", "text": "The bridge stayed shut.", "entry": entry, "quote": quote}
    archive_file(pack).write_text(json.dumps(claim), encoding="utf-8")
    return pack


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped packs of our own."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr("ingest.ingester.SHIPPED_PACKS", folder)
    return folder


def test_the_same_pack_twice_is_once(tmp_path: Path) -> None:
    store, path = _store(tmp_path), _pack(tmp_path, {"a": "One.", "b": "Two."})
    assert ingest(store, [path]) == Counts(added=2, changed=0, removed=0, unchanged=0, entries=2, passages=2)
    assert ingest(store, [path]) == Counts(added=0, changed=0, removed=0, unchanged=2, entries=2, passages=2)


def test_a_changed_entry_replaces_its_passages_and_a_removed_one_is_gone(tmp_path: Path) -> None:
    store = _store(tmp_path)
    ingest(store, [_pack(tmp_path, {"a": "One.", "b": "Two.", "c": "Three."})])
    counts = ingest(store, [_pack(tmp_path, {"a": "One.", "b": "Two, now different."})])
    assert counts == Counts(added=0, changed=1, removed=1, unchanged=1, entries=2, passages=2)
    assert ["now different" in passage.text for passage in store.passages()] == [False, True]


def test_other_packs_stay_and_one_can_be_taken_out(tmp_path: Path) -> None:
    store = _store(tmp_path)
    ingest(store, [_pack(tmp_path, {"a": "One."}), _pack(tmp_path, {"x": "Ten."}, "berlin")])
    assert remove(store, "altona").removed == 1
    assert [pack.id for pack in store.manifest().packs] == ["berlin"]
    with pytest.raises(PackError, match="indexed are: berlin"):
        remove(store, "altona")


def test_a_malformed_pack_among_good_ones_changes_nothing(tmp_path: Path) -> None:
    store = _store(tmp_path)
    ingest(store, [_pack(tmp_path, {"a": "One."})])
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: bad", encoding="utf-8")
    with pytest.raises(PackError):
        ingest(store, [_pack(tmp_path, {"a": "Changed."}), bad])
    assert "One." in store.passages()[0].text


def test_an_entry_id_belongs_to_one_pack(tmp_path: Path) -> None:
    store = _store(tmp_path)
    with pytest.raises(PackError, match="entry a is in the packs"):
        ingest(store, [_pack(tmp_path, {"a": "One."}), _pack(tmp_path, {"a": "Ten."}, "berlin")])
    ingest(store, [_pack(tmp_path, {"a": "One."})])
    with pytest.raises(PackError, match="is already in pack 'altona'"):
        ingest(store, [_pack(tmp_path, {"a": "Ten."}, "berlin")])


def test_the_id_of_a_checked_claim_belongs_to_one_pack(tmp_path: Path) -> None:
    store = _store(tmp_path)
    altona = _with_claim(_pack(tmp_path, {"a": "One."}), "a", "One.")
    berlin = _with_claim(_pack(tmp_path, {"x": "Ten."}, "berlin"), "x", "Ten.")
    with pytest.raises(PackError, match="checked claim b1 is in the packs 'altona' and 'berlin'"):
        ingest(store, [altona, berlin])
    ingest(store, [altona])
    with pytest.raises(PackError, match="checked claim b1 of pack 'berlin' is already in pack 'altona'"):
        ingest(store, [berlin])


def test_a_shipped_pack_that_shares_an_entry_with_one_of_ours_can_be_done_without(shipped: Path, tmp_path: Path) -> None:
    store = _store(tmp_path)
    ingest(store, [_pack(tmp_path, {"a": "One."}, "ours")])
    _pack(shipped, {"a": "One."})
    with pytest.raises(PackError, match="footnote ingest --remove altona"):
        ensure_index(store)
    remove(store, "altona")
    ensure_index(store)
    assert [pack.id for pack in store.manifest().packs] == ["ours"]


def test_a_rebuild_keeps_every_pack_though_another_model_made_the_index(shipped: Path, tmp_path: Path) -> None:
    _pack(shipped, {"x": "Ten."}, "berlin")
    _pack(shipped, {"y": "Twenty."}, "celle")
    before = _store(tmp_path)
    ensure_index(before)
    ingest(before, [_with_claim(_pack(tmp_path, {"a": "One."}), "a", "One.")])
    remove(before, "celle")
    store = _store(tmp_path, model="other", dimension=32)
    assert ingest(store, rebuild=True) == Counts(added=0, changed=0, removed=0, unchanged=2, entries=2, passages=2)
    assert (store.manifest().model, store.manifest().dropped) == ("other", ("celle",))
    assert [pack.id for pack in store.manifest().packs] == ["altona", "berlin"]
    assert [one.id for one in store.checked_claims()] == ["b1"]


def test_a_rebuild_leaves_a_pack_of_ours_in_the_place_of_a_shipped_one(shipped: Path, tmp_path: Path) -> None:
    store = _store(tmp_path)
    _pack(shipped, {"a": "Theirs."})
    ingest(store, [_pack(tmp_path, {"a": "Ours."})])
    ingest(store, rebuild=True)
    assert "Ours." in store.passages()[0].text


@pytest.mark.parametrize("damage", ["generation", "database", "pointer"])
def test_a_rebuild_of_what_cannot_be_read_starts_anew_and_says_so(
    shipped: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    _pack(shipped, {"a": "One."})
    _store(tmp_path).write([], [])
    pointer = tmp_path / "index" / "CURRENT"
    generation = pointer.with_name(pointer.read_text(encoding="ascii"))
    match damage:
        case "generation":
            shutil.rmtree(generation)
        case "database":
            (generation / "chroma.sqlite3").write_bytes(b"no database" * 100)
        case _:
            pointer.write_bytes(b"\xff\xfe")
    assert ingest(_store(tmp_path), rebuild=True).entries == 1
    assert "packs of your own are no longer in it" in caplog.text


def test_a_shipped_pack_that_was_taken_out_stays_out(shipped_dir: Path, tmp_path: Path) -> None:
    store = _store(tmp_path)
    ensure_index(store)
    assert len(store.manifest().packs) == 3
    remove(store, "romania")
    ensure_index(store)
    assert [pack.id for pack in store.manifest().packs] == ["inauguration", "ukraine"]


def test_shipped_packs_are_indexed_anew_when_they_are_read_in_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = _store(tmp_path)
    ensure_index(store)
    before = store.manifest()
    ensure_index(store)
    assert store.manifest() is before
    monkeypatch.setattr("ingest.packs.READING", "another way")
    ensure_index(store)
    assert [pack.digest for pack in store.manifest().packs] != [pack.digest for pack in before.packs]


_KILLED = """
import sys
from pathlib import Path
from tests.ingest.test_ingester import _store
from ingest.ingester import ingest
print("ready", flush=True)
ingest(_store(Path(sys.argv[1])), [Path(sys.argv[2])])
print("done", flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.3, 0.5])
def test_a_kill_at_any_moment_leaves_the_old_index_or_the_new(tmp_path: Path, delay: float) -> None:
    """The moments differ from run to run; whatever is hit, the index is whole and can be written again."""
    ingest(_store(tmp_path), [_pack(tmp_path, {"a": "Old."})])
    path = _pack(tmp_path, {f"e{number}": f"New {number}." for number in range(150)})
    root = Path(__file__).parents[2]
    child = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path), str(path)], cwd=root, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(delay)
    child.kill()
    child.communicate()
    texts = [passage.text for passage in _store(tmp_path).passages()]
    assert len(texts) in (1, 150)
    assert ("Old." in texts[0]) == (len(texts) == 1)
    assert ingest(_store(tmp_path), [path]).entries == 150


def test_checked_claims_come_and_go_with_their_pack(tmp_path: Path) -> None:
    store = _store(tmp_path)
    with_claims = tmp_path / "with.yaml"
    with_claims.write_text(PACK + CHECKED, encoding="utf-8")
    ingest(store, [with_claims, _pack(tmp_path, {"x": "Ten."}, "berlin")])
    assert [one.id for one in store.checked_claims()] == ["cc-altona"]
    assert store.nearest_wordings(WordHash().embed_query("The bridge stayed shut."), 3)[0].checked_id == "cc-altona"
    [(wording, vector)] = [one for one in store.wordings(["cc-altona"]) if one[0].text == "The bridge stayed shut."]
    assert wording.checked_id == "cc-altona"
    assert np.allclose(vector, WordHash().embed_query("The bridge stayed shut."), atol=1e-6)
    assert store.wordings(["cc-nowhere"]) == store.wordings([]) == []
    ingest(store, [_pack(tmp_path, {"x": "Eleven."}, "berlin")])
    assert [one.id for one in store.checked_claims(["cc-altona", "cc-none"])] == ["cc-altona"]
    remove(store, "altona")
    assert store.checked_claims() == []
    assert store.nearest_wordings(WordHash().embed_query("The bridge stayed shut."), 3) == []
