"""Labelled claims in, the judge's weights out: `python -m knowledge.training.judge` (needs scikit-learn).

Most are claims about entries that the entailment model has not seen in training, the others are new to it and about entries that it knows from
other claims, as it knows most that ship: on claims that it has seen it is surer than it may be. A claim's
precedents are what others wrote: not its own group, versions of one another by one author.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from ingest.packs import FACT
from knowledge.checked_claims import CheckedClaims, Precedent, chosen
from knowledge.domain import Label
from knowledge.embeddings import EmbeddedE5
from knowledge.entailment import EntailmentModel
from knowledge.judge import ALONE, CERTAINTIES, LABELS, READ, WEIGHTS, WITH_PRECEDENTS, Judge, precedent_features, visibly_differs
from knowledge.training.data import COMPOUND, claims, development, held_out, index, loose_claims, owner

STRENGTH = 0.007
FEWEST = 20
"""A threshold that fewer claims pass rests on too little."""
SLACK = 0.05
"""By so much a single label may be right less often than all that is decided."""
FALSELY_REFUTED = 0.005
"""At most so many of the true claims may be called refuted, at whatever certainty: half of what is aimed at, since what people write is harder than what was written here."""
MARGIN = 0.01
"""By so much `refuted` must be surer than of any true claim where no point visibly differs."""
OUT_OF_REACH = 1.01
"""A threshold that no share passes."""
UNSEEN, SEEN = 3, 2
"""Of the loosely worded claims each third about entries that the network never saw and each second about others, so that no kind outweighs the archive; of those of several parts all that there are."""
EASY = "plain"
"""Claims of this kind are learned from but no threshold rests on them: a certainty that holds with their help does not hold for claims in looser words."""


def thresholds(shares: np.ndarray, truth: np.ndarray, differs: np.ndarray, certainty: float) -> list[float]:
    """For each label the share from which on it is said, so that most is decided and, of all that is, enough is right; out of reach where none is.

    No label may be right much less often than all together. `refuted` counts only where a point visibly differs: where none does it has a threshold of its own, `contrary`.
    """
    sayable = _sayable(shares, differs)
    surest = np.sort(shares[(truth == 0) & (sayable == 1), 1])[::-1]
    allowed = int(FALSELY_REFUTED * np.sum(truth == 0))
    harmless = round(float(surest[allowed]) + 0.0005, 3) if len(surest) > allowed else 0.0
    steps = [_steps(shares[:, at], sayable == at, truth == at, certainty - SLACK, harmless if at == 1 else 0.0) for at in range(3)]
    counts = sum(np.expand_dims([step.said for step in steps[at]], [other for other in range(3) if other != at]) for at in range(3))
    right = sum(np.expand_dims([step.right for step in steps[at]], [other for other in range(3) if other != at]) for at in range(3))
    held = np.where(right >= certainty * counts, counts, -1)
    best = np.unravel_index(int(held.argmax()), held.shape)
    return [*(steps[at][int(best[at])].floor for at in range(3)), 0.0]


class _Step(NamedTuple):
    """A threshold of a label, how often it is then said, and how often rightly."""

    floor: float
    said: int
    right: int


def _steps(share: np.ndarray, sayable: np.ndarray, right: np.ndarray, least: float, lowest: float) -> list[_Step]:
    """The thresholds that a label may have, the first of them out of reach."""
    found = [_Step(OUT_OF_REACH, 0, 0)]
    for floor in np.arange(max(0.3, lowest), 0.995, 0.005):
        said = sayable & (share >= floor)
        if said.sum() >= FEWEST and right[said].mean() >= least:
            found.append(_Step(round(float(floor), 3), int(said.sum()), int(right[said].sum())))
    return found


def _sayable(shares: np.ndarray, differs: np.ndarray, contrary: float = OUT_OF_REACH) -> np.ndarray:
    """The likeliest label of each claim, as far as it may be said: `refuted` where a point visibly differs, or its share reaches `contrary`."""
    likeliest = shares.argmax(1)
    return np.where((likeliest == 1) & ~differs & (shares[:, 1] < contrary), 3, likeliest)


def contrary(shares: np.ndarray, truth: np.ndarray, differs: np.ndarray, certainty: float) -> float:
    """The share from which on `refuted` is said though no point visibly differs: well above that of any true claim, and right often enough."""
    turned = (shares.argmax(1) == 1) & ~differs
    surest = float(shares[turned & (truth == 0), 1].max(initial=0.0))
    return next((step.floor for step in _steps(shares[:, 1], turned, truth == 1, certainty, surest + MARGIN)[1:]), OUT_OF_REACH)


def report(name: str, shares: np.ndarray, truth: np.ndarray, guess: np.ndarray, floors: list[float]) -> None:
    guess = np.where([shares[row, at] < floors[at] for row, at in enumerate(guess)], 3, guess)
    f1 = [2 * np.sum((guess == c) & (truth == c)) / max(1, np.sum(guess == c) + np.sum(truth == c)) for c in range(4)]
    decided = guess < 3
    print(
        f"{name}: thresholds {floors}, accuracy {np.mean(guess == truth):.3f}, F1 {[round(float(f), 3) for f in f1]} macro {np.mean(f1):.3f}, "
        f"decided {decided.mean():.3f}, of these right {np.sum(guess[decided] == truth[decided]) / max(1, decided.sum()):.3f}, "
        f"true called false {np.mean(guess[truth == 0] == 1):.3f}"
    )


def labelled() -> list[dict[str, Any]]:
    archived = [
        row
        for row in claims()
        if row["label"] != "not_checkable" and row["kind"] != FACT and development(owner(row)) and owner(row) not in held_out()
    ]
    return [*archived, *loose_claims(seen=False)[::UNSEEN], *loose_claims(seen=True)[::SEEN], *loose_claims(COMPOUND, seen=False)]


@cache
def groups() -> dict[str, str]:
    return {row["id"]: row["group"] for row in claims()}


def precedents(checked: CheckedClaims, row: dict[str, Any]) -> list[Precedent]:
    """What others wrote that comes near."""
    return checked.read(row["text"], chosen([one for one in checked.near(row["text"]) if groups().get(one.checked_id) != row["group"]]))


def read(rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the sources say of each claim, what its precedents say (nothing where it has none), and whether a point visibly differs."""
    store, retriever = index()
    model = EntailmentModel()
    judge, checked = Judge(model), CheckedClaims(store, EmbeddedE5(), model)
    sources, before, differs = [], [], []
    for row in rows:
        readings = judge.read(row["text"], retriever.search(row["text"], READ))
        sources.append(judge.features(row["text"], readings))
        differs.append(visibly_differs(readings))
        near = precedents(checked, row)
        before.append(precedent_features(near) if near else np.zeros(0, dtype=np.float32))
    width = max(map(len, before))
    return np.array(sources), np.array([one if len(one) else np.full(width, np.nan) for one in before]), np.array(differs)


