"""Posts that nobody addressed to us in, cases for the moderators out. Nothing is ever said in the group.

Each group has a short queue of its own and the groups take turns, so that a noisy one does not keep the others waiting. A post lives here in
memory alone until it has been compared.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from telegram import Bot, Message

from bot.cases import Proposal, case_for, tell
from bot.errors import report
from bot.excerpts import Excerpt
from bot.group_state import Groups
from bot.moderation import NOTES_AN_HOUR, QUIET_HOURS, GroupSettings, Kind, Mode, may_be_watched, topic_of
from bot.notes import Sureness
from bot.services import Services
from knowledge.circulating import Sighted

_log = logging.getLogger(__name__)
_WAITING = 200
"""So many posts of one group may wait; of more, the oldest are not looked at, which the digest tells."""


class Watch:
    """Made once; `run` works until it is cancelled."""

    def __init__(self) -> None:
        self._queues: dict[int, deque[tuple[Message, str]]] = {}
        self._some = asyncio.Event()

    async def put(self, message: Message, text: str, settings: GroupSettings, services: Services) -> None:
        if settings.mode(topic_of(message)) is Mode.OFF or not may_be_watched(message, text):
            return
        queue = self._queues.setdefault(message.chat_id, deque())
        queue.append((message, text))
        self._some.set()
        if len(queue) > _WAITING:
            queue.popleft()
            await services.workers.run(services.groups.missed, message.chat_id)

    async def run(self, bot: Bot, services: Services) -> None:
        while True:
            if not self._queues:
                self._some.clear()
                await self._some.wait()
            for chat_id in list(self._queues):
                message, text = self._queues[chat_id].popleft()
                if not self._queues[chat_id]:
                    del self._queues[chat_id]
                try:
                    await look(bot, message, text, services)
                except Exception as exc:  # one post must not end the watching of all groups
                    _log.error("A post could not be compared.\n%s", report(exc))


async def look(bot: Bot, message: Message, text: str, services: Services) -> None:
    """Compare one post; open a case where it states what was found to be false."""
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, message.chat_id)
    mode = settings.mode(topic_of(message))
    if mode is Mode.OFF:
        return
    sighted = await workers.run(services.parts.within(settings.packs).circulating.look, text, settings.bar, settings.told_in)
    if sighted is None:
        return
    await workers.run(
        groups.sighted,
        message.chat_id,
        message.message_id,
        topic_of(message),
        sighted.checked_id,
        sighted.claim,
        sighted.vector,
        sighted.numbers,
    )
    quiet = await workers.run(_is_quiet, groups, message.chat_id, sighted, mode)
    if quiet:
        return
    shadow = mode is Mode.SHADOW
    proposal = Proposal(message, Kind.WATCH, sighted.verdict, sighted.checked_id, shadow)
    case = case_for(proposal, services)
    if await workers.run(groups.open, case) and not shadow:
        services.excerpts.put(case.id, Excerpt(text, Sureness(sighted.likeness, sighted.states, settings.bar)))
        await tell(bot, case, services)


def _is_quiet(groups: Groups, chat_id: int, sighted: Sighted, mode: Mode) -> bool:
    """Whether the moderators want to hear nothing of it, have just heard of it, or have heard enough for this hour."""
    if groups.is_silenced(chat_id, sighted.checked_id):
        return True
    if mode is Mode.SHADOW:
        return False
    return groups.notes_within(chat_id, QUIET_HOURS, sighted.checked_id) > 0 or groups.notes_within(chat_id, 1) >= NOTES_AN_HOUR
