"""Where the held-out material is, and its figures by name.

It was written from the packs alone, before the judge was built, by people who had not seen the code, about entries that no training
claim is about. It is never used for tuning. `footnote eval` prints all of it with intervals. `known.jsonl` holds claims, never used for
tuning either, about entries that training claims of other authors are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.evaluation import Figure

HERE = Path(__file__).parent


def values(figures: Sequence[Figure]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures}
