from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from knowledge import embeddings
from knowledge.embeddings import EmbeddedE5


class Watched:
    """The real model; `asked` are the texts it was given so far, and `meanwhile` is what another thread does while it works."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.asked: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def query(self, texts: list[str]) -> Any:
        self.asked += texts
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self.model.query(texts)


@pytest.fixture
def encoder() -> EmbeddedE5:
    one = EmbeddedE5()
    one.__dict__["_model"] = Watched(one._model)
    return one


def test_a_vector_that_another_thread_pushes_out_meanwhile_is_still_given(encoder: EmbeddedE5, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_RECENT", 1)
    bridge = encoder.embed_query("The bridge reopened.")
    encoder.__dict__["_model"].meanwhile = lambda: encoder.embed_query("A flood.")
    assert encoder.embed_queries(["The bridge reopened.", "It cost EUR 7.5 million."])[0] == bridge


def test_what_was_asked_for_again_is_kept_longer(encoder: EmbeddedE5, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_RECENT", 2)
    for text in ("one", "two", "one", "three", "one"):
        encoder.embed_query(text)
    assert encoder.__dict__["_model"].asked == ["one", "two", "three"]
