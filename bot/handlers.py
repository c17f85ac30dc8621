"""A message in, a reply in the chat out: one thin function a flow."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable

from telegram import Document, Message, Update

from bot import export, panel, render
from bot.delivery import more_follows
from bot.evaluation import last_report
from bot.found import Found
from bot.incoming import (
    Kind,
    Request,
    asks_beside,
    behind_command,
    documents_of,
    goes_on,
    may_go_on,
    request_of,
    request_to_check,
    with_files,
)
from bot.moderation import is_group
from bot.parts import Parts
from bot.reading import Unreadable, read_document, read_page
from bot.render import Reply
from bot.sending import Progress, keyboard, say, say_file, say_picture, typing
from bot.services import Context, Services, heard, parts_in, writer
from bot.texts import Texts
from bot.timeline import Drawing, drawing_of_found, drawing_of_topic
from bot.turns import ChatOrder
from knowledge.chat_model import charged_to
from knowledge.embeddings import EMBEDDED_MODEL
from knowledge.whether import asked_about

WHISPERS = "w"
"""What the payload of a link to an answer begins with."""
_GOES_ON_WITHIN = 1.0
"""Seconds that the next piece of an album or a long text is waited for."""
_PIECES = 100
"""So many are taken together at most."""


Shown = Callable[[Found, Texts, str], Reply]
"""What was found, and under which number it is kept, as it is shown."""


class Cancelled(Exception):
    """Whoever asked does not want it any more."""


# -- about the bot


async def start(update: Update, context: Context) -> None:
    """`/start`, also with what a link carries: an answer that waits, or a group whose notes are to come here."""
    message, texts = heard(update, context)
    payload = behind_command(message)
    if payload.startswith(panel.LINKS):
        await panel.link(message, payload, context, texts)
    elif is_group(message):
        await say(message, render.sentence(texts.group.introduction))
    elif payload.startswith(WHISPERS):
        await _read_alone(message, payload, context, texts)
    else:
        await say(message, render.welcome(texts), keyboard(render.examples(texts), context.services.signer))


async def _read_alone(message: Message, payload: str, context: Context, texts: Texts) -> None:
    """An answer that was asked for in a group, shown to whoever asked for it."""
    services = context.services
    kept = await services.workers.run(services.state.kept, payload.removeprefix(WHISPERS))
    if kept is None or kept.user_id != writer(message):
        await say(message, render.sentence(texts.group.not_for_you))
        return
    found = Found.model_validate_json(kept.body)
    check_id = await services.workers.run(_kept, found, message, services)
    reply = found.reply(texts)
    await say(message, reply, keyboard(reply.buttons, services.signer, check_id))


async def show_help(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    await say(message, render.sentence(texts.help))


async def show_privacy(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    settings = context.services.parts.settings
    outside = None if settings.embeddings == EMBEDDED_MODEL else settings.embeddings
    await say(message, render.sentence(texts.privacy(settings.keep_days, outside, settings.chat_model)))


async def show_accuracy(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    made = await context.services.workers.run(last_report, context.services.parts.settings.data_dir)
    await say(message, render.accuracy(made, texts))


async def show_sources(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    manifest = await context.services.workers.run(context.services.parts.store.manifest)
    await say(message, render.sources(manifest, texts))


# -- what somebody chose and left


async def choose_language(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    reply = render.languages(texts)
    await say(message, reply, keyboard(reply.buttons, context.services.signer))


async def show_settings(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    await say(message, render.sentence(texts.settings(texts.language_names[texts.language], context.services.parts.settings.keep_days)))


async def forget(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    deleted = await context.services.workers.run(context.services.state.forget, writer(message))
    deleted["reports"] = await context.services.workers.run(context.services.groups.forget, writer(message))
    await say(message, render.sentence(texts.forgotten(deleted)))


async def export_own(update: Update, context: Context) -> None:
    """All that is somebody's as JSON, and their last check as ClaimReview and as Markdown."""
    message, texts = heard(update, context)
    state, workers = context.services.state, context.services.workers
    held = await workers.run(state.export, writer(message))
    if not any(held.values()):
        await say(message, render.sentence(texts.nothing_to_export))
        return
    files = [(json.dumps(held, ensure_ascii=False, indent=2, default=str), "footnote-data.json")]
    if last := await workers.run(state.latest, message.chat_id, writer(message)):
        found = Found.model_validate_json(last.body)
        files.append((json.dumps(export.claim_reviews(found), ensure_ascii=False, indent=2), "footnote-check.jsonld"))
        files.append((export.markdown(found, texts), "footnote-check.md"))
    with more_follows():
        for content, name in files[:-1]:
            await say_file(message, content.encode(), name)
    await say_file(message, files[-1][0].encode(), files[-1][1])


