"""Labelled sentences in, the weights of the check-worthiness model out: `python -m knowledge.training.checkworthiness` (needs scikit-learn)."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, cross_val_predict

from knowledge.checkworthiness import CLASSES, WEIGHTS, cues
from knowledge.embeddings import EmbeddedE5
from knowledge.training.data import claims as labelled
from knowledge.training.data import read

CLASS_OF = {
    "opinion": "opinion",
    "prediction": "prediction",
    "rhetoric": "rhetoric",
    "question": "question",
    "wish": "wish",
    "personal": "personal",
    "meta": "personal",
}
STRENGTH = 3.0


def main() -> None:
    sentences = read("sentences.jsonl")
    rows = [
        (str(r["text"]), "checkable" if r["checkable"] else CLASS_OF[str(r["why"])], float(str(r["worth"])), str(r["doc"]))
        for r in sentences
    ]
    kinds = {"opinion": "opinion", "prediction": "prediction", "rhetoric": "rhetoric"}
    claims = labelled()
    rows += [(str(r["text"]), kinds[str(r["kind"])], 0.0, str(r["id"])) for r in claims if r["kind"] in kinds]
    rows += [
        (str(r["text"]), "checkable", 0.8, str(r["id"])) for at, r in enumerate(claims) if r["label"] != "not_checkable" and at % 5 == 0
    ]
    texts = [row[0] for row in rows]
    vectors = np.array(EmbeddedE5().embed_queries(texts), dtype=np.float64)
    features = np.hstack([vectors * 4, np.array([cues(text) for text in texts])])
    target = np.array([CLASSES.index(row[1]) for row in rows])
    groups = np.array([row[3] for row in rows])
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    out = cross_val_predict(model, features, target, groups=groups, cv=GroupKFold(8), method="predict_proba")
    own = slice(0, len(sentences))
    guess, truth = out[own, 0] > 0.5, target[own] == 0
    hits = (guess & truth).sum()
    print(
        f"cross-validated on {len(sentences)} sentences: accuracy {np.mean(guess == truth):.3f} precision {hits / guess.sum():.3f} recall {hits / truth.sum():.3f}"
    )
    print(f"reason right where rightly not checkable: {np.mean(out[own].argmax(1)[~truth & ~guess] == target[own][~truth & ~guess]):.3f}")
    model.fit(features, target)
    worth = Ridge(alpha=3.0).fit(features[target == 0], np.array([row[2] for row in rows])[target == 0])
    np.savez_compressed(
        WEIGHTS,
        coefficients=model.coef_.astype(np.float32),
        intercepts=model.intercept_.astype(np.float32),
        worth=worth.coef_.astype(np.float32),
        worth_intercept=np.float32(worth.intercept_),
    )
    print(f"written {WEIGHTS}")


if __name__ == "__main__":
    main()
