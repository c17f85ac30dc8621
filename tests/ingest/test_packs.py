from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ingest.packs import SHIPPED_PACKS, PackError, archive_file, digest, pack_files, read_pack
from ingest.timeline import checked_claims, documents
from knowledge.domain import Label

PACK = """\
id: altona
title: Bridges of Altona
topic: bridges
languages: [en]
licence: CC0-1.0
as_of: 2025-01-31
entries:
  - id: altona-1
    date: '2024-05-03'
    title: The bridge reopens
    statement: On 3 May 2024 the bridge reopened.
    entities: [Altona]
    sources:
      - publisher: Altona Gazette
        title: Bridge open
        url: https://example.org/bridge
        published: '2024-05'
    contested: The cost is disputed.
    confidence: high
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_an_entry_says_is_lost_on_the_way(tmp_path: Path) -> None:
    [document] = documents(read_pack(_written(tmp_path, PACK)))
    about = document.provenance
    assert document.text == "The bridge reopens\nOn 3 May 2024 the bridge reopened.\nThe cost is disputed."
    assert (about.period.iso if about.period else None, about.contested, about.confidence) == (
        "2024-05-03",
        "The cost is disputed.",
        "high",
    )
    assert about.sources[0].model_dump() == {
        "publisher": "Altona Gazette",
        "title": "Bridge open",
        "url": "https://example.org/bridge",
        "published": "2024-05",
        "kind": "media",
    }
    assert (about.entities, about.topic, about.pack, str(about.as_of)) == (("Altona",), "bridges", "altona", "2025-01-31")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("date: '2024-05-03'", "date: '2024-05-33'", "line 9: entry altona-1: date"),
        ("date: '2024-05-03'", "date: '2024-05-03'\n    date_precision: month", "precision"),
        ("title: The bridge reopens", "titel: The bridge reopens", "line 8: entry altona-1: title: Field required"),
        ("url: https://example.org/bridge", "url: ftp://example.org", "sources.0.url"),
        ("confidence: high", "confidence: sure", "confidence"),
        ("as_of: 2025-01-31", "as_of: soon", "line 6: as_of"),
        ("topic: bridges", "topic: bridges\ntopic: roads", "line 4: 'topic' is given twice"),
        ("id: altona-1", "id: 'Altona 1'", "line 8: entry Altona 1: id"),
        ("entries:", "entries: [", "not valid YAML"),
        (PACK, "- just a list", "a pack is a mapping"),
        (PACK, "", "a pack is a mapping"),
    ],
)
def test_a_malformed_pack_is_refused_with_file_place_and_reason(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = _written(tmp_path, PACK.replace(old, new, 1))
    with pytest.raises(PackError) as refused:
        read_pack(path)
    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


def test_two_entries_with_one_id_are_refused(tmp_path: Path) -> None:
    entry = PACK[PACK.index("  - id:") :]
    with pytest.raises(PackError, match="two entries have the id 'altona-1'"):
        read_pack(_written(tmp_path, PACK + entry))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(PackError, match="not UTF-8"):
        read_pack(path)


def test_missing_and_empty_places_are_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no such file"):
        pack_files([tmp_path / "none"])
    with pytest.raises(PackError, match=r"no \.yaml file"):
        pack_files([tmp_path])


def test_the_shipped_packs_are_whole() -> None:
    packs = [read_pack(file) for file in pack_files([SHIPPED_PACKS])]
    assert [pack.id for pack in packs] == ["inauguration", "romania", "ukraine"]
    assert all(file.stem == pack.id for file, pack in zip(pack_files([SHIPPED_PACKS]), packs, strict=True))
    entries = [entry for pack in packs for entry in pack.entries]
    assert len({entry.id for entry in entries}) == len(entries) == 318
    assert {str(pack.as_of) for pack in packs} == {"2026-06-30"}


def test_the_reader_takes_every_field_of_the_files_as_it_stands() -> None:
    for file in pack_files([SHIPPED_PACKS]):
        plain = yaml.safe_load(file.read_text(encoding="utf-8"))
        for given, entry in zip(plain["entries"], read_pack(file).entries, strict=True):
            kept = entry.model_dump(mode="json", exclude_unset=True)
            assert {key: value for key, value in given.items() if key not in ("sources", "statement", "contested")} == {
                key: value for key, value in kept.items() if key not in ("sources", "statement", "contested")
            }
            assert [source["url"] for source in given["sources"]] == [source.url for source in entry.sources]


CHECKED = """\
checked_claims:
  - id: cc-altona
    label: refuted
    claim: {en: The bridge stayed shut.}
    why: {en: It reopened.}
    quotes:
      - entry: altona-1
        words: On 3 May 2024 the bridge reopened.
