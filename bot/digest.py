"""The groups' choices and the hour in, a digest to the moderators of each where one is due out."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from telegram import Bot
from telegram.error import TelegramError

from bot import notes
from bot.digest_picture import Bar, drawn
from bot.errors import report
from bot.found import Found
from bot.group_state import Period
from bot.moderation import Digest, GroupSettings
from bot.pages import shortened
from bot.services import Services
from bot.texts import texts_for
from knowledge.domain import Label

_log = logging.getLogger(__name__)
_LOOKED_EVERY = 30
"""Seconds."""
_BARS = 8
_MONDAY = 0


class Made(NamedTuple):
    """A digest: a picture, where there is something to draw, and what it says in words, as HTML."""

    picture: bytes | None
    text: str


async def send_digests(bot: Bot, services: Services) -> None:
    """For ever: send each group's digest at the hour it chose."""
    while True:
        try:
            for chat_id, title, settings, last in await services.workers.run(services.groups.all):
                if settings.moderators is not None and is_due(settings, last, dt.datetime.now(dt.UTC)):
                    await _send(bot, chat_id, title, settings, last, services)
        except Exception as exc:  # at the next look it may go well
            _log.error("The groups could not be looked through.\n%s", report(exc))
        await asyncio.sleep(_LOOKED_EVERY)


def is_due(settings: GroupSettings, last: dt.datetime, now: dt.datetime) -> bool:
    """Whether the hour has come, in the group's own zone, since the last digest; `last` is in UTC without a zone, `now` has one."""
    if settings.digest is Digest.OFF:
        return False
    zone = ZoneInfo(settings.zone)
    here = now.astimezone(zone)
    due = here.replace(hour=settings.hour, minute=0, second=0, microsecond=0)
    if due > here:
        due -= dt.timedelta(days=1)
    if settings.digest is Digest.WEEKLY:
        due -= dt.timedelta(days=(due.weekday() - _MONDAY) % 7)
    return last.replace(tzinfo=dt.UTC) < due


async def _send(bot: Bot, chat_id: int, title: str, settings: GroupSettings, last: dt.datetime, services: Services) -> None:
    assert settings.moderators is not None
    try:
        made = await services.thinkers.run(digest_of, chat_id, title, settings, last, services)
        await services.workers.run(services.groups.digested, chat_id)  # first: a digest may be lost, but never comes again and again
        if made.picture is not None and len(made.text) <= 1000:
            await bot.send_photo(settings.moderators, made.picture, caption=made.text, disable_notification=True)
            return
        if made.picture is not None:
            await bot.send_photo(settings.moderators, made.picture, disable_notification=True)
        await bot.send_message(settings.moderators, made.text, disable_notification=True)
    except TelegramError as exc:
        _log.warning("A digest could not be sent (%s).", type(exc).__name__)
    except Exception as exc:  # what fails for one group must not keep those after it waiting
        _log.error("A digest could not be made.\n%s", report(exc))


def digest_of(chat_id: int, title: str, settings: GroupSettings, since: dt.datetime, services: Services) -> Made:
    """What happened in a group since its last digest, in UTC without a zone. Blocking. StateError, StoreError."""
    texts, past = texts_for(settings.told_in), dt.datetime.now(dt.UTC).replace(tzinfo=None) - since
    days = min(max(1, round(past / dt.timedelta(days=1))), settings.keep_days)  # of what is older nothing is left
    period = services.groups.period(chat_id, since)._replace(checks=services.state.checks_since(chat_id, since))
    claims = {
        one.id: one.claim.get(texts.language) or next(iter(one.claim.values()))
        for one in (services.parts.store.checked_claims(list(period.claims)) if period.claims else [])
    }
    words = notes.digest(title, period, claims, uncovered(period.checks), days, texts)
    bars = _bars(period, claims)
    return Made(drawn(texts.group.digest_title(title, days), bars) if bars else None, words)


def _bars(period: Period, claims: dict[str, str]) -> list[Bar]:
    ranked = sorted(period.claims.items(), key=lambda item: -item[1].times)[:_BARS]
    return [
        Bar(shortened(claims[claim], 120), one.times, " → ".join(one.numbers[-4:]) if len(one.numbers) > 1 else "")
        for claim, one in ranked
        if claim in claims
    ]


def uncovered(checks: list[str]) -> list[str]:
    """What people asked and the sources did not settle."""
    open_ = []
    for found in filter(None, map(_read, checks)):
        verdicts = [found.verdict] if found.verdict else found.article.verdicts if found.article else []
        open_ += [one.claim.text for one in verdicts if one and one.label is Label.NOT_ENOUGH_EVIDENCE]
        if found.answer is not None and found.answer.abstained:
            open_.append(found.answer.question)
    return list(dict.fromkeys(open_))


def _read(check: str) -> Found | None:
    """None where another version of us wrote it otherwise."""
    try:
        return Found.model_validate_json(check)
    except ValidationError:
        return None
