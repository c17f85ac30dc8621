"""Labelled posts in, the weights and bars of the comparison with circulating claims out: `python -m knowledge.training.circulating` (needs scikit-learn).

To be run after `knowledge.training.stance` and whenever the entailment model changes. A post counts as stating a claim where whoever wrote it meant it to
(`posts.jsonl`); every other post, and every other claim that comes near, counts as not. Only posts about claims that the entailment model was not trained
on are read, and the bars are set on predictions for claims that these weights were not fitted on.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from knowledge.checked_claims import CheckedClaims
from knowledge.circulating import WEIGHTS, Circulating, Floats, expanded
from knowledge.claims import ClaimFinder
from knowledge.embeddings import EmbeddedE5
from knowledge.entailment import EntailmentModel
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from knowledge.training.data import canonical, index, read
from knowledge.training.material import read_by_the_network

STRENGTH = 0.05
BARS = (0.8, 0.9, 0.95)
PROCESSES = 2


def candidates(rows: list[dict[str, Any]]) -> list[list[tuple[str, tuple[float, ...]]]]:
    """Of each post, the claims that come near it, with what is known of the two."""
    (store, retriever), encoder, model = index(), EmbeddedE5(), EntailmentModel()
    checked = CheckedClaims(store, encoder, model)
    checker = FactChecker(ClaimFinder(encoder), retriever, Judge(model), checked)
    circulating = Circulating(encoder, encoder, store, checked, checker)
    return [[(one.wording.checked_id, one.features) for one in circulating.candidates(row["text"])] for row in rows]


def main() -> None:
    rows = [row for row in read("posts.jsonl") if row["claim"] is None or not read_by_the_network(row["claim"])]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        parts = list(pool.map(candidates, [rows[at::PROCESSES] for at in range(PROCESSES)]))
    found: list[list[tuple[str, tuple[float, ...]]]] = [[]] * len(rows)
    for at, part in enumerate(parts):
        found[at::PROCESSES] = part
    fit(rows, found)


def fit(rows: list[dict[str, Any]], found: list[list[tuple[str, tuple[float, ...]]]]) -> None:
    made = np.array([features for near in found for _, features in near])
    of = np.array([at for at, near in enumerate(found) for _ in near])
    which = np.array([claim for near in found for claim, _ in near])
    target = np.array(
        [rows[at]["kind"] == "state" and canonical(rows[at]["claim"]) == canonical(claim) for at, claim in zip(of, which, strict=True)]
    )
    states = sum(row["kind"] == "state" for row in rows)
    print(f"{len(rows)} posts, {states} state a claim; of these {len(set(of[target]))} come near it; {len(target)} candidates")
    mean, scale = made.mean(0), made.std(0) + 1e-6
    rich = expanded((made - mean) / scale)
    means, scales = rich.mean(0), rich.std(0) + 1e-6
    rich = (rich - means) / scales
    model = LogisticRegression(C=STRENGTH, max_iter=4000)
    groups = np.array([canonical(claim) for claim in which])
    out = cross_val_predict(model, rich, target, groups=groups, cv=GroupKFold(8), method="predict_proba")[:, 1]
    print(f"cross-validated by claim: AUC {roc_auc_score(target, out):.3f}")
    best = np.full(len(rows), -1.0)
    right = np.zeros(len(rows), dtype=bool)
    for share, at, is_right in zip(out, of, target, strict=True):
        if share > best[at]:
            best[at], right[at] = share, is_right
    thresholds = [least(best, bar) for bar in BARS]
    for bar, floor in zip(BARS, thresholds, strict=True):
        noted = best >= floor
        print(
            f"bar {bar}: from {floor:.3f} on {noted.sum()} notes, {right[noted].mean():.3f} right, of what is stated {right[noted].sum() / states:.3f}"
        )
        for kind in sorted({row["kind"] for row in rows}):
            mine = np.array([row["kind"] == kind for row in rows])
            print(f"    {kind}: {noted[mine].sum()} of {mine.sum()}")
    model.fit(rich, target)
    np.savez_compressed(
        WEIGHTS,
        mean=mean,
        scale=scale,
        means=means,
        scales=scales,
        coefficients=model.coef_[0],
        intercept=model.intercept_[0],
        bars=np.array(BARS),
        thresholds=np.array(thresholds),
    )
    print(f"written {WEIGHTS}")


def least(shares: Floats, bar: float) -> float:
    """The least share from which on the notes are right so often by the shares themselves, which are smoother than the count of a few wrong ones."""
    for floor in np.sort(np.unique(shares[shares > 0])):
        if shares[shares >= floor].mean() >= bar:
            return float(floor)
    return 1.0


if __name__ == "__main__":
    main()
