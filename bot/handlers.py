"""An update in, a reply in the chat out: one thin function a flow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from telegram import Message, Update
from telegram.ext import CallbackContext, ExtBot

from bot import render
from bot.evaluation import last_report
from bot.incoming import Kind, Request, goes_on, may_go_on, request_of, request_to_check
from bot.parts import Parts
from bot.render import Reply
from bot.sending import say, typing
from bot.texts import Texts, texts_for
from bot.turns import ChatOrder, Workers
from knowledge.chat_model import charged_to
from knowledge.embeddings import EMBEDDED_MODEL


class Services(NamedTuple):
    """What handlers work with."""

    parts: Parts
    order: ChatOrder
    workers: Workers


class Context(CallbackContext[ExtBot[int], dict[Any, Any], dict[Any, Any], dict[str, Services]]):
    @property
    def services(self) -> Services:
        return self.bot_data["services"]


_GOES_ON_WITHIN = 1.0
"""Seconds that the next piece of a long text is waited for."""


async def start(update: Update, _: Context) -> None:
    message, texts = _heard(update)
    await say(message, render.sentence(texts.start))


async def show_help(update: Update, _: Context) -> None:
    message, texts = _heard(update)
    await say(message, render.sentence(texts.help))


async def show_privacy(update: Update, context: Context) -> None:
    message, texts = _heard(update)
    settings = context.services.parts.settings
    outside = None if settings.embeddings == EMBEDDED_MODEL else settings.embeddings
    await say(message, render.sentence(texts.privacy(outside, settings.chat_model)))


async def show_accuracy(update: Update, context: Context) -> None:
    message, texts = _heard(update)
    made = await context.services.workers.run(last_report, context.services.parts.settings.data_dir)
    await say(message, render.accuracy(made, texts))


async def show_sources(update: Update, context: Context) -> None:
    message, texts = _heard(update)
    parts, _, workers = context.services
    manifest = await workers.run(lambda: parts.store.manifest())
    await say(message, render.sources(manifest, texts))


async def check(update: Update, context: Context) -> None:
    """`/check`, answering a message or with a text behind it."""
    await _reply(update, context, request_to_check)


async def read(update: Update, context: Context) -> None:
    """A text or caption in a private chat: a question, a claim, or an article."""
    _of_answered_album(update, context)
    await _reply(update, context, request_of)


async def decline(update: Update, context: Context) -> None:
    """A message without a text. An album comes as several messages, of which the first is answered."""
    message, texts = _heard(update)
    if not _of_answered_album(update, context):
        await say(message, render.sentence(texts.what_can_be_sent))


async def unknown_command(update: Update, _: Context) -> None:
    message, texts = _heard(update)
    await say(message, render.sentence(texts.unknown_command))


def _heard(update: Update) -> tuple[Message, Texts]:
    assert update.message is not None  # routes() lets only new messages through
    return update.message, texts_for(update.message.from_user.language_code if update.message.from_user else None)


def _of_answered_album(update: Update, context: Context) -> bool:
    """Does the message belong to the album of the one before it? Remembers it for the next."""
    message, known = update.message, context.chat_data
    assert message is not None and known is not None
    before, known["album"] = known.get("album"), message.media_group_id
    return message.media_group_id is not None and message.media_group_id == before


async def _reply(update: Update, context: Context, asked: Callable[[list[Message]], Request]) -> None:
    message, texts = _heard(update)
    parts, order, workers = context.services
    charged_to.set(str(message.chat_id))
    async with typing(message):
        pieces = await _pieces(message, order)
        reply = await workers.run(lambda: _found(asked(pieces), texts, parts))
    await say(message, reply)


def _found(request: Request, texts: Texts, parts: Parts) -> Reply:
    """Blocking. StoreError."""
    match request.kind:
        case Kind.QUESTION:
            return render.answer(parts.explainer.answer(request.text, request.about, language=texts.language), texts)
        case Kind.CLAIM:
            return render.claim(parts.fact_checker.check_claim(request.text, language=texts.language), texts)
        case Kind.ARTICLE:
            return render.card(parts.fact_checker.check(request.text, request.published, language=texts.language), texts)
        case Kind.LINK:
            return render.sentence(texts.links_stay_closed)
        case Kind.NOTHING:
            return render.sentence(texts.no_words)
        case Kind.UNSAID:
            return render.sentence(texts.check_usage)


async def _pieces(first: Message, order: ChatOrder) -> list[Message]:
    """A message, and those that go on where an app had to cut it."""
    pieces = [first]
    while may_go_on(pieces[-1]) and (piece := await _next_piece(pieces[-1], order)):
        pieces.append(piece)
    return pieces


async def _next_piece(last: Message, order: ChatOrder) -> Message | None:
    def wanted(update: Update) -> bool:
        return update.message is not None and goes_on(last, update.message)

    found = order.take_next(last.chat_id, wanted)
    if found is None:
        await asyncio.sleep(_GOES_ON_WITHIN)
        found = order.take_next(last.chat_id, wanted)
    return found.message if found else None
