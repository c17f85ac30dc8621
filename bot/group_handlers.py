"""A group's message in, what it asks of us out: one thin function a flow. What nobody addressed to us is compared in silence, where the group wants that."""

from __future__ import annotations

import contextlib
import json

from telegram import Bot, Message, ReactionTypeEmoji, Update
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, Forbidden, TelegramError

from bot import notes, panel, render
from bot.cases import Proposal, case_for, refresh, tell
from bot.excerpts import Excerpt
from bot.found import Found
from bot.handlers import WHISPERS, Shown, reply_to
from bot.incoming import asked_in_group, request_to_check, said
from bot.moderation import REPORTS_A_DAY, GroupSettings, Kind, Right, Sender, Who, is_root, sender_of
from bot.render import Reply
from bot.sending import say
from bot.services import Context, Services, heard, writer
from bot.texts import Texts

# -- asked in public


async def check(update: Update, context: Context) -> None:
    """`/check`, answering a message or with a text behind it."""
    await _answer(update, context, asked_alone=False)


async def whisper(update: Update, context: Context) -> None:
    """`/whisper`: as `/check`, for the eyes of whoever asks."""
    await _answer(update, context, asked_alone=True)


async def ask(update: Update, context: Context) -> None:
    """We are mentioned, or somebody answers a message of ours."""
    message, texts = heard(update, context)
    if (request := asked_in_group(message, context.bot.username)) is None or not await _may_ask(message, context, texts):
        return
    settings = await _settings(message, context.services)
    await reply_to(message, context, texts, lambda _: request, _whispering(context) if settings.whisper else notes.brief, settings.packs)


async def _answer(update: Update, context: Context, *, asked_alone: bool) -> None:
    message, texts = heard(update, context)
    if not await _may_ask(message, context, texts):
        return
    settings = await _settings(message, context.services)
    shown = _whispering(context) if asked_alone or settings.whisper else notes.brief
    await reply_to(message, context, texts, request_to_check, shown, settings.packs)


async def _may_ask(message: Message, context: Context, texts: Texts) -> bool:
    settings = await _settings(message, context.services)
    if settings.who is Who.EVERYBODY or sender_of(message) is Sender.ADMIN:
        return True
    if await context.services.rights.of(context.bot, message.chat_id, writer(message)):
        return True
    await say(message, render.sentence(texts.group.admins_only_ask))
    return False


def _whispering(context: Context) -> Shown:
    """What is shown in the group of an answer that waits for whoever asked."""

    def shown(_: Found, texts: Texts, check_id: str) -> Reply:
        return notes.whispered(texts, f"https://t.me/{context.bot.username}?start={WHISPERS}{check_id}")

    return shown


# -- reports


async def report(update: Update, context: Context) -> None:
    """`/report`, answering a message: merged with other reports of it, shown to the moderators when there are enough."""
    message, texts = heard(update, context)
    services, reported = context.services, message.reply_to_message
    if reported is None or is_root(reported):
        await say(message, render.sentence(texts.group.report_usage))
        return
    settings = await _settings(message, services)
    if settings.moderators is None:
        await say(message, render.sentence(texts.group.report_nobody))
        return
    reporter, groups, workers = writer(message), services.groups, services.workers
    if await workers.run(groups.reported_lately, message.chat_id, reporter) >= REPORTS_A_DAY:
        await say(message, render.sentence(texts.group.report_limit))
        return
    unheard = await workers.run(groups.is_silenced, message.chat_id, f"user {reporter}")  # who is not told so, as to others
    if unheard or await _reported(reported, reporter, settings, context.bot, services):
        await _received(message)


async def _reported(message: Message, reporter: int, settings: GroupSettings, bot: Bot, services: Services) -> bool:
    """Whether the report has arrived: at the moderators, or with those that it takes besides."""
    groups, workers = services.groups, services.workers
    is_new = await workers.run(groups.report, message.chat_id, message.message_id, reporter)
    if len(await workers.run(groups.reporters, message.chat_id, message.message_id)) < settings.reports:
        return True
    case = await workers.run(groups.case_of, message.chat_id, message.message_id)
    if case is not None and case.told:
        if is_new:
            await refresh(bot, case, services)
        return True
    words = said(message)
    if case is None:
        circulating = services.parts.within(settings.packs).circulating
        sighted = await services.thinkers.run(circulating.look, words, settings.bar, settings.told_in) if words else None
        proposal = Proposal(message, Kind.REPORT, sighted.verdict if sighted else None, sighted.checked_id if sighted else None)
        case = case_for(proposal, services)
        if not await workers.run(groups.open, case):
            return True
    elif case.shadow:
        await workers.run(groups.reported, case.id)
        case = await workers.run(groups.case, case.id) or case
    services.excerpts.put(case.id, Excerpt(words or None))
    return await tell(bot, case, services)


async def _received(message: Message) -> None:
    """A report is received with a nod, not with a message."""
    with contextlib.suppress(TelegramError):
        await message.set_reaction(ReactionTypeEmoji(ReactionEmoji.OK_HAND_SIGN))


async def queue(update: Update, context: Context) -> None:
    """`/queue`, in the chat that gets the notes: what waits for a decision."""
    message, texts = heard(update, context)
    services = context.services
    groups, workers = services.groups, services.workers
    mine = [chat_id for chat_id, _, settings, _ in await workers.run(groups.all) if settings.moderators == message.chat_id]
    if not mine:
        await say(message, render.sentence(texts.group.queue_usage))
        return
    waiting = [case for chat_id in mine for case in await workers.run(groups.waiting, chat_id)]
    if not waiting:
        await say(message, render.sentence(texts.group.queue_empty))
    for case in waiting[:5]:
        await tell(context.bot, case, services)


# -- administrators


async def show_settings(update: Update, context: Context) -> None:
    message, texts = heard(update, context)
    await panel.show(message, context, texts)


async def export_log(update: Update, context: Context) -> None:
    """`/export` by an administrator: every action with who, what, why and the evidence, where notes go, else to them alone."""
    message, texts = heard(update, context)
    services = context.services
    if Right.SETTINGS not in await services.rights.of(context.bot, message.chat_id, writer(message)):
        await say(message, render.sentence(texts.group.settings_admins))
        return
    log = await services.workers.run(services.groups.log, message.chat_id)
    settings = await _settings(message, services)
    content = json.dumps(log, ensure_ascii=False, indent=2, default=str).encode()
    try:
        await context.bot.send_document(settings.moderators or writer(message), content, filename="footnote-actions.json")
    except (BadRequest, Forbidden):
        await say(message, render.sentence(texts.group.write_first))
        return
    await _received(message)


# -- what nobody addressed to us


async def seen(update: Update, context: Context) -> None:
    """A post: compared with the checked claims where the group watches this topic, and otherwise not even looked at."""
    message = update.message
    assert message is not None
    services = context.services
    settings = await _settings(message, services)
    if settings.watches:
        await services.watch.put(message, said(message), settings, services)


async def _settings(message: Message, services: Services) -> GroupSettings:
    return await services.workers.run(services.groups.settings, message.chat_id)
