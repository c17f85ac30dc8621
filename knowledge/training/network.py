"""Word vectors of a claim and of a source in, logits out: the entailment model as it is trained, and as `knowledge/entailment.py` runs it.

Three parts. The encoder (the eight lower layers of multilingual-e5-small) reads claim and source apart. The memory (the four upper layers)
reads the source on and keeps the keys and values of each layer. The reader aligns each word of the claim with the source, compares the
two, and then runs the claim through the same four upper layers, where each word looks at the claim and into the memory: a cross-encoder
whose source half is read once for all claims (compare PreTTR, MacAvaney et al. 2020, and DeFormer, Cao et al. 2020).
"""

from __future__ import annotations

import copy
import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from knowledge.packed_e5 import PackedE5

LOWER, UPPER = 8, 4
"""Layers that read a text by itself, and layers in which the claim looks at the source."""
FROZEN = 4
"""The lowest layers stay as they are, so each text goes through them once."""
WIDTH = 256
"""Of the comparisons."""
FEW = "/few/"
"""In the names of what an `Apart` layer makes of its largest inputs."""
LOGITS = 6
"""Four of what the source says of the claim, two of whether it answers the question."""


class Places(NamedTuple):
    """Where the words of a padded batch stand: padding then goes through no linear layer. Shapes (words, width) and (batch, length, width)."""

    rows: Tensor
    """Of each word in the batch laid flat."""
    batch: int
    length: int

    def spread(self, words: Tensor) -> Tensor:
        flat = words.new_zeros(self.batch * self.length, words.shape[-1])
        return flat.index_copy(0, self.rows, words).view(self.batch, self.length, -1)

    def gather(self, padded: Tensor) -> Tensor:
        return padded.reshape(self.batch * self.length, -1).index_select(0, self.rows)


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

    def split(self, x: Tensor, places: Places | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each (batch, heads, length, width / heads)."""
        made = self.qkv(x) if places is None else places.spread(self.qkv(x))
        batch, length, width = made.shape
        q, k, v = made.view(batch, length, 3, self.heads, width // 3 // self.heads).permute(2, 0, 3, 1, 4)
        return q, k, v

    def finish(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, places: Places | None = None) -> Tensor:
        weights = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        mixed = (torch.softmax(weights if bias is None else weights + bias, dim=-1) @ v).transpose(1, 2).flatten(2)
        x = self.norm_attention(x + self.out(mixed if places is None else places.gather(mixed)))
        return self.norm_out(x + self.narrow(F.gelu(self.widen(x))))

    def forward(self, x: Tensor, bias: Tensor | None, places: Places | None = None) -> Tensor:
        return self.finish(x, *self.split(x, places), bias, places)


class Apart(nn.Module):
    """A linear layer whose largest inputs go a way of their own: the rest can then share one scale in eight bits.

    Compare LLM.int8(), Dettmers et al. 2022.
    """

    def __init__(self, linear: nn.Linear, channels: Tensor) -> None:
        super().__init__()
        self.rest, self.few = copy.deepcopy(linear), nn.Linear(len(channels), linear.out_features, bias=False)
        self.few.weight.data = linear.weight.data[:, channels].clone()
        self.rest.weight.data[:, channels] = 0
        kept = torch.ones(linear.in_features)
        kept[channels] = 0
        self.register_buffer("kept", kept)
        self.register_buffer("channels", channels)

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.rest(x * self.kept) + self.few(x.index_select(-1, self.channels))
        return made


class Encoder(nn.Module):
    """Word vectors (batch, length, width) in, states of the same shape out."""

    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.from_numpy(packed.floats("emb.pos").copy()).view(-1, packed.width), requires_grad=False)
        self.kind = nn.Parameter(torch.from_numpy(packed.floats("emb.type").copy())[: packed.width], requires_grad=False)
        self.norm = norm(packed, "emb.ln").requires_grad_(False)
        self.layers = nn.ModuleList(Layer(packed, number) for number in range(LOWER))
        for layer in self.layers[:FROZEN]:
            layer.requires_grad_(False)

    def lower(self, words: Tensor, bias: Tensor | None) -> Tensor:
        x = self.norm(words + self.position[: words.shape[1]] + self.kind)
        for layer in self.layers[:FROZEN]:
            x = layer(x, bias)
        return x

    def upper(self, x: Tensor, bias: Tensor | None, places: Places | None = None) -> Tensor:
        for layer in self.layers[FROZEN:]:
            x = layer(x, bias, places)
        return x

    def forward(self, words: Tensor) -> Tensor:
        """One text, as it is exported."""
        return self.upper(self.lower(words, None), None)


class Memory(nn.Module):
    """States of a source (batch, length, width) in, keys and values (layer, 2, batch, heads, length, width / heads) out."""

    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(packed, number) for number in range(LOWER, LOWER + UPPER))

    def forward(self, x: Tensor, bias: Tensor | None = None, places: Places | None = None) -> Tensor:
        kept = []
        for layer in self.layers:
            q, k, v = layer.split(x, places)
            kept.append(torch.stack([k, v]))
            if len(kept) < UPPER:
                x = layer.finish(x, q, k, v, bias, places)
        return torch.stack(kept)


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


class Reader(nn.Module):
    """States of claims, and states and memories of their sources in, logits out.

    `its_mask` is (batch, words of the source), `mask` (batch, words of the claim); without them there is one pair and nothing is padded.
    """

    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        width = packed.width
        self.p = nn.Linear(width, width, bias=False)
        self.p.weight.data = torch.eye(width)
        self.scale = nn.Parameter(torch.tensor(12.0))
        self.center = nn.Parameter(torch.zeros(width))
        self.v = nn.Linear(width, WIDTH)
        self.c = nn.Sequential(nn.Linear(4 * WIDTH + 5, WIDTH), nn.GELU(), nn.Dropout(0.1), nn.LayerNorm(WIDTH))
        self.b = nn.ModuleList(Block() for _ in range(2))
        self.o = nn.Sequential(nn.Dropout(0.1), nn.Linear(2 * WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.1), nn.Linear(WIDTH, LOGITS))
        self.up = nn.Linear(WIDTH, width)
        self.up.weight.data *= 0.2
        self.layers = nn.ModuleList(Layer(packed, number) for number in range(LOWER, LOWER + UPPER))
        """The claim's own copies: what reads a claim beside a source need not be what reads the source on."""
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(3 * width, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, LOGITS))
        nn.init.zeros_(self.head[-1].weight)
        nn.init.zeros_(self.head[-1].bias)

    def forward(
        self,
        claim: Tensor,
        source: Tensor,
        memory: Tensor,
        marks: Tensor,
        mask: Tensor | None = None,
        its_mask: Tensor | None = None,
        places: Places | None = None,
    ) -> Tensor:
        x, its = self._compared(claim, source, marks, its_mask)
        own_bias, its_bias = (None if m is None else ((m - 1) * 1e4)[:, None, None, :] for m in (mask, its_mask))
        h = claim + self.up(x)
        for block in self.b:
            x = block(x, its, own_bias, its_bias)
        both = None if own_bias is None or its_bias is None else torch.cat([own_bias, its_bias], -1)
        h = h if places is None else places.gather(h)
        for layer, (keys, values) in zip(self.layers, memory, strict=True):
            q, k, v = layer.split(h, places)
            h = layer.finish(h, q, torch.cat([k, keys], 2), torch.cat([v, values], 2), both, places)
        h = h if places is None else places.spread(h)
        made: Tensor = self.o(torch.cat(self._pooled(x, mask), -1)) + self.head(torch.cat([h[:, 0], *self._pooled(h, mask)], -1))
        return made

    def _compared(self, claim: Tensor, source: Tensor, marks: Tensor, its_mask: Tensor | None) -> tuple[Tensor, Tensor]:
        claim, source = claim - self.center, source - self.center
        likeness = F.normalize(self.p(claim), dim=-1) @ F.normalize(self.p(source), dim=-1).transpose(1, 2)
        away = None if its_mask is None else (its_mask - 1)[:, None, :]
        aligned = (likeness * self.scale if away is None else likeness * self.scale + away * 1e4).softmax(-1)
        mine, its = self.v(claim), self.v(source)
        found = aligned @ its
        best = (likeness if away is None else likeness + away * 9).max(-1).values[..., None]
        mean = (aligned * likeness).sum(-1, keepdim=True)
        return self.c(torch.cat([mine, found, mine * found, (mine - found).abs(), best, mean, marks], -1)), its

    @staticmethod
    def _pooled(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        if mask is None:
            return x.mean(1), x.max(1).values
        return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), (x + (mask - 1)[..., None] * 1e4).max(1).values


