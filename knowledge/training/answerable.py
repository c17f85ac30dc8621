"""Labelled questions in, the weights that tell answerable from unanswerable ones out: `python -m knowledge.training.answerable` (needs scikit-learn)."""

from __future__ import annotations

import json

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from knowledge.explain import WEIGHTS, Explainer, features
from knowledge.training.data import index, read

ANSWERED = 0.92
"""Of the answerable questions, so many are to be answered."""


def main() -> None:
    _, retriever = index()
    explainer = Explainer(retriever)
    rows = read("questions.jsonl")
    found = [explainer.search(row["question"], row.get("about")) for row in rows]
    whole = [f"{row['about']}\n{row['question']}" if row.get("about") else row["question"] for row in rows]
    data = np.array([features(text, evidence) for text, evidence in zip(whole, found, strict=True)])
    truth = np.array([row["answerable"] for row in rows], dtype=int)
    mean, scale = data.mean(0), np.maximum(data.std(0), 1e-3)
    model = LogisticRegression(C=0.3, max_iter=2000)
    shares = cross_val_predict(
        model, (data - mean) / scale, truth, cv=StratifiedKFold(10, shuffle=True, random_state=7), method="predict_proba"
    )[:, 1]
    threshold = float(np.quantile(shares[truth == 1], 1 - ANSWERED))
    hits = [
        any(e in row["entries"] for e in (one.passage.document_id for one in evidence[:3]))
        for row, evidence in zip(rows, found, strict=True)
    ]
    print(f"{len(rows)} questions; entry among the first three {np.mean([h for h, t in zip(hits, truth, strict=True) if t]):.3f}")
    for step in (threshold, 0.4, 0.5, 0.6):
        print(
            f"threshold {step:.3f}: answered {np.mean(shares[truth == 1] >= step):.3f}, abstained on unanswerable {np.mean(shares[truth == 0] < step):.3f}"
        )
    model.fit((data - mean) / scale, truth)
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
