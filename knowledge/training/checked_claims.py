"""Labelled claims in, how often a match with a checked claim gives their label out: `python -m knowledge.training.checked_claims`.

Only claims about the entries that checked claims quote can match one; those that the entailment model was trained on are counted apart.
"""

from __future__ import annotations

from itertools import product

from knowledge.checked_claims import CheckedClaims, Limits
from knowledge.embeddings import EmbeddedE5
from knowledge.entailment import EntailmentModel
from knowledge.training.data import claims, development, index, owner


def main() -> None:
    store, _ = index()
    encoder, model = EmbeddedE5(), EntailmentModel()
    quoted = {quote.entry for checked in store.checked_claims() for quote in checked.quotes}
    rows = [row for row in claims() if row["label"] != "not_checkable" and owner(row) in quoted]
    for similarity, forth in product((0.88, 0.9, 0.92), (0.5, 0.65, 0.8)):
        matcher = CheckedClaims(store, encoder, model, Limits(similarity, forth, forth - 0.2))
        found = [(row, match) for row in rows if (match := matcher.match(row["text"]))]
        wrong = [(row, match) for row, match in found if match.checked.label.value != row["label"]]
        unseen = [row for row, _ in found if development(owner(row))]
        print(
            f"{Limits(similarity, forth, forth - 0.2)}: {len(found)} of {len(rows)} match, {len(wrong)} wrongly; {len(unseen)} of them unseen in training"
        )
    for row, match in wrong:
        print(f"  {row['label']} as {match.checked.label.value}: {row['text']} / {match.wording}")


if __name__ == "__main__":
    main()
