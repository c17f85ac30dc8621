"""Labelled messages in, the weights of the stance model out: `python -m knowledge.training.stance` (needs scikit-learn)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from knowledge.embeddings import EmbeddedE5
from knowledge.stance import BUCKETS, BUCKETS_SCALE, VECTOR_SCALE, WEIGHTS, buckets, marks
from knowledge.training.data import read
from knowledge.training.material import read_by_the_network

STRENGTH = 1.0
STATES = ("state", "near")
"""Who says something true that only sounds alike states it too."""


def features(texts: list[str], vectors: npt.NDArray[np.float64]) -> csr_matrix:
    rows, columns, values = [], [], []
    for at, text in enumerate(texts):
        found = buckets(text)
        rows += [at] * len(found)
        columns += found
        values += [BUCKETS_SCALE / max(1.0, len(found)) ** 0.5] * len(found)
    hashed = csr_matrix((values, (rows, columns)), shape=(len(texts), BUCKETS))
    return csr_matrix(hstack([csr_matrix(vectors * VECTOR_SCALE), csr_matrix(np.array([marks(text) for text in texts])), hashed]))


def main() -> None:
    rows = read("stances.jsonl")
    for row in read("posts.jsonl"):
        if row["claim"] and read_by_the_network(row["claim"]):
            rows.append({"language": row["language"], "id": row["claim"], "stance": row["kind"], "text": row["text"]})
    texts = [str(row["text"]) for row in rows]
    vectors = np.array(EmbeddedE5().embed_queries(texts), dtype=np.float64)
    made = features(texts, vectors)
    target = np.array([row["stance"] in STATES for row in rows])
    groups = np.array([f"{row['language']} {row['id']}" for row in rows])
    model = LogisticRegression(C=STRENGTH, max_iter=4000, class_weight="balanced")
    out = cross_val_predict(model, made, target, groups=groups, cv=GroupKFold(8), method="predict_proba")[:, 1]
    print(
        f"cross-validated by claim on {len(rows)} messages: accuracy {np.mean((out > 0.5) == target):.3f}, AUC {roc_auc_score(target, out):.3f}"
    )
    for other in sorted({str(row["stance"]) for row in rows}):
        mine = np.array([row["stance"] == other for row in rows])
        print(f"  {other}: taken for stated {np.mean(out[mine] > 0.5):.3f}, surely (0.9) {np.mean(out[mine] > 0.9):.3f}")
    model.fit(made, target)
    weights, width = model.coef_[0], vectors.shape[1]
    np.savez_compressed(
        WEIGHTS,
        vector=weights[:width].astype(np.float16),
        marks=weights[width:-BUCKETS].astype(np.float16),
        buckets=weights[-BUCKETS:].astype(np.float16),
        intercept=np.float16(model.intercept_[0]),
    )
    print(f"written {WEIGHTS}")


if __name__ == "__main__":
    main()
