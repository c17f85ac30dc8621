"""What the chat model has cost today in, and out again after a restart: else a service that restarts itself would have no limit."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from bot.state import State, StateError
from knowledge.chat_model import Spent

_NAME = "spent"
_log = logging.getLogger(__name__)


class StoredSpending:
    """A `knowledge.chat_model.Ledger` in the database: one row, of the last day on which anything was spent."""

    def __init__(self, state: State) -> None:
        self._state = state

    def read(self) -> Spent | None:
        try:
            return Spent.model_validate_json(self._state.fact(_NAME, b""))
        except ValidationError:  # nothing yet, or another version's
            return None
        except StateError as exc:
            _log.warning("What the chat model has cost today is not known: %s", exc)
            return None

    def write(self, spent: Spent) -> None:
        try:
            self._state.note(_NAME, spent.model_dump_json().encode())
        except StateError as exc:
            _log.warning("What the chat model has cost today is not kept: %s", exc)
