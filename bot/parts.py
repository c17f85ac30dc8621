"""Settings in, the connected parts out: the one place where they are put together."""

from __future__ import annotations

from functools import cached_property

from langchain_core.embeddings import Embeddings

from bot.settings import Settings
from ingest.ingester import Progress, ensure_index
from knowledge.assisted import Assistant, AssistedExplainer, AssistedFactChecker
from knowledge.chat_model import Budget, Price, chat_model_for
from knowledge.checked_claims import CheckedClaims
from knowledge.circulating import Circulating
from knowledge.claims import ClaimFinder
from knowledge.embeddings import EMBEDDED_MODEL, EmbeddedE5, embeddings_for
from knowledge.entailment import EntailmentModel
from knowledge.explain import Explainer
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from knowledge.retrieve import Retriever
from knowledge.store import PassageStore

_WARMING = "Romania annulled its presidential election on 6 December 2024."


class Parts:
    """The store and the flows over it, made on first use. `ensure_index` before the flows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._within: dict[tuple[str, ...], Parts] = {}

    def within(self, packs: tuple[str, ...]) -> Parts:
        """The flows over these packs alone; over all of them where none is named."""
        if not packs:
            return self
        if packs not in self._within:
            part = Parts(self.settings)
            shared = {
                "encoder": self.encoder,
                "entailment": self.entailment,
                "_embeddings": self._embeddings,
                "_assistant": self._assistant,
            }
            part.__dict__.update(shared, store=self.store.only(packs))
            self._within[packs] = part
        return self._within[packs]

    @cached_property
    def store(self) -> PassageStore:
        return PassageStore(self.settings.index_dir, self._embeddings, self.settings.embeddings)

    @cached_property
    def retriever(self) -> Retriever:
        return Retriever(self.store, self._embeddings)

    @cached_property
    def fact_checker(self) -> FactChecker:
        judge = Judge(self.entailment, self.settings.certainty)
        parts = (self.claim_finder, self.retriever, judge, self.checked_claims, self.settings.max_claims)
        return AssistedFactChecker(self._assistant, *parts) if self._assistant else FactChecker(*parts)

    @cached_property
    def checked_claims(self) -> CheckedClaims:
        return CheckedClaims(self.store, self._embeddings, self.entailment)

    @cached_property
    def circulating(self) -> Circulating:
        return Circulating(self.encoder, self._embeddings, self.store, self.checked_claims, self.fact_checker)

    @cached_property
    def entailment(self) -> EntailmentModel:
        return EntailmentModel()

    @cached_property
    def claim_finder(self) -> ClaimFinder:
        return ClaimFinder(self.encoder)

    @cached_property
    def explainer(self) -> Explainer:
        parts = (self.retriever, self.claim_finder)
        return AssistedExplainer(self._assistant, *parts) if self._assistant else Explainer(parts[0], self.entailment, parts[1])

    @cached_property
    def budget(self) -> Budget:
        return Budget(self.settings.chat_tokens_per_day, self.settings.chat_tokens_per_chat)

    @cached_property
    def _assistant(self) -> Assistant | None:
        """ChatModelUnavailable."""
        settings = self.settings
        if settings.chat_model is None:
            return None
        price = Price(*map(float, settings.chat_price.split("/"))) if settings.chat_price else None
        model = chat_model_for(
            settings.chat_model, url=settings.chat_model_url, timeout=settings.chat_timeout, budget=self.budget, price=price
        )
        return Assistant(model, self.entailment)

    def ensure_index(self, progress: Progress | None = None) -> None:
        """Index the shipped packs where that is still to be done. StoreError, PackError."""
        ensure_index(self.store, progress)

    def warm_up(self) -> None:
        """Bring the index up to date and load the models, so that the first question does not wait for them; the chat model is paid for and not asked. StoreError, PackError."""
        self.ensure_index()
        judge = Judge(self.entailment)
        FactChecker(self.claim_finder, self.retriever, judge, self.checked_claims).check(_WARMING)
        Explainer(self.retriever, self.entailment, self.claim_finder).answer(_WARMING)

    @cached_property
    def _embeddings(self) -> Embeddings:
        return self.encoder if self.settings.embeddings == EMBEDDED_MODEL else embeddings_for(self.settings.embeddings)

    @cached_property
    def encoder(self) -> EmbeddedE5:
        return EmbeddedE5()
