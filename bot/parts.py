"""Settings in, the connected parts out: the one place where they are put together."""

from __future__ import annotations

from functools import cached_property

from langchain_core.embeddings import Embeddings

from bot.settings import Settings
from ingest.ingester import Progress, ensure_index
from knowledge.claims import ClaimFinder
from knowledge.embeddings import EMBEDDED_MODEL, EmbeddedE5, embeddings_for
from knowledge.explain import Explainer
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from knowledge.retrieve import Retriever
from knowledge.store import PassageStore


class Parts:
    """The store and the flows over it, made on first use. `ensure_index` before the flows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> PassageStore:
        return PassageStore(self.settings.index_dir, self._embeddings, self.settings.embeddings)

    @cached_property
    def retriever(self) -> Retriever:
        return Retriever(self.store, self._embeddings)

    @cached_property
    def fact_checker(self) -> FactChecker:
        return FactChecker(self.claim_finder, self.retriever, Judge(self.encoder), self.settings.max_claims)

    @cached_property
    def claim_finder(self) -> ClaimFinder:
        return ClaimFinder(self.encoder)

    @cached_property
    def explainer(self) -> Explainer:
        return Explainer(self.retriever)

    def ensure_index(self, progress: Progress | None = None) -> None:
        """Index the shipped packs where that is still to be done. StoreError, PackError."""
        ensure_index(self.store, progress)

    @cached_property
    def _embeddings(self) -> Embeddings:
        return self.encoder if self.settings.embeddings == EMBEDDED_MODEL else embeddings_for(self.settings.embeddings)

    @cached_property
    def encoder(self) -> EmbeddedE5:
        return EmbeddedE5()
