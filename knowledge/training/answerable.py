"""Labelled questions in, the weights that tell answerable from unanswerable ones out: `python -m knowledge.training.answerable` (needs scikit-learn).

Only questions that the entailment model was not trained on are used: those about entries of the development split, and those without sentence numbers.
"""

from __future__ import annotations

import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from knowledge.claims import ClaimFinder
from knowledge.embeddings import EmbeddedE5
from knowledge.entailment import EntailmentModel
from knowledge.explain import WEIGHTS, Explainer, features
from knowledge.training.data import development, index, packs, questions

ANSWERED = 0.88
"""Of the answerable questions, so many are to be answered."""


def main() -> None:
    _, retriever = index()
    explainer = Explainer(retriever, EntailmentModel(), ClaimFinder(EmbeddedE5()))
    known = {entry.id for pack in packs() for entry in pack.entries}
    rows = [row for row in questions() if "sentences" not in row or (row["about_entry"] in known and development(row["about_entry"]))]
    values, truth, picked = [], [], []
    for row in rows:
        about = row.get("about")
        found = explainer.search(row["question"], about)
        read = explainer.read(f"{row['question']} {about}" if about else row["question"], found)
        values.append(features(f"{about}\n{row['question']}" if about else row["question"], found, read, about=about is not None))
        truth.append(row["answerable"] if "answerable" in row else bool(row["sentences"]))
        entries = row.get("entries") or ([row["about_entry"]] if row.get("sentences") else [])
        picked.append(read[0].evidence.passage.document_id in entries)
    data, labels = np.array(values), np.array(truth, dtype=int)
    mean, scale = data.mean(0), np.maximum(data.std(0), 1e-3)
    model = LogisticRegression(C=0.3, max_iter=2000)
    shares = cross_val_predict(
        model, (data - mean) / scale, labels, cv=StratifiedKFold(10, shuffle=True, random_state=7), method="predict_proba"
    )[:, 1]
    threshold = float(np.quantile(shares[labels == 1], 1 - ANSWERED))
    print(
        f"{len(rows)} questions, {labels.sum()} answerable; the entry that answers read first: {np.mean(np.array(picked)[labels == 1]):.3f}"
    )
    for step in (threshold, 0.4, 0.5, 0.6):
        print(
            f"threshold {step:.3f}: answered {np.mean(shares[labels == 1] >= step):.3f}, abstained on unanswerable {np.mean(shares[labels == 0] < step):.3f}"
        )
    model.fit((data - mean) / scale, labels)
    weights = {
        "coefficients": np.round(model.coef_[0], 5).tolist(),
        "intercept": round(float(model.intercept_[0]), 5),
        "mean": np.round(mean, 5).tolist(),
        "scale": np.round(scale, 5).tolist(),
        "threshold": round(threshold, 3),
    }
    WEIGHTS.write_text(json.dumps(weights) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