"""


def test_a_checked_claim_keeps_its_pack_and_words(tmp_path: Path) -> None:
    [checked] = checked_claims(read_pack(_written(tmp_path, PACK + CHECKED)))
    assert (checked.pack, checked.topic, checked.label.value, str(checked.as_of)) == ("altona", "bridges", "refuted", "2025-01-31")
    assert checked.wordings == [("en", "The bridge stayed shut.")]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("On 3 May 2024 the bridge reopened.\n", "On 4 May 2024 the bridge reopened.\n", "does not stand in entry 'altona-1'"),
        ("entry: altona-1", "entry: altona-9", "which the pack does not have"),
        ("label: refuted", "label: not_checkable", "supported, refuted or conflicting"),
        ("id: cc-altona", "id: altona-1", "two entries have the id"),
    ],
)
def test_a_checked_claim_that_does_not_stand_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    with pytest.raises(PackError, match=complaint):
        read_pack(_written(tmp_path, PACK + CHECKED.replace(old, new)))


def test_a_translation_of_no_entry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="altona-9"):
        read_pack(_written(tmp_path, PACK + "translations:\n  altona-9: {ro: {title: Podul, statement: Podul s-a redeschis.}}\n"))


def test_every_shipped_entry_is_translated_into_the_other_languages() -> None:
    for file in pack_files([SHIPPED_PACKS]):
        pack = read_pack(file)
        assert {entry.id for entry in pack.entries} == set(pack.translations)
        assert all(set(versions) == {"ro", "uk", "ru"} for versions in pack.translations.values())


ARCHIVED: dict[str, object] = {
    "id": "a1",
    "label": "refuted",
    "language": "en",
    "text": "The bridge reopened in June 2024.",
    "translations": {"ro": "Podul s-a redeschis în iunie 2024."},
    "entry": "altona-1",
    "quote": "On 3 May 2024 the bridge reopened.",
}


def _archive(folder: Path, *claims: dict[str, object] | str) -> Path:
    path = _written(folder, PACK)
    lines = [claim if isinstance(claim, str) else json.dumps(claim, ensure_ascii=False) for claim in claims]
    archive_file(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_an_archive_beside_the_pack_brings_checked_claims(tmp_path: Path) -> None:
    path = _archive(tmp_path, ARCHIVED, "", {**ARCHIVED, "id": "a2", "label": "not_enough_evidence", "translations": {}})
    first, second = checked_claims(read_pack(path))
    assert first.wordings == [("en", "The bridge reopened in June 2024.")]
    assert first.translations == {"ro": "Podul s-a redeschis în iunie 2024."}
    assert [(quote.entry, quote.words) for quote in first.quotes] == [("altona-1", "On 3 May 2024 the bridge reopened.")]
    assert second.label is Label.NOT_ENOUGH_EVIDENCE


def test_a_change_of_the_archive_is_a_change_of_the_pack(tmp_path: Path) -> None:
    before = digest(_archive(tmp_path, ARCHIVED))
    assert digest(_archive(tmp_path, {**ARCHIVED, "label": "supported"})) != before
    archive_file(tmp_path / "pack.yaml").unlink()
    assert digest(tmp_path / "pack.yaml") != before


@pytest.mark.parametrize(
    ("claim", "complaint"),
    [
        ("{", "line 2: claim: Invalid JSON"),
        ({**ARCHIVED, "id": "a2", "quote": "The bridge fell."}, "line 2: 'The bridge fell.' does not stand in entry 'altona-1'"),
        ({**ARCHIVED, "id": "a2", "entry": "altona-9"}, "line 2: the pack 'altona' has no entry 'altona-9'"),
        ({**ARCHIVED, "id": "a2", "label": "not_checkable"}, "line 2: label:"),
        ({**ARCHIVED, "id": "a2", "txt": "?"}, "line 2: txt:"),
        (ARCHIVED, "line 2: the id 'a1' is given twice"),
    ],
    ids=["no JSON", "a quote that does not stand", "an unknown entry", "a label that decides nothing", "an unknown field", "an id twice"],
)
def test_an_archived_claim_that_does_not_stand_is_refused_with_its_line(
    tmp_path: Path, claim: dict[str, object] | str, complaint: str
) -> None:
    with pytest.raises(PackError, match=r"claims\.jsonl: ") as refused:
        read_pack(_archive(tmp_path, ARCHIVED, claim))
    assert complaint in str(refused.value)


@pytest.mark.parametrize(("later", "why"), [("altona-9", "does not have"), ("altona-1", "not later")])
def test_an_entry_is_overtaken_only_by_a_later_one_of_its_pack(tmp_path: Path, later: str, why: str) -> None:
    file = _written(tmp_path, PACK + f"    overtaken_by: [{later}]\n")
    with pytest.raises(PackError, match=why):
        read_pack(file)
