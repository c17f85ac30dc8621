from __future__ import annotations

from typing import Any

from bot.evaluation import curve
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
