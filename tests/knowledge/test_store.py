from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from chromadb.api.shared_system_client import SharedSystemClient
from langchain_core.embeddings import Embeddings

from bot.parts import Parts
from knowledge.checked_claims import CheckedClaims
from knowledge.domain import CheckedClaim, Label, Passage, Period, QuotedWords
from knowledge.entailment import EntailmentModel
from knowledge.names import skeletons
from knowledge.retrieve import Retriever
from knowledge.store import IndexBusy, IndexMismatch, IndexMissing, IndexUnwritable, PassageStore, StoreError
from tests.conftest import make_passage


class WordHash(Embeddings):
    """Words hashed into a few dimensions: near enough where only the store is tested."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.01] * self.dimension
        for word in skeletons(text):
            vector[sum(map(ord, word)) % self.dimension] += 1
        length = sum(x * x for x in vector) ** 0.5
        return [x / length for x in vector]


BRIDGE = make_passage("The bridge reopens\nThe bridge of Altona reopened.", "bridge#0")
FLOOD = make_passage("A flood\nThe river flooded the market.", "flood#0", period=Period.parse("2023-01"), topic="weather")
CLAIM = CheckedClaim(
    id="reopened",
    pack="invented",
    topic="invented",
    label=Label.SUPPORTED,
    claim={"en": "The bridge of Altona reopened."},
    why={"en": "The Gazette reported it."},
    quotes=(QuotedWords(entry="bridge", words="The bridge of Altona reopened."),),
)


def _store(folder: Path, embeddings: Embeddings | None = None, model: str = "word-hash") -> PassageStore:
    return PassageStore(folder / "index", embeddings or WordHash(), model)


def _ids(passages: Sequence[Passage]) -> list[str]:
    return [passage.id for passage in passages]


def test_what_is_written_is_read_back_whole_by_a_new_process_of_mind(tmp_path: Path) -> None:
    _store(tmp_path).write([], [BRIDGE, FLOOD])
    assert _store(tmp_path).passages() == [BRIDGE, FLOOD]


def test_the_nearest_passage_comes_first_and_filters_hold(tmp_path: Path) -> None:
    store, embeddings = _store(tmp_path), WordHash()
    store.write([], [BRIDGE, FLOOD])
    vector = embeddings.embed_query("The bridge of Altona")
    assert _ids([e.passage for e in store.nearest(vector, 2)]) == ["bridge#0", "flood#0"]
    assert _ids([e.passage for e in store.nearest(vector, 2, topics=["weather"])]) == ["flood#0"]
    assert _ids([e.passage for e in store.nearest(vector, 2, period=Period.parse("2024-05"))]) == ["bridge#0"]
    assert store.nearest_sentences(vector, 1) == ["bridge#0"]


def test_unchanged_texts_are_not_embedded_again(tmp_path: Path) -> None:
    embeddings = WordHash()
    store = _store(tmp_path, embeddings)
    store.write([], [BRIDGE])
    embeddings.embedded.clear()
    store.write([], [BRIDGE, FLOOD])
    assert embeddings.embedded == [FLOOD.text, "The river flooded the market."]


def test_an_open_store_sees_what_another_one_wrote(tmp_path: Path) -> None:
    reader = _store(tmp_path)
    _store(tmp_path).write([], [BRIDGE])
    assert _ids(reader.passages()) == ["bridge#0"]
    _store(tmp_path).write([], [FLOOD])
    assert _ids(reader.passages()) == ["flood#0"]


def test_threads_that_come_at_once_open_an_index_once(tmp_path: Path) -> None:
    _store(tmp_path).write([], [BRIDGE])
    store, barrier = _store(tmp_path), Barrier(8)

    def read() -> list[str]:
        barrier.wait()
        return _ids(store.passages())

    with ThreadPoolExecutor(8) as threads:
        assert [one.result() for one in [threads.submit(read) for _ in range(8)]] == [["bridge#0"]] * 8


def test_an_index_that_was_replaced_twice_is_closed(tmp_path: Path) -> None:
    store = _store(tmp_path)
    for passage in (BRIDGE, FLOOD, BRIDGE, FLOOD):
        store.write([], [passage])
        assert store.passages() == [passage]
    open_ = [Path(folder).name for folder in SharedSystemClient._identifier_to_system if folder.startswith(str(tmp_path))]
    assert sorted(open_) == sorted(folder.name for folder in (tmp_path / "index").glob("g-*"))


def test_what_another_index_has_no_more_is_not_found(tmp_path: Path) -> None:
    store, embeddings = _store(tmp_path), WordHash()
    store.write([], [BRIDGE, FLOOD], [CLAIM])
    retriever, checked = Retriever(store, embeddings), CheckedClaims(store, embeddings, EntailmentModel())
    found, precedents = retriever.search("The bridge of Altona"), checked.precedents(CLAIM.claim["en"])
    assert checked.match(precedents) is not None
    store.write([], [FLOOD])
    assert _ids([one.passage for one in retriever.around(found, 1, 1)]) == ["flood#0"]
    assert checked.match(precedents) is None
    store.write([], [])
    assert retriever.around(found, 1, 1) == []


def test_the_entries_of_other_packs_are_not_cited(tmp_path: Path) -> None:
    store, other = _store(tmp_path), make_passage("A fair\nThe fair opened.", "fair#0", pack="other")
    store.write([], [BRIDGE, other])
    entries = ["bridge", "fair"]
    assert _ids(store.of_documents(entries)) == ["bridge#0", "fair#0"]
    assert _ids(store.only(["other"]).of_documents(entries)) == ["fair#0"]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.write([], [])
    assert store.nearest(WordHash().embed_query("x"), 3) == []


def test_nothing_indexed_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="footnote ingest"):
        _store(tmp_path).manifest()


def test_another_model_or_dimension_is_refused_with_what_to_do(tmp_path: Path) -> None:
    _store(tmp_path).write([], [BRIDGE])
    with pytest.raises(IndexMismatch, match="--rebuild"):
        _store(tmp_path, model="other").passages()
    with pytest.raises(IndexMismatch, match="dimensions"):
        _store(tmp_path).nearest([0.1] * 8, 1)


@pytest.mark.parametrize("damage", ["generation", "database", "pointer"])
def test_a_damaged_index_is_told_and_can_be_rebuilt(tmp_path: Path, damage: str) -> None:
    _store(tmp_path).write([], [BRIDGE])
    [generation] = (tmp_path / "index").glob("g-*")
    if damage == "generation":
        shutil.rmtree(generation)
    elif damage == "database":
        (generation / "chroma.sqlite3").write_bytes(b"no database" * 100)
    else:
        (tmp_path / "index" / "CURRENT").write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match="--rebuild"):
        _store(tmp_path).passages()
    _store(tmp_path).write([], [FLOOD])
    assert _ids(_store(tmp_path).passages()) == ["flood#0"]


def test_a_writer_keeps_others_out(tmp_path: Path) -> None:
    with _store(tmp_path).lock(), pytest.raises(IndexBusy):
        _store(tmp_path).write([], [BRIDGE])


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(IndexUnwritable, match="FOOTNOTE_DATA_DIR"):
        PassageStore(tmp_path / "file" / "index", WordHash(), "word-hash").write([], [BRIDGE])


def test_generations_that_nobody_reads_are_swept(tmp_path: Path) -> None:
    store = _store(tmp_path)
    for passage in (BRIDGE, FLOOD, BRIDGE, FLOOD):
        store.write([], [passage])
    assert len(list((tmp_path / "index").glob("g-*"))) == 2


def test_a_selection_of_packs_finds_nothing_else(parts: Parts) -> None:
    part = parts.within(("ukraine",))
    assert part is parts.within(("ukraine",))
    assert parts.within(()) is parts
    asked = "Who won the second round of the Romanian presidential election in May 2025?"
    assert {one.passage.provenance.pack for one in parts.retriever.search(asked, 3)} == {"romania"}
    assert {one.passage.provenance.pack for one in part.retriever.search(asked, 10)} == {"ukraine"}
    wordings = part.checked_claims.near("George Simion won the Romanian presidential run-off in May 2025.")
    assert {one.pack for one in part.store.checked_claims([one.checked_id for one in wordings])} <= {"ukraine"}
    assert len(part.store.manifest().packs) == 3


def _fact(fact_id: str, entry: str, topic: str, words: str = "The", **told: str) -> CheckedClaim:
    quotes = (QuotedWords(entry=entry, words=words),)
    return CheckedClaim(id=fact_id, pack="invented", topic=topic, label=Label.SUPPORTED, claim=told, quotes=quotes, fact=True)


def test_an_entry_is_found_by_its_facts_in_whatever_language(tmp_path: Path) -> None:
    store = _store(tmp_path)
    shut, wet = _fact("f1", "bridge", "invented", ro="Podul s-a redeschis."), _fact("f2", "flood", "weather", ro="Apa a inundat hala.")
    store.write([], [BRIDGE, FLOOD], [shut, wet])
    sought = WordHash().embed_query("Când s-a redeschis podul?")
    assert [fact.document_id for fact in store.nearest_facts(sought, 5)] == ["bridge", "flood"]
    assert [fact.document_id for fact in store.nearest_facts(sought, 5, topics=["weather"])] == ["flood"]
    assert [fact.document_id for fact in store.nearest_facts(sought, 5, period=Period.parse("2023-01-07"))] == ["flood"]
    assert store.nearest_facts(sought, 5, period=Period.parse("2022")) == []
    retriever = Retriever(store, WordHash())
    assert _ids([e.passage for e in retriever.search("Când s-a redeschis podul?", 1)]) == ["bridge#0"]


def test_a_sentence_is_as_near_as_the_fact_that_it_states(tmp_path: Path) -> None:
    store, asked = _store(tmp_path), "Când s-a redeschis podul?"
    told = make_passage("The bridge\nThe mayor spoke. The bridge of Altona reopened. A band played.", "bridge#0")
    store.write([], [told], [_fact("f1", "bridge", "invented", "bridge of Altona reopened", ro="Podul s-a redeschis.")])
    [evidence] = Retriever(store, WordHash()).search(asked, 1)
    assert told.text[evidence.spans[0].start : evidence.spans[0].end] == "The bridge of Altona reopened."
    store.write([], [told], [])
    [evidence] = Retriever(store, WordHash()).search(asked, 1)
    assert told.text[evidence.spans[0].start : evidence.spans[0].end] != "The bridge of Altona reopened."


def test_a_checked_claim_that_is_no_fact_leads_to_no_entry(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.write([], [BRIDGE], [CLAIM])
    assert store.nearest_facts(WordHash().embed_query("The bridge of Altona reopened."), 5) == []