class Model(nn.Module):
    def __init__(self, packed: PackedE5) -> None:
        super().__init__()
        self.e, self.m, self.h = Encoder(packed), Memory(packed), Reader(packed)


def state_of(model: Any) -> dict[str, Tensor]:
    """The weights of an exported part by their names in the module, for training to go on from what ships; an ONNX `ModelProto`."""
    from onnx import numpy_helper

    stored = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in model.graph.initializer}
    state = {name: tensor for name, tensor in stored.items() if not name.endswith(("_scale", "_zero_point", "_quantized"))}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            base = node.input[1].removesuffix("_quantized")
            weight = (stored[node.input[1]].float() - stored[f"{base}_zero_point"].float()) * stored[f"{base}_scale"]
            state[f"{_module(node.name)}.weight"] = weight.T.contiguous()
        elif node.op_type == "MatMul" and FEW in node.name:
            state[f"{_module(node.name)}.weight"] = stored[node.input[1]].T.contiguous()
    for name in [name for name in state if name.endswith(".channels")]:
        layer = name.removesuffix(".channels")
        weight = state.pop(f"{layer}.rest.weight")
        weight[:, state.pop(name)] = state.pop(f"{layer}.few.weight")
        state[f"{layer}.weight"], state[f"{layer}.bias"] = weight, state.pop(f"{layer}.rest.bias")
    return state


def _module(node: str) -> str:
    """`/b.0/f/f.3/MatMul_quant` is `b.0.f.3`; a second call of a module has `_1` behind its name.

    Memory and reader call parts of a layer and never the layer itself, so the name of it is not there and the number behind a part is the layer's.
    """
    parts = node.strip("/").split("/")[:-1]
    part, _, number = parts[0].partition("_")
    if part in ("qkv", "out", "widen", "narrow"):
        return f"layers.{number or 0}.{part}"
    path = ".".join(part for at, part in enumerate(parts) if not (at + 1 < len(parts) and parts[at + 1].startswith(f"{part}.")))
    attention = {"out_proj": "sa.out_proj", "out_proj_1": "ca.out_proj"}.get(parts[-1])
    return f"{parts[0]}.{attention}" if attention else path.removesuffix("_1")
