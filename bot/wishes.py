"""Sources that have grown in, answers to those who asked to be told out."""

from __future__ import annotations

import hashlib
import logging
import secrets

from telegram.error import Forbidden, TelegramError
from telegram.ext import ExtBot

from bot import notes, render
from bot.found import Found
from bot.sending import keyboard, patiently
from bot.services import Services, parts_in
from bot.state import Wish
from bot.texts import Texts, texts_for
from knowledge.chat_model import charged_to

_log = logging.getLogger(__name__)
_SEEN = "sources"


async def grant_wishes(bot: ExtBot[int], services: Services) -> None:
    """Where the sources are others than at the last start, ask again what they did not settle."""
    state, workers = services.state, services.workers
    manifest = await workers.run(services.parts.store.manifest)
    now = hashlib.sha256(manifest.model_dump_json().encode()).digest()
    if await workers.run(state.fact, _SEEN, now) == now:
        return
    failed = 0
    for wish in await workers.run(state.wishes):
        charged_to.set(str(wish.user_id))
        if found := await services.thinkers.run(_settled, wish, services):
            failed += not await _tell(bot, wish, found, services)
    if not failed:  # else the next start tries again
        await workers.run(state.note, _SEEN, now)


def _settled(wish: Wish, services: Services) -> Found | None:
    """What is known now; None where that is still not enough. Blocking. StoreError."""
    language, parts = _texts(wish, services).language, parts_in(services, wish.chat_id)
    if wish.question:
        answer = parts.explainer.answer(wish.asked, language=language)
        return None if answer.abstained else Found(answer=answer)
    verdict = parts.fact_checker.check_claim(wish.asked, language=language)
    return Found(verdict=verdict) if verdict.label.decided else None


async def _tell(bot: ExtBot[int], wish: Wish, found: Found, services: Services) -> bool:
    """Whether nothing is left to be told; in a group in few words, and quietly."""
    texts = await services.workers.run(_texts, wish, services)
    in_group = wish.chat_id < 0
    reply = notes.brief(found, texts, "") if in_group else found.reply(texts)
    check_id = secrets.token_urlsafe(9)
    await services.workers.run(services.state.keep, check_id, wish.chat_id, wish.user_id, found.model_dump_json())
    try:
        await bot.send_message(wish.chat_id, render.sentence(texts.now_known).pages[0], disable_notification=in_group)
        buttons = keyboard(reply.buttons, services.signer, check_id)
        await patiently(lambda: bot.send_message(wish.chat_id, reply.pages[0], reply_markup=buttons, disable_notification=in_group))
    except Forbidden:
        pass  # whoever wished has left
    except TelegramError as exc:
        _log.warning("A wish could not be granted yet (%s).", type(exc).__name__)
        return False
    await services.workers.run(services.state.granted, wish)
    return True


def _texts(wish: Wish, services: Services) -> Texts:
    """What somebody has chosen meanwhile, else as they were spoken to when they wished."""
    return texts_for(services.state.language(wish.user_id) or wish.language)
