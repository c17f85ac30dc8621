"""Labelled claims in, how often a match with a checked claim gives their label out: `python -m knowledge.training.checked_claims`.

Only claims about entries that the entailment model was not trained on; a claim's own group, versions of one another by one author, cannot match it.
"""

from __future__ import annotations

from itertools import product

from knowledge.checked_claims import CheckedClaims, Limits
from knowledge.embeddings import EmbeddedE5
from knowledge.entailment import EntailmentModel
from knowledge.training.data import index
from knowledge.training.judge import labelled, precedents


def main() -> None:
    store, _ = index()
    checked, rows = CheckedClaims(store, EmbeddedE5(), EntailmentModel()), labelled()
    read = [(row, precedents(checked, row)) for row in rows]
    for limits in (Limits(similarity, share, share) for similarity, share in product((0.86, 0.88, 0.9), (0.5, 0.6, 0.7, 0.8))):
        found = [(row, match) for row, near in read if (match := next((one for one in near if one.says_the_same(limits)), None))]
        right = sum(match.wording.label.value == row["label"] for row, match in found)
        print(f"{limits}: {len(found)} of {len(rows)} match, {right} of them rightly ({right / max(1, len(found)):.1%})")


if __name__ == "__main__":
    main()
