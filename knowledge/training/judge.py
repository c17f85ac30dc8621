"""Labelled claims in, the judge's weights out: `python -m knowledge.training.judge` (needs scikit-learn).

Only claims about entries that the entailment model has not seen in training are used: on the others it is surer than it may be.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from knowledge.domain import Label
from knowledge.entailment import EntailmentModel
from knowledge.judge import CERTAINTIES, LABELS, READ, WEIGHTS, Judge
from knowledge.training.data import claims, development, index, owner

STRENGTH = 0.003
FEWEST = 20
"""A threshold that fewer claims pass rests on too little."""


FALSELY_REFUTED = 0.01
"""At most so many of the true claims may be called refuted, at whatever certainty."""


def thresholds(shares: np.ndarray, truth: np.ndarray, certainty: float) -> list[float]:
    """For each label the lowest share from which on enough of its verdicts are right; out of reach where none is."""
    floors = [_threshold(shares[:, at], shares.argmax(1) == at, truth == at, certainty) for at in range(3)]
    surest = np.sort(shares[(truth == 0) & (shares.argmax(1) == 1), 1])[::-1]
    allowed = int(FALSELY_REFUTED * np.sum(truth == 0))
    harmless = round(float(surest[allowed]) + 0.0005, 3) if len(surest) > allowed else 0.0
    return [floors[0], max(floors[1], harmless), floors[2], 0.0]


def _threshold(share: np.ndarray, likeliest: np.ndarray, right: np.ndarray, certainty: float) -> float:
    for step in np.arange(0.3, 0.995, 0.005):
        chosen = likeliest & (share >= step)
        if chosen.sum() >= FEWEST and right[chosen].mean() >= certainty:
            return round(float(step), 3)
    return 1.01


def report(name: str, shares: np.ndarray, truth: np.ndarray, floors: list[float]) -> None:
    guess = shares.argmax(1)
    guess = np.where([shares[row, at] < floors[at] for row, at in enumerate(guess)], 3, guess)
    f1 = [2 * np.sum((guess == c) & (truth == c)) / max(1, np.sum(guess == c) + np.sum(truth == c)) for c in range(4)]
    decided = guess < 3
    print(
        f"{name}: thresholds {floors}, accuracy {np.mean(guess == truth):.3f}, F1 {[round(float(f), 3) for f in f1]} macro {np.mean(f1):.3f}, "
        f"decided {decided.mean():.3f}, of these right {np.sum(guess[decided] == truth[decided]) / max(1, decided.sum()):.3f}, "
        f"true called false {np.mean(guess[truth == 0] == 1):.3f}"
    )


def main() -> None:
    _, retriever = index()
    judge = Judge(EntailmentModel())
    used = [row for row in claims() if row["label"] != "not_checkable" and development(owner(row))]
    values = []
    for row in used:
        values.append(judge.features(row["text"], judge.read(row["text"], retriever.search(row["text"], READ))))
    data, truth = np.array(values), np.array([LABELS.index(Label(row["label"])) for row in used])
    groups = np.array([owner(row) for row in used])
    mean, scale = data.mean(0), np.maximum(data.std(0), 0.1)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    shares = cross_val_predict(model, (data - mean) / scale, truth, groups=groups, cv=GroupKFold(10), method="predict_proba")
    print(f"{len(used)} claims, cross-validated by entry")
    report("likeliest label", shares, truth, [0.0] * 4)
    floors = [thresholds(shares, truth, certainty) for certainty in CERTAINTIES]
    for certainty, limits in zip(CERTAINTIES, floors, strict=True):
        report(f"certainty {certainty}", shares, truth, limits)
    model.fit((data - mean) / scale, truth)
    np.savez_compressed(
        WEIGHTS,
        coefficients=model.coef_.astype(np.float32),
        intercepts=model.intercept_.astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        thresholds=np.array(floors, dtype=np.float32),
    )


if __name__ == "__main__":
    main()
