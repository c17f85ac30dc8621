"""What tests of several folders share: one index of the shipped packs, built once, and the parts over it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.parts import Parts
from bot.settings import Settings
from knowledge.domain import Passage, Period, Provenance, Source


@pytest.fixture(autouse=True)
def _own_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not change what the tests see."""
    for name in list(os.environ):
        if name.startswith("FOOTNOTE_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shipped_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the shipped packs are indexed."""
    folder = tmp_path_factory.mktemp("shipped")
    Parts(_settings(folder)).ensure_index()
    return folder


@pytest.fixture(scope="session")
def parts(shipped_dir: Path) -> Parts:
    return Parts(_settings(shipped_dir))


def _settings(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder)


@pytest.fixture
def passage() -> Passage:
    """One entry about an invented event."""
    return make_passage(
        "The bridge of Altona reopens\nOn 3 May 2024 the mayor, Ada Brandt, reopened the bridge after 14 months. It cost EUR 7.5 million."
    )


def make_passage(text: str, passage_id: str = "altona#0", **provenance: object) -> Passage:
    about = {
        "pack": "invented",
        "topic": "invented",
        "title": text.partition("\n")[0],
        "period": Period.parse("2024-05-03"),
        "sources": (Source(publisher="Altona Gazette", title="Bridge open", url="https://example.org/bridge"),),
        **provenance,
    }
    return Passage(id=passage_id, document_id=passage_id.partition("#")[0], start=0, text=text, provenance=Provenance.model_validate(about))
