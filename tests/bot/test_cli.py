"""The command as a person or a newsroom's script uses it: the real process, its exit status and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.inputs import SAMPLE

ROOT = Path(__file__).parents[2]
LABELS = {"supported", "refuted", "conflicting", "not_enough_evidence", "not_checkable"}
DECIDED = LABELS - {"not_enough_evidence", "not_checkable"}


@pytest.fixture
def footnote(shipped_dir: Path, tmp_path: Path) -> Any:
    def run(*words: str, given: str | bytes | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "FOOTNOTE_DATA_DIR": str(shipped_dir), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
        env |= {f"FOOTNOTE_{name}": value for name, value in settings.items()}
        stdin = given.encode() if isinstance(given, str) else given or b""
        done = subprocess.run([sys.executable, "-m", "bot", *words], input=stdin, capture_output=True, env=env, cwd=tmp_path, check=False)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def _rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def _file(folder: Path, *rows: object) -> str:
    path = folder / "in.jsonl"
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows), encoding="utf-8"
    )
    return str(path)


def _passages(footnote: Any, folder: Path, texts: list[str]) -> dict[str, str]:
    found = footnote("search", "--batch", _file(folder, *({"id": n, "text": text} for n, text in enumerate(texts))), "--limit", "50")
    return {result["passage_id"]: result["text"] for row in _rows(found.stdout) for result in row["results"]}


def test_the_sample_is_taken_apart_and_every_decision_is_cited(footnote: Any) -> None:
    done = footnote("check", "--sample", "--json")
    assert done.returncode == 0, done.stderr
    checked = json.loads(done.stdout)
    article = SAMPLE.read_text(encoding="utf-8")
    assert checked["verdicts"]
    assert checked["opinions"] > 0
    for verdict in checked["verdicts"]:
        claim = verdict["claim"]
        assert article[claim["start"] : claim["end"]] == claim["quote"]
        assert verdict["label"] in LABELS
        assert verdict["citations"] or verdict["label"] not in DECIDED


def test_the_readable_form_shows_label_quote_publisher_and_link(footnote: Any) -> None:
    done = footnote("check", "--sample")
    assert done.returncode == 0, done.stderr
    assert "https://" in done.stdout
    assert "sentences read" in done.stdout
    assert "[1]" in done.stdout


def test_a_question_is_answered_with_a_quote_and_its_source(footnote: Any) -> None:
    done = footnote("ask", "How many electoral votes did Trump win in 2024?", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert not answer["abstained"]
    assert any("312" in citation["quote"] for citation in answer["citations"])
    assert all(citation["url"] and citation["publisher"] for citation in answer["citations"])


def test_what_the_sources_do_not_hold_is_said_to_be_missing(footnote: Any) -> None:
    answer = json.loads(footnote("ask", "What is the best recipe for pancakes?", "--json").stdout)
    assert answer["abstained"]
    assert answer["missing"]
    assert answer["citations"] == []


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("When did the Romanian court annul the election?", "ro-2024-12-06-annulment-ruling-32"),
        ("Când a anulat CCR alegerile prezidențiale?", "ro-2024-12-06-annulment-ruling-32"),
        ("Коли Конституційний суд Румунії скасував вибори президента?", "ro-2024-12-06-annulment-ruling-32"),
        ("Когда Конституционный суд Румынии отменил президентские выборы?", "ro-2024-12-06-annulment-ruling-32"),
    ],
)
def test_a_question_in_any_of_the_four_languages_finds_the_english_entry(footnote: Any, question: str, entry: str) -> None:
    results = json.loads(footnote("search", question, "--json").stdout)["results"]
    assert entry in [result["entry_id"] for result in results]


def test_batch_answers_every_line_in_order_and_goes_on_after_a_bad_one(footnote: Any, tmp_path: Path) -> None:
    rows = [
        {"id": "good", "text": "Trump was sworn in on 20 January 2025."},
        "{not json",
        {"id": "empty", "text": "  "},
        {"id": "none"},
        {"text": "no id"},
        [1, 2],
        {"id": 7, "text": "What a shame!"},
    ]
    done = footnote("check", "--as", "claim", "--batch", _file(tmp_path, *rows))
    found = _rows(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in found] == ["good", None, "empty", "none", None, None, 7]
    assert ["error" in row for row in found] == [False, True, True, True, True, True, False]
    assert set(found[0]) >= {"id", "label", "confidence", "rationale", "citations", "as_of", "latency_ms"}


def test_every_quote_of_a_batch_stands_at_its_offset_in_the_passage_that_search_shows(footnote: Any, tmp_path: Path) -> None:
    texts = ["Trump won 312 electoral votes.", "The Romanian court annulled the election.", "Russia fully controls the four regions."]
    stored = _passages(footnote, tmp_path, texts)
    checked = _rows(footnote("check", "--as", "claim", "--batch", _file(tmp_path, *({"id": t, "text": t} for t in texts))).stdout)
    asked = _rows(footnote("ask", "--batch", _file(tmp_path, *({"id": t, "question": f"Is it true? {t}"} for t in texts))).stdout)
    citations = [citation for row in (*checked, *asked) for citation in row["citations"]]
    assert citations
    for citation in citations:
        assert stored[citation["passage_id"]][citation["start"] : citation["end"]] == citation["quote"]


def test_given_evidence_replaces_the_index(footnote: Any, tmp_path: Path) -> None:
    text = "The mayor reopened the bridge on 3 May 2024. It had been shut for 14 months."
    given = [{"text": text, "url": "https://example.org/b", "title": "Bridge", "date": "2024-05-03"}]
    row = {"id": 1, "text": "The bridge reopened on 3 May 2024.", "question": "When did the bridge reopen?", "evidence": given}
    path = _file(tmp_path, row)
    for command in (("check", "--as", "claim"), ("ask",)):
        [found] = _rows(footnote(*command, "--batch", path).stdout)
        assert all(citation["entry_id"] == "evidence-1" for citation in found["citations"])
        assert all(text[citation["start"] : citation["end"]] == citation["quote"] for citation in found["citations"])
    [nothing] = _rows(footnote("check", "--as", "claim", "--batch", _file(tmp_path, {**row, "evidence": []})).stdout)
    assert nothing["label"] == "not_enough_evidence"


def test_claims_are_listed_with_span_and_worth(footnote: Any, tmp_path: Path) -> None:
    text = "What a day! On 6 December 2024 the court annulled the election. I feel sad about it."
    [row] = _rows(footnote("claims", "--batch", _file(tmp_path, {"id": 1, "text": text})).stdout)
    by_quote = {claim["quote"]: claim for claim in row["claims"]}
    assert all(text[claim["start"] : claim["end"]] == claim["quote"] and 0 <= claim["worth"] <= 1 for claim in row["claims"])
    assert by_quote["On 6 December 2024 the court annulled the election."]["not_checkable"] is None
    assert by_quote["I feel sad about it."]["not_checkable"] is not None


def test_the_same_input_gives_the_same_bytes(footnote: Any) -> None:
    assert footnote("check", "--sample", "--json").stdout == footnote("check", "--sample", "--json").stdout


@pytest.mark.parametrize(
    ("words", "given", "status", "says"),
    [
        (("check", ""), None, 2, "no text"),
        (("check", "-"), "   \n", 2, "no text"),
        (("check", "-"), "word " * 250_000, 2, "too long"),
        (("check", "-"), b"\x7fELF\x00\x00\x01", 2, "not a text file"),
        (("check", "-"), b"\xff\xfeabc", 2, "not UTF-8"),
        (("check", "missing.txt"), None, 2, "no such file"),
        (("check",), None, 2, "Give a text"),
        (("ask",), None, 2, "Give a question"),
        (("check", "--batch", "missing.jsonl"), None, 2, "No such file"),
        (("ingest", "missing.yaml"), None, 1, "no such file"),
        (("ingest", "--remove", "nothing"), None, 1, "no pack 'nothing'"),
        (("search", "x", "--dated", "soon"), None, 2, "not a date"),
        (("run",), None, 2, "FOOTNOTE_TELEGRAM_TOKEN"),
        (("check", "--as", "poem", "x"), None, 2, "poem"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_a_status(
    footnote: Any, words: tuple[str, ...], given: str | bytes | None, status: int, says: str
) -> None:
    done = footnote(*words, given=given)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_written_is_told(footnote: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = footnote("ask", "Who won?", DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "FOOTNOTE_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(footnote: Any) -> None:
    done = footnote("ask", "Who won?", MAX_CLAIMS="many")
    assert done.returncode == 2
    assert "FOOTNOTE_MAX_CLAIMS" in done.stderr


def test_another_embedding_model_than_the_index_has_is_told(footnote: Any) -> None:
    done = footnote("ask", "Who won?", EMBEDDINGS="nobody:nothing")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_help_names_every_command(footnote: Any) -> None:
    shown = footnote("--help").stdout
    assert all(command in shown for command in ("ask", "check", "claims", "ingest", "run", "search"))
