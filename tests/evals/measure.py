"""Held-out claims, questions and sentences in, quality figures out: `python -m tests.evals.measure` prints those of the README.

The held-out material was written from the packs alone, before the judge was built, by people who had not seen the code, about entries
that no training claim is about. It is never used for tuning.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.parts import Parts
from bot.settings import Settings
from knowledge.domain import Label

HERE = Path(__file__).parent
Row = dict[str, Any]


def read(name: str, every: int = 1) -> list[Row]:
    """The rows of a held-out file, or each n-th of them."""
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()][::every]


def retrieval(parts: Parts, rows: Sequence[Row]) -> dict[str, float]:
    """How often an entry that decides the claim is the first found, or among the first five or twenty."""
    decided = [row for row in rows if row["entries"]]
    ranks = []
    for row in decided:
        found = [evidence.passage.document_id for evidence in parts.retriever.search(row["text"], 20)]
        ranks.append(min((found.index(entry) for entry in row["entries"] if entry in found), default=99))
    return {f"among first {k}": _share(rank < k for rank in ranks) for k in (1, 5, 20)}


def verdicts(parts: Parts, rows: Sequence[Row]) -> dict[str, float]:
    """Of the verdicts that decide: the share, and how many are right; true claims called refuted; quotes that are literal."""
    given = [(row, parts.fact_checker.check_claim(row["text"])) for row in rows]
    decided = [(row, verdict) for row, verdict in given if verdict.label.decided]
    citations = [citation for _, verdict in given for citation in verdict.citations]
    labels = list(Label)
    f1 = [_f1([(row["label"], verdict.label.value) for row, verdict in given], label.value) for label in labels]
    return {
        "macro-F1 of five labels": sum(f1) / len(f1),
        "decided": len(decided) / len(given),
        "decided and right": _share(row["label"] == verdict.label.value for row, verdict in decided),
        "true called refuted": _share(v.label is Label.REFUTED for row, v in given if row["label"] == "supported"),
        "opinions called checkable": _share(v.label is not Label.NOT_CHECKABLE for row, v in given if row["label"] == "not_checkable"),
        "claims called not checkable": _share(v.label is Label.NOT_CHECKABLE for row, v in given if row["label"] != "not_checkable"),
        "quotes literal": _share(c.passage.text[c.start : c.end] == c.quote for c in citations),
    }


def answers(parts: Parts, rows: Sequence[Row]) -> dict[str, float]:
    """Answerable questions answered, and with the key fact among the quoted words; unanswerable ones abstained on."""
    given = [(row, parts.explainer.answer(row["question"], row.get("about"))) for row in rows]
    known = [(row, answer) for row, answer in given if row["answerable"]]
    return {
        "answered": _share(not answer.abstained for _, answer in known),
        "with the key fact": _share(any(key.lower() in c.quote.lower() for c in a.citations for key in row["key"]) for row, a in known),
        "abstained where unanswerable": _share(answer.abstained for row, answer in given if not row["answerable"]),
    }


def checkworthiness(parts: Parts, rows: Sequence[Row]) -> dict[str, float]:
    """Sentences told rightly to be checkable or not."""
    given = [(row["checkable"], parts.claim_finder.read(row["text"]).not_checkable is None) for row in rows]
    return {
        "right": _share(truth == guess for truth, guess in given),
        "checkable ones found": _share(guess for truth, guess in given if truth),
    }


def _share(hits: Any) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 1.0


def _f1(pairs: Sequence[tuple[str, str]], label: str) -> float:
    hits = sum(truth == guess == label for truth, guess in pairs)
    return 2 * hits / max(1, sum((truth == label) + (guess == label) for truth, guess in pairs))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        parts = Parts(Settings(_env_file=None, data_dir=Path(folder)))
        parts.ensure_index()
        for title, measure, name in (
            ("Retrieval", retrieval, "claims"),
            ("Verdicts", verdicts, "claims"),
            ("Answers", answers, "questions"),
            ("Check-worthiness", checkworthiness, "sentences"),
        ):
            rows = read(name)
            figures = ", ".join(f"{key} {value:.1%}" for key, value in measure(parts, rows).items())
            print(f"{title} ({len(rows)} rows): {figures}", flush=True)


if __name__ == "__main__":
    main()