async def give_feedback(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    if not (said := behind_command(message)):
        await say(message, render.sentence(texts.feedback_usage))
        return
    context.services.state.judge(f"m{message.message_id}", 0, writer(message), json.dumps({"said": said}, ensure_ascii=False), good=False)
    await say(message, render.sentence(texts.thanks))


async def cancel(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    running = context.services.running.get((message.chat_id, writer(message)))
    if running is None:
        await say(message, render.sentence(texts.nothing_to_cancel))
    else:
        running.set()


# -- what somebody asks


async def check(update: Update, context: Context) -> None:
    """`/check` in a private chat, answering a message or with a text behind it."""
    message, texts = heard(update, context)
    await reply_to(message, context, texts, request_to_check)


async def read(update: Update, context: Context) -> None:
    """What somebody sends in a private chat, an album as one: a question, a claim, an article, a link, files."""
    message, texts = heard(update, context)
    await reply_to(message, context, texts, request_of)


async def show_timeline(update: Update, context: Context) -> None:
    """`/timeline`, of a topic and a time, or of what was found last."""
    message, texts = heard(update, context)
    state, workers = context.services.state, context.services.workers
    parts = await workers.run(parts_in, context.services, message.chat_id)

    def drawn() -> Drawing | None:
        if said := behind_command(message):
            return drawing_of_topic(parts, said, texts)
        last = state.latest(message.chat_id, writer(message))
        return drawing_of_found(parts, Found.model_validate_json(last.body), 0, texts) if last else None

    async with typing(message):
        drawing = await context.services.thinkers.run(drawn)
    if drawing is None:
        topics = await workers.run(lambda: [pack.topic for pack in parts.store.manifest().packs])
        await say(message, render.sentence(texts.timeline_usage(sorted(set(topics)))))
    else:
        await say_picture(message, drawing.picture, drawing.caption)


async def unknown_command(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    await say(message, render.sentence(texts.unknown_command))


async def reply_to(
    message: Message,
    context: Context,
    texts: Texts,
    asked: Callable[[list[Message]], Request],
    shown: Shown | None = None,
    packs: tuple[str, ...] = (),
) -> None:
    """Find what a message asks for, and answer. Of several files, those that cannot be read are told of, and the others checked."""
    async with typing(message):
        pieces = await _pieces(message, context.services.order)
        request = asked(pieces)
        try:
            if files := documents_of(pieces, request):
                read = await _read_files(message, files, texts)
                beside = asks_beside(request)
                request = with_files(request, read)
            else:
                beside = None
                request = await read_page(request.text) if request.kind is Kind.LINK else request
        except Unreadable as exc:
            await say(message, render.sentence(texts.unreadable(exc.reason)))
            return
    if beside:
        with more_follows():
            await work(message, request, context, texts, shown, packs)
        request = beside
    await work(message, request, context, texts, shown, packs, number=1 if beside else 0)


async def _read_files(message: Message, files: list[Document], texts: Texts) -> list[Request]:
    """Unreadable where none of them can be read."""
    read: list[Request] = []
    refused: list[tuple[Document, Unreadable]] = []
    for file in files:
        try:
            read.append(await read_document(file))
        except Unreadable as exc:
            refused.append((file, exc))
    if not read:
        raise refused[0][1]
    with more_follows():
        for file, why in refused:
            await say(message, render.sentence(texts.unreadable_file(file.file_name, why.reason)))
    return read


async def work(
    message: Message,
    request: Request,
    context: Context,
    texts: Texts,
    shown: Shown | None = None,
    packs: tuple[str, ...] = (),
    number: int = 0,
) -> None:
    """Find what is asked for, keep it for its buttons, and answer; `shown` says how, where not with the whole of it.

    `packs` empty: all. `number` tells apart what one message asks.
    """
    services = context.services
    if sentence := _nothing_to_do(request, texts):
        await say(message, render.sentence(sentence))
        return
    charged_to.set(str(message.chat_id))
    progress, stop = Progress(message, texts.progress), threading.Event()
    mine = (message.chat_id, writer(message))
    services.running[mine] = stop
    try:
        async with typing(message), progress.telling():
            found = await services.thinkers.run(_found_lately, request, texts, services, packs, progress, stop)
    except Cancelled:
        await progress.end(render.sentence(texts.cancelled), None)
        return
    finally:
        services.running.pop(mine, None)
    check_id = await services.workers.run(_kept, found, message, services, number)
    reply = shown(found, texts, check_id) if shown else found.reply(texts)
    await progress.end(reply, keyboard(reply.buttons, services.signer, check_id))


def _found_lately(
    request: Request, texts: Texts, services: Services, packs: tuple[str, ...], progress: Progress, stop: threading.Event
) -> Found:
    """As `found_for`; a short question or claim that was asked lately is not worked on again."""
    parts = services.parts.within(packs)

    def make() -> Found:
        return found_for(request, texts, parts, progress, stop)

    if request.kind is Kind.ARTICLE or parts.settings.chat_model is not None:  # a model is paid for by whoever asks
        return make()
    return services.recent.get((parts.store.generation(), packs, request, texts.language), make)


def _nothing_to_do(request: Request, texts: Texts) -> str | None:
    no_words = texts.no_words if request.text else texts.what_can_be_sent
    return {Kind.NOTHING: no_words, Kind.UNSAID: texts.check_usage}.get(request.kind)


def found_for(request: Request, texts: Texts, parts: Parts, progress: Progress, stop: threading.Event) -> Found:
    """Blocking. StoreError, Cancelled."""

    def on_progress(done: int, total: int) -> None:
        if stop.is_set():
            raise Cancelled
        progress.is_at(done, total)

    if request.kind is Kind.QUESTION:
        return _answered(request, texts, parts, progress)
    if request.kind is Kind.CLAIM:
        return Found(verdict=parts.fact_checker.check_claim(request.text, language=texts.language))
    article = parts.fact_checker.check(request.text, request.published, language=texts.language, on_progress=on_progress)
    return Found(article=article, origin=request.origin)


def _answered(request: Request, texts: Texts, parts: Parts, progress: Progress) -> Found:
    """The answer to a question; to “Is it true that …?” a verdict, unless only the answer has something to say."""
    verdict = None
    if request.about is None and asked_about(request.text):
        verdict = parts.fact_checker.check_claim(request.text, language=texts.language)
        if verdict.label.decided:
            return Found(verdict=verdict)
    answer = parts.explainer.answer(request.text, request.about, language=texts.language, on_draft=progress.drafted)
    return Found(verdict=verdict) if verdict and answer.abstained else Found(answer=answer)


def _kept(found: Found, message: Message, services: Services, number: int = 0) -> str:
    check_id = services.signer.check_id(message.chat_id, message.message_id, number)
    services.state.keep(check_id, message.chat_id, writer(message), found.model_dump_json())
    return check_id


async def _pieces(first: Message, order: ChatOrder) -> list[Message]:
    """A message, and the rest of its album, or of a text that an app had to cut."""
    pieces = [first]
    while len(pieces) < _PIECES and may_go_on(pieces[-1]) and (piece := await _next_piece(pieces[-1], order)):
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
