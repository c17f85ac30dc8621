"""Posts that nobody addressed to us in, cases for the moderators out, told again where they did not arrive. Nothing is ever said in the group.

Each group has a short queue of its own and the groups take turns, so that a noisy one does not keep the others waiting. A post lives here in
memory alone until it has been compared.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections import deque
from collections.abc import Iterator

from telegram import Bot, Message

from bot.cases import Proposal, case_for, tell
from bot.errors import report
from bot.excerpts import Excerpt
from bot.group_state import Case, Groups
from bot.moderation import NOTES_AN_HOUR, QUIET_HOURS, GroupSettings, Kind, Mode, may_be_watched, topic_of
from bot.notes import Sureness
from bot.services import Services

_log = logging.getLogger(__name__)
_WAITING = 200
"""So many posts of one group may wait; of more, the oldest are not looked at, which the digest tells."""
_TOLD_AGAIN_EVERY = 60
"""Seconds."""
_TOLD_AGAIN_AFTER, _TOLD_WITHIN = dt.timedelta(minutes=2), dt.timedelta(hours=1)
"""What is younger is perhaps just being told, what is older is found with /queue alone: the most notes in an hour hold for what came up in it."""


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
        await asyncio.gather(self._look_at_all(bot, services), _keep_telling(bot, services))

    async def _look_at_all(self, bot: Bot, services: Services) -> None:
        while True:
            if not self._queues:
                self._some.clear()
                await self._some.wait()
            for chat_id in list(self._queues):
                message, text = self._queues[chat_id].popleft()
                if not self._queues[chat_id]:
                    del self._queues[chat_id]
                with _going_on("A post could not be compared."):
                    await look(bot, message, text, services)


async def look(bot: Bot, message: Message, text: str, services: Services) -> None:
    """Compare one post; open a case where it states what was found to be false."""
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, message.chat_id)
    mode = settings.mode(topic_of(message))
    if mode is Mode.OFF:
        return
    sighted = await services.thinkers.run(services.parts.within(settings.packs).circulating.look, text, settings.bar, settings.told_in)
    if sighted is None:
        return
    await workers.run(
        groups.sighted,
        message.chat_id,
        message.message_id,
        topic_of(message),
        sighted.checked_id,
        sighted.claim,
        sighted.numbers,
    )
    shadow = mode is Mode.SHADOW
    if await workers.run(groups.is_silenced, message.chat_id, sighted.checked_id):
        return
    if not shadow and await workers.run(_is_enough, groups, message.chat_id, sighted.checked_id):
        return
    proposal = Proposal(message, Kind.WATCH, sighted.verdict, sighted.checked_id, shadow)
    case = case_for(proposal, services)
    if await workers.run(groups.open, case):
        services.excerpts.put(case.id, Excerpt(text, Sureness(sighted.likeness, sighted.states, settings.bar)))
        if not shadow:
            await tell(bot, case, services)


async def _keep_telling(bot: Bot, services: Services) -> None:
    """For ever."""
    while True:
        with _going_on("What the moderators were not told of could not be looked for."):
            await tell_again(bot, services)
        await asyncio.sleep(_TOLD_AGAIN_EVERY)


async def tell_again(bot: Bot, services: Services) -> None:
    """Tell the moderators of what did not reach them: the network failed, or the process was ended before."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    for case in await services.workers.run(services.groups.untold, now - _TOLD_WITHIN, now - _TOLD_AGAIN_AFTER):
        with _going_on("A case could not be told again."):
            if await services.workers.run(_is_wanted, services.groups, case):
                await tell(bot, case, services)


@contextlib.contextmanager
def _going_on(failure: str) -> Iterator[None]:
    """One post or case must not end the watching of all groups."""
    try:
        yield
    except Exception as exc:
        _log.error("%s\n%s", failure, report(exc))


def _is_wanted(groups: Groups, case: Case) -> bool:
    """Whether a case is still to be told: a report always, a note where another one would be made now."""
    if case.of_kind is Kind.REPORT or case.claim_id is None:
        return True
    if groups.settings(case.chat_id).mode(case.topic) is not Mode.NOTES:
        return False
    return not groups.is_silenced(case.chat_id, case.claim_id) and not _is_enough(groups, case.chat_id, case.claim_id)


def _is_enough(groups: Groups, chat_id: int, claim_id: str) -> bool:
    """Whether the moderators have just heard of a claim, or have heard enough for this hour."""
    return groups.notes_within(chat_id, QUIET_HOURS, claim_id) > 0 or groups.notes_within(chat_id, 1) >= NOTES_AN_HOUR
