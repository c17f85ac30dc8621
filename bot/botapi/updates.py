"""The queue of updates for the bot, and long polling."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import Any

from .errors import ApiError

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
Update = dict[str, Any]


class UpdateQueue:
    """Updates not yet confirmed by the bot.

    ``allowed`` is the last ``allowed_updates`` the bot named; kinds outside it are not queued at all, as on the
    real server.
    """

    def __init__(self, first_id: int) -> None:
        self.next_id = first_id
        self.pending: deque[Update] = deque()
        self.allowed: frozenset[str] | None = None
        self._poll: asyncio.Future[str] | None = None
        self.skipped: int = 0

    def allows(self, kind: str) -> bool:
        """Would an update of this kind be queued?"""
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def subscribe(self, allowed: list[str] | None) -> None:
        """Remember ``allowed_updates``; ``None`` keeps the last list, an empty list restores the default."""
        if allowed is not None:
            self.allowed = frozenset(allowed) or None

    def push(self, kind: str, payload: dict[str, Any]) -> Update | None:
        """Queue an update; ``None`` when the bot did not subscribe to this kind."""
        if not self.allows(kind):
            self.skipped += 1
            return None
        update: Update = {"update_id": self.next_id, kind: payload}
        self.next_id += 1
        self.pending.append(update)
        self._wake()
        return update

    def clear(self) -> None:
        """Drop everything pending."""
        self.pending.clear()

    def confirm(self, offset: int) -> None:
        """Forget updates below ``offset``; a negative offset keeps only that many from the end."""
        if offset > 0:
            while self.pending and self.pending[0]["update_id"] < offset:
                self.pending.popleft()
        elif offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()

    @property
    def polling(self) -> bool:
        """Is a getUpdates call waiting now?"""
        return self._poll is not None

    def end_poll(self, reason: str) -> None:
        """Refuse the getUpdates call in progress with 409."""
        self._wake(reason)

    def _wake(self, reason: str = "") -> None:
        poll, self._poll = self._poll, None
        if poll is not None and not poll.done():
            poll.set_result(reason)

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Update]:
        """One getUpdates call."""
        self.end_poll("Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
        self.confirm(offset)
        if not self.pending and timeout > 0:
            mine = self._poll = asyncio.get_running_loop().create_future()
            try:
                reason = await asyncio.wait_for(mine, timeout)
            except TimeoutError:
                reason = ""
            finally:
                if self._poll is mine:
                    self._poll = None
            if reason:
                raise ApiError(409, reason)
        return [self.pending[i] for i in range(min(limit, len(self.pending)))]

    def shuffle(self, rng: random.Random) -> None:
        """Give the pending updates in another order (their ids stay)."""
        items = list(self.pending)
        rng.shuffle(items)
        self.pending = deque(items)
