"""Sources that have grown in, answers to those who asked to be told out."""

from __future__ import annotations

import hashlib
import logging
import secrets

from telegram.error import Forbidden, TelegramError
from telegram.ext import ExtBot

from bot import render
from bot.found import Found
from bot.sending import keyboard
from bot.services import Services
from bot.state import Wish
from bot.texts import Texts, texts_for

_log = logging.getLogger(__name__)
_SEEN = "sources"


async def grant_wishes(bot: ExtBot[int], services: Services) -> None:
    """Where the sources are others than at the last start, ask again what they did not settle."""
    state, workers = services.state, services.workers
    manifest = await workers.run(services.parts.store.manifest)
    now = hashlib.sha256(manifest.model_dump_json().encode()).digest()
    if await workers.run(state.fact, _SEEN, now) == now:
        return
    for wish in await workers.run(state.wishes):
        if found := await workers.run(_settled, wish, services):
            await _tell(bot, wish, found, services)
    await workers.run(state.note, _SEEN, now)


def _settled(wish: Wish, services: Services) -> Found | None:
    """What is known now; None where that is still not enough. Blocking. StoreError."""
    language = _texts(wish, services).language
    if wish.question:
        answer = services.parts.explainer.answer(wish.asked, language=language)
        return None if answer.abstained else Found(answer=answer)
    verdict = services.parts.fact_checker.check_claim(wish.asked, language=language)
    return Found(verdict=verdict) if verdict.label.decided else None


async def _tell(bot: ExtBot[int], wish: Wish, found: Found, services: Services) -> None:
    texts = await services.workers.run(_texts, wish, services)
    reply = found.reply(texts)
    check_id = secrets.token_urlsafe(9)
    await services.workers.run(services.state.keep, check_id, wish.chat_id, wish.user_id, found.model_dump_json())
    try:
        await bot.send_message(wish.chat_id, render.sentence(texts.now_known).pages[0])
        await bot.send_message(wish.chat_id, reply.pages[0], reply_markup=keyboard(reply.buttons, services.signer, check_id))
    except Forbidden:
        pass  # whoever wished has left
    except TelegramError as exc:
        _log.warning("A wish could not be granted yet (%s).", type(exc).__name__)
        return
    await services.workers.run(services.state.granted, wish)


def _texts(wish: Wish, services: Services) -> Texts:
    """What somebody has chosen meanwhile, else as they were spoken to when they wished."""
    return texts_for(services.state.language(wish.user_id) or wish.language)
