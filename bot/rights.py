"""A group and a person in, what Telegram lets them do there out: asked at the moment of need, remembered for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from telegram import Bot, ChatMember, ChatMemberAdministrator
from telegram.error import BadRequest, Forbidden

from bot.moderation import Right

_KEPT = 15.0
"""Seconds. A change that Telegram tells us of counts at once."""
_MOST = 10_000
ALL = frozenset(Right)


class Rights:
    """The only place that asks who may do what."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[int, int], tuple[float, frozenset[Right]]] = {}

    async def of(self, bot: Bot, chat_id: int, user_id: int) -> frozenset[Right]:
        """None for who is no administrator, or where the group does not answer us. TelegramError where Telegram cannot be reached."""
        if user_id < 0:  # an anonymous administrator or a channel: Telegram does not say who it is
            return frozenset()
        at, found = self._known.get((chat_id, user_id), (0.0, frozenset[Right]()))
        if (chat_id, user_id) in self._known and self._clock() - at < _KEPT:
            return found
        try:
            found = rights_of(await bot.get_chat_member(chat_id, user_id))
        except (BadRequest, Forbidden):
            return frozenset()
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[chat_id, user_id] = (self._clock(), found)
        return found

    def changed(self, chat_id: int, user_id: int) -> None:
        """Somebody's place in a group is another now."""
        self._known.pop((chat_id, user_id), None)


def rights_of(member: ChatMember) -> frozenset[Right]:
    if member.status == ChatMember.OWNER:
        return ALL
    if not isinstance(member, ChatMemberAdministrator):
        return frozenset()
    granted = (right for right in (Right.SETTINGS, Right.DELETE, Right.RESTRICT) if getattr(member, right.value))
    return frozenset({Right.MODERATE, *granted})
