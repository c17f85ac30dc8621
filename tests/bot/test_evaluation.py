from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.evaluation import curve, last_report
from knowledge.judge import CERTAINTIES


def test_the_curve_counts_what_is_decided_and_right_at_each_operating_point() -> None:
    cautious = dict.fromkeys(CERTAINTIES[1:], "not_enough_evidence")
    rows: list[dict[str, Any]] = [
        {"label": "supported", "given": "supported", "at": {CERTAINTIES[0]: "supported", **cautious}},
        {"label": "supported", "given": "supported", "at": {CERTAINTIES[0]: "refuted", **cautious}},
        {"label": "not_enough_evidence", "given": "not_enough_evidence", "at": dict.fromkeys(CERTAINTIES, "not_enough_evidence")},
        {"label": "not_checkable", "given": "not_checkable", "at": {}},
    ]
    first, *others = curve(rows)
    assert (first.certainty, first.decided, first.right, first.true_refuted) == (CERTAINTIES[0], 0.6667, 0.5, 0.5)
    assert all((point.decided, point.true_refuted) == (0, 0) for point in others)


def test_a_new_install_shows_what_was_measured_of_its_version(tmp_path: Path) -> None:
    shipped = last_report(tmp_path)
    assert shipped is not None
    assert {"true claims called refuted", "quotes literal", "answered with the key fact"} <= {figure.name for figure in shipped.figures}
    assert [point.certainty for point in shipped.curve] == list(CERTAINTIES)
    (tmp_path / "accuracy.json").write_text("{", encoding="utf-8")
    assert last_report(tmp_path) == shipped


def test_an_operators_own_report_comes_first(tmp_path: Path) -> None:
    shipped = last_report(tmp_path)
    assert shipped is not None
    own = shipped.model_copy(update={"claims": 7})
    (tmp_path / "accuracy.json").write_text(own.model_dump_json(), encoding="utf-8")
    assert last_report(tmp_path) == own
