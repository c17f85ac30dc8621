"""An inline query in, verdict cards to choose from out: what was typed as a claim, and checked claims that come near."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, Update
from telegram.error import BadRequest

from bot import render
from bot.parts import Parts
from bot.render import Reply
from bot.services import Context
from bot.texts import Texts
from knowledge.chat_model import charged_to

FEWEST = 12
"""Characters: of less nothing can be told."""
_SETTLES = 0.4
"""Seconds without another key: each one is a query."""
_CACHED = 300
_SHOWN = 4


async def answer(update: Update, context: Context) -> None:
    query = update.inline_query
    assert query is not None
    known = context.user_data
    assert known is not None
    known["typed"] = query.id
    await asyncio.sleep(_SETTLES)
    if known["typed"] != query.id:
        return  # more was typed meanwhile
    texts = context.texts(query.from_user)
    charged_to.set(str(query.from_user.id))
    text = " ".join(query.query.split())
    found = await context.services.thinkers.run(_results, text, texts, context.services.parts) if len(text) >= FEWEST else []
    button = None if found else InlineQueryResultsButton(texts.type_a_claim, start_parameter="inline")
    with contextlib.suppress(BadRequest):  # too late: another key was pressed, or the query was left
        await query.answer(found, cache_time=_CACHED, is_personal=True, button=button)


def _results(text: str, texts: Texts, parts: Parts) -> list[InlineQueryResultArticle]:
    """Blocking. StoreError."""
    cards = [(texts.labels[verdict.label], verdict) for verdict in [parts.fact_checker.check_claim(text, language=texts.language)]]
    near = parts.checked_claims.near(text, 8 * _SHOWN)
    known = {one.id: one for one in parts.store.checked_claims([wording.checked_id for wording in near])} if near else {}
    for wording in near:
        checked = known[wording.checked_id]
        if checked.why and checked.id not in {v.match.checked.id for _, v in cards if v.match}:
            verdict = parts.fact_checker.verdict_of(checked, wording.text, wording.similarity, texts.language)
            cards += [(texts.checked_label(texts.labels[checked.label]), verdict)] if verdict else []
    return [_result(title, render.claim(verdict, texts), verdict.claim.text, verdict.rationale) for title, verdict in cards[:_SHOWN]]


def _result(title: str, reply: Reply, claim: str, why: str) -> InlineQueryResultArticle:
    content = InputTextMessageContent(reply.pages[0])
    number = hashlib.sha256(f"{title}{reply.pages[0]}".encode()).hexdigest()[:32]
    return InlineQueryResultArticle(number, f"{title}: {claim}"[:120], content, description=why[:200])
