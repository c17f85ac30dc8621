"""Labelled claims in, the judge's weights out: `python -m knowledge.training.judge` (needs scikit-learn)."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from knowledge.domain import Label
from knowledge.embeddings import EmbeddedE5
from knowledge.judge import LABELS, READ, WEIGHTS, Judge
from knowledge.training.data import claims, index

STRENGTH = 0.03
PRECISION = 0.9
"""Of the decided verdicts, so many are to be right at the operating point."""
FEWEST = 25
"""A threshold that fewer claims pass rests on too little."""


def thresholds(shares: np.ndarray, truth: np.ndarray) -> list[float]:
    """For each label the lowest share from which on enough of its verdicts are right; out of reach where none is."""
    return [_threshold(shares[:, at], shares.argmax(1) == at, truth == at) for at in range(3)] + [0.0]


def _threshold(share: np.ndarray, likeliest: np.ndarray, right: np.ndarray) -> float:
    for step in np.arange(0.4, 0.99, 0.01):
        chosen = likeliest & (share >= step)
        if chosen.sum() >= FEWEST and right[chosen].mean() >= PRECISION:
            return round(float(step), 2)
    return 1.01


def report(shares: np.ndarray, truth: np.ndarray, floors: list[float]) -> None:
    for name, limits in (("likeliest label", [0.0] * 4), ("operating point", floors)):
        guess = shares.argmax(1)
        low = [shares[row, at] < limits[at] for row, at in enumerate(guess)]
        guess = np.where(low, 3, guess)
        f1 = [2 * np.sum((guess == c) & (truth == c)) / max(1, np.sum(guess == c) + np.sum(truth == c)) for c in range(4)]
        decided = guess < 3
        print(
            f"{name}: accuracy {np.mean(guess == truth):.3f}, F1 {[round(float(f), 3) for f in f1]} macro {np.mean(f1):.3f}, decided {decided.mean():.3f}, "
            f"of these right {np.mean(guess[decided] == truth[decided]):.3f}, true called false {np.mean(guess[truth == 0] == 1):.3f}"
        )


def main() -> None:
    _, retriever = index()
    encoder = EmbeddedE5()
    judge = Judge(encoder)
    used = [row for row in claims() if row["label"] != "not_checkable"]
    values = []
    for row in used:
        found = retriever.find(row["text"], READ, vector=encoder.embed_query(row["text"]))
        values.append(judge.features(row["text"], judge.read(row["text"], found.evidence), found))
    data, truth = np.array(values), np.array([LABELS.index(Label(row["label"])) for row in used])
    groups = np.array([(row["entries"] or [row["id"]])[0] for row in used])
    mean, scale = _standard(data)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    shares = cross_val_predict(model, (data - mean) / scale, truth, groups=groups, cv=GroupKFold(10), method="predict_proba")
    floors = thresholds(shares, truth)
    print(f"{len(used)} claims, cross-validated by entry; thresholds {floors}")
    report(shares, truth, floors)
    model.fit((data - mean) / scale, truth)
    np.savez_compressed(
        WEIGHTS,
        coefficients=model.coef_.astype(np.float16),
        intercepts=model.intercept_.astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        thresholds=np.array(floors, dtype=np.float32),
    )


def _standard(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The counted features are standardized, the differences of meaning left as they are."""
    plain = len(data[0]) - 6 * 384
    mean, scale = np.zeros(data.shape[1]), np.ones(data.shape[1])
    mean[:plain], scale[:plain] = data[:, :plain].mean(0), np.maximum(data[:, :plain].std(0), 0.1)
    return mean, scale


if __name__ == "__main__":
    main()
