"""A pressed button in, the view behind it out, in the place of the message that has it."""

from __future__ import annotations

import contextlib
import json
from typing import NamedTuple

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot import cases, notes, panel, render
from bot.buttons import Press, View
from bot.found import Found
from bot.render import Reply
from bot.sending import change, keyboard, say, say_picture, typing
from bot.services import Context, parts_in
from bot.state import Kept
from bot.texts import Texts, texts_for
from bot.timeline import drawing_of_found
from knowledge.chat_model import charged_to
from knowledge.domain import LANGUAGES


class Pressed(NamedTuple):
    """A button of a check that was kept, and who pressed it where."""

    press: Press
    kept: Kept
    found: Found
    message: Message
    user_id: int
    texts: Texts


async def press(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query is not None
    texts = context.texts(query.from_user, _group(query))
    read = context.services.signer.read(query.data or "")
    if read is None or not isinstance(query.message, Message):
        await _answer(query, texts.expired, alert=True)
        return
    does, check_id = read
    if does.view is View.LANGUAGE:
        await _choose_language(query, query.message, does.number, context)
    elif does.view is View.MODERATE:
        told = await cases.press(query, does.number, check_id, context)
        await _answer(query, told, alert=told is not None)
    elif does.view is View.OPTION:
        told = await panel.press(query, query.message, does, context)
        await _answer(query, told, alert=told is not None)
    elif does.view is View.EXAMPLE:
        await _show_example(query, query.message, does.number, context, texts)
    elif (kept := await context.services.workers.run(context.services.state.kept, check_id)) is None:
        await _answer(query, texts.expired, alert=True)
    elif not await _may_press(query, query.message, kept, context):
        await _answer(query, texts.not_yours, alert=True)
    else:
        pressed = Pressed(does, kept, Found.model_validate_json(kept.body), query.message, query.from_user.id, texts)
        await _do(pressed, query, context)


async def _do(pressed: Pressed, query: CallbackQuery, context: Context) -> None:
    services, texts, (view, number, page) = context.services, pressed.texts, pressed.press
    if view in (View.GOOD, View.REASON):
        await _judge(pressed, context, good=view is View.GOOD, reason=list(texts.reasons)[page] if view is View.REASON else None)
        await _answer(query, texts.thanks)
        if view is View.REASON:
            await _show(pressed, pressed.found.shown(Press(View.CLAIM, number), texts), context)
    elif view is View.BAD:
        await _answer(query, texts.what_is_wrong)
        shown = pressed.found.shown(Press(View.CLAIM, number), texts).pages[0]
        await change(pressed.message, shown, keyboard(render.ask_reason(number, texts), services.signer, pressed.kept.id))
    elif view is View.PUBLISH:
        if not await services.rights.of(context.bot, pressed.message.chat_id, pressed.user_id):
            await _answer(query, texts.not_yours, alert=True)
            return
        await _answer(query)
        await _show(pressed, notes.brief(pressed.found, texts), context)
    elif view is View.TELL:
        await _wish(pressed, context)
        await _answer(query, texts.will_tell, alert=True)
    elif view is View.TIMELINE:
        await _answer(query)
        await _draw(pressed, context)
    elif view is View.WHY:
        await _answer(query)
        parts = await services.workers.run(parts_in, services, pressed.message.chat_id)
        inspected = await services.thinkers.run(parts.fact_checker.inspect, pressed.found.verdict_at(number))
        await _show(pressed, render.why(inspected, texts, number), context)
    else:
        await _answer(query)
        await _show(pressed, pressed.found.shown(pressed.press, texts), context)


async def _show(pressed: Pressed, reply: Reply, context: Context) -> None:
    await change(pressed.message, reply.pages[0], keyboard(reply.buttons, context.services.signer, pressed.kept.id))


async def _draw(pressed: Pressed, context: Context) -> None:
    services = context.services
    async with typing(pressed.message):
        parts = await services.workers.run(parts_in, services, pressed.message.chat_id)
        drawing = await services.thinkers.run(drawing_of_found, parts, pressed.found, pressed.press.number, pressed.texts)
    if drawing is None:
        await say(pressed.message, render.sentence(pressed.texts.no_timeline))
    else:
        await say_picture(pressed.message, drawing.picture, drawing.caption)


async def _judge(pressed: Pressed, context: Context, *, good: bool, reason: str | None) -> None:
    found, number = pressed.found, pressed.press.number
    verdict = None if found.answer else found.verdict_at(number)
    about = {
        "asked": found.asked(number),
        "label": verdict.label if verdict else None,
        "answer": found.answer.text if found.answer else None,
        "cited": [citation.passage.document_id for citation in found.citations(number)],
    }
    state = context.services.state
    await context.services.workers.run(
        state.judge, pressed.kept.id, number, pressed.user_id, json.dumps(about, ensure_ascii=False), good=good, reason=reason
    )


async def _wish(pressed: Pressed, context: Context) -> None:
    kept, number, found = pressed.kept, pressed.press.number, pressed.found
    asked, question = found.asked_whole(number), found.answer is not None
    await context.services.workers.run(
        context.services.state.wish, kept.id, number, kept.chat_id, pressed.user_id, asked, pressed.texts.language, question=question
    )


async def _may_press(query: CallbackQuery, message: Message, kept: Kept, context: Context) -> bool:
    """Whoever asked, and whoever looks after the group."""
    if message.chat_id != kept.chat_id:
        return False
    if message.chat.type == ChatType.PRIVATE or query.from_user.id == kept.user_id:
        return True
    return bool(await context.services.rights.of(context.bot, message.chat_id, query.from_user.id))


def _group(query: CallbackQuery) -> int | None:
    message = query.message
    return message.chat.id if message is not None and message.chat.type != ChatType.PRIVATE else None


async def _choose_language(query: CallbackQuery, message: Message, number: int, context: Context) -> None:
    language = LANGUAGES[number - 1] if number else None
    await context.services.workers.run(context.services.state.choose_language, query.from_user.id, language)
    texts = texts_for(language or query.from_user.language_code)
    await _answer(query)
    await change(message, render.sentence(texts.language_chosen).pages[0], None)


async def _show_example(query: CallbackQuery, message: Message, number: int, context: Context, texts: Texts) -> None:
    """Check a claim of ours, as if whoever pressed had sent it."""
    services = context.services
    charged_to.set(str(query.from_user.id))
    await _answer(query)
    async with typing(message):
        verdict = await services.thinkers.run(services.parts.fact_checker.check_claim, texts.examples[number], language=texts.language)
        found = Found(verdict=verdict)
        check_id = services.signer.check_id(message.chat_id, message.message_id, number + 1)
        await services.workers.run(services.state.keep, check_id, message.chat_id, query.from_user.id, found.model_dump_json())
    reply = found.reply(texts)
    await say(message, reply, keyboard(reply.buttons, services.signer, check_id))


async def _answer(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """Stop the spinner; too late is no failure."""
    with contextlib.suppress(BadRequest):
        await query.answer(text, show_alert=alert)
