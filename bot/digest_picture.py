"""How often each claim came up in, a small bar chart as a PNG out. Blocking; knows no language."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

_PAPER, _INK, _MUTED, _BAR = "#fbfaf7", "#22262b", "#6a7079", "#2f6f8f"
_WIDTH, _ROW, _HEAD = 6.0, 0.72, 0.7
"""Inches."""
_LINE = 84
"""So many letters fit in a line."""


class Bar(NamedTuple):
    label: str
    times: int
    note: str = ""
    """Stands beside the count, such as the numbers that the claim was told with."""


def drawn(title: str, bars: Sequence[Bar]) -> bytes:
    """The bars in the order given, each under its words; a light card of its own, so that it reads alike in light and dark apps."""
    height = _HEAD + _ROW * len(bars) + 0.15
    figure = Figure(figsize=(_WIDTH, height), dpi=200, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(height, 0)
    axes.axis("off")
    axes.text(0.25, 0.4, _fitting(title, 50), fontsize=11, fontweight="bold", color=_INK, va="center")
    most = max(bar.times for bar in bars)
    for at, bar in enumerate(bars):
        top = _HEAD + at * _ROW
        axes.text(0.25, top + 0.16, _fitting(bar.label, _LINE), fontsize=8.5, color=_INK, va="center")
        length = max(0.06, 3.6 * bar.times / most)
        axes.barh(top + 0.44, length, left=0.25, height=0.2, color=_BAR)
        axes.text(
            0.35 + length,
            top + 0.44,
            _fitting(f"{bar.times} ({bar.note})" if bar.note else str(bar.times), 32),
            fontsize=8.5,
            color=_MUTED,
            va="center",
        )
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor=_PAPER)
    return out.getvalue()


def _fitting(text: str, room: int) -> str:
    """One line; a dollar sign begins no formula."""
    return textwrap.shorten(text, room, placeholder="…").replace("$", r"\$")