def fit(
    name: str, data: np.ndarray, truth: np.ndarray, differs: np.ndarray, loose: np.ndarray, groups: np.ndarray
) -> dict[str, np.ndarray]:
    mean, scale = data.mean(0), np.maximum(data.std(0), 0.1)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    shares = cross_val_predict(model, (data - mean) / scale, truth, groups=groups, cv=GroupKFold(10), method="predict_proba")
    print(f"{name}: {len(truth)} claims, cross-validated by entry, and of these the {loose.sum()} in looser words")
    report("likeliest label", shares, truth, shares.argmax(1), [0.0] * 4)
    shares, truth_, differs = shares[loose], truth[loose], differs[loose]
    report("in looser words", shares, truth_, shares.argmax(1), [0.0] * 4)
    chosen_ = np.array([thresholds(shares, truth_, differs, certainty) for certainty in CERTAINTIES])
    floors = np.maximum.accumulate(chosen_, axis=0).tolist()  # a higher certainty never decides more
    turned = np.maximum.accumulate([contrary(shares, truth_, differs, certainty) for certainty in CERTAINTIES])
    for certainty, limits, least in zip(CERTAINTIES, floors, turned.tolist(), strict=True):
        report(f"certainty {certainty}, contrary {least}", shares, truth_, _sayable(shares, differs, least), limits)
    model.fit((data - mean) / scale, truth)
    found = {
        "coefficients": model.coef_,
        "intercepts": model.intercept_,
        "mean": mean,
        "scale": scale,
        "thresholds": np.array(floors),
        "contrary": turned,
    }
    return {f"{name}_{part}": values.astype(np.float32) for part, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="write what was read to this file, for trying other models on it")
    keep = parser.parse_args().keep
    rows = labelled()
    sources, before, differs = read(rows)
    truth, owners = np.array([LABELS.index(Label(row["label"])) for row in rows]), np.array([owner(row) for row in rows])
    if keep:
        np.savez_compressed(
            keep, sources=sources, before=before, differs=differs, truth=truth, groups=owners, ids=np.array([row["id"] for row in rows])
        )
    known, loose = ~np.isnan(before[:, 0]), np.array([row["kind"] != EASY for row in rows])
    np.savez_compressed(
        WEIGHTS,
        **fit(ALONE, sources, truth, differs, loose, owners),
        **fit(WITH_PRECEDENTS, np.hstack([sources, before])[known], truth[known], differs[known], loose[known], owners[known]),
    )


if __name__ == "__main__":
    main()
