"""A case and a moderator's tap in, what was decided out: done in the group by the right that the moderator has there at that moment.

A case is taken by one moderator; whoever taps later is told. What was done is written down with its evidence and can be taken back where
Telegram allows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
from collections.abc import Callable
from typing import NamedTuple

from telegram import Bot, CallbackQuery, ChatPermissions, InlineKeyboardMarkup, Message, ReplyParameters, User
from telegram.constants import ChatType
from telegram.error import BadRequest, TelegramError

from bot import notes
from bot.buttons import Button
from bot.found import Found
from bot.group_state import Action, Case
from bot.moderation import (
    IGNORED_DAYS,
    MUTED_MINUTES,
    SILENCED_DAYS,
    TO_THE_MESSAGE,
    UNDOABLE,
    Choice,
    Kind,
    Right,
    Sender,
    is_root,
    judgements,
    needed,
    sender_of,
    topic_of,
)
from bot.notes import Post
from bot.pages import Span, paged
from bot.sending import keyboard, patiently
from bot.services import Context, Services
from bot.texts import Texts, texts_for
from bot.texts.groups import GroupTexts
from knowledge.domain import Verdict

_log = logging.getLogger(__name__)
_BY_HAND_WITHIN = 24.0
"""Hours: what somebody wrote longer ago is hardly why they are restricted now."""
_CASE_NUMBER, _CONTEXT_NUMBER = 7, 8
"""Keep the ids apart that belong to one message."""


class Proposal(NamedTuple):
    """A message, and what the sources say of a claim in it; `shadow` ones are only kept."""

    message: Message
    kind: Kind
    verdict: Verdict | None = None
    claim_id: str | None = None
    shadow: bool = False


class _Refused(Exception):
    """Telegram does not let us; the message is for the moderator."""


# -- opening


def case_for(proposal: Proposal, services: Services) -> Case:
    message, verdict = proposal.message, proposal.verdict
    sender = sender_of(message)
    return Case(
        id=services.signer.check_id(message.chat_id, message.message_id, _CASE_NUMBER),
        chat_id=message.chat_id,
        message_id=message.message_id,
        topic=topic_of(message),
        author_id=message.from_user.id if sender is Sender.PERSON and message.from_user else None,
        sender=sender.value,
        kind=proposal.kind.value,
        shadow=proposal.shadow,
        told=False,
        deletable=not is_root(message),
        verdict=verdict.model_dump_json() if verdict else None,
        claim_id=proposal.claim_id,
        at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        decision=None,
        decided_by=None,
        decided=None,
    )


async def tell(bot: Bot, case: Case, services: Services) -> bool:
    """Send a case to the moderators; whether they have it."""
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, case.chat_id)
    if settings.moderators is None:
        return False
    try:
        await show(bot, case, settings.moderators, services)
    except TelegramError as exc:
        _log.warning("The moderators of a group could not be told (%s).", type(exc).__name__)
        return False
    await workers.run(groups.told, case.id)
    return True


async def show(bot: Bot, case: Case, chat_id: int, services: Services) -> None:
    """Send a case to a chat, with its buttons. TelegramError."""
    text, buttons = await services.workers.run(_shown, case, services, None)
    sent = await patiently(lambda: bot.send_message(chat_id, text, reply_markup=buttons))
    await services.workers.run(services.groups.show, case.id, sent.chat_id, sent.message_id)


async def refresh(bot: Bot, case: Case, services: Services, said: Callable[[GroupTexts], str] | None = None) -> None:
    """Show in every message about a case how it stands; `said` is what was done."""
    text, buttons = await services.workers.run(_shown, case, services, said)
    for chat_id, message_id in await services.workers.run(services.groups.shown, case.id):
        with contextlib.suppress(TelegramError):
            await bot.edit_message_text(text, chat_id, message_id, reply_markup=buttons)


def _shown(case: Case, services: Services, said: Callable[[GroupTexts], str] | None) -> tuple[str, InlineKeyboardMarkup | None]:
    """A case as its moderators see it: text and buttons."""
    groups, excerpt = services.groups, services.excerpts.of(case.id)
    settings = groups.settings(case.chat_id)
    texts, verdict = texts_for(settings.told_in), _verdict(case)
    text = notes.note(
        Post(groups.title(case.chat_id), link_to(case), excerpt.words),
        verdict,
        texts,
        recurrence=groups.recurrence(case.chat_id, case.claim_id) if case.claim_id else None,
        days=settings.keep_days,
        sureness=excerpt.sureness,
        warned=groups.warned(case.chat_id, case.author_id),
        channel=case.of_sender is Sender.CHANNEL,
        reports=len(groups.reporters(case.chat_id, case.message_id)),
        said=said(texts.group) if said else None,
    )
    rows: tuple[tuple[Button, ...], ...] = ()
    if case.decision is not None:
        undoable = case.decision in UNDOABLE and not _is_out_of_reach(case, case.decision)
        rows = ((notes.choice_button(Choice.UNDO, texts),),) if undoable else ()
    elif case.shadow:
        rows = notes.review_buttons(texts)
    elif not case.is_reachable:
        rows = (tuple(notes.choice_button(choice, texts) for choice in judgements(case.of_kind)),)
    else:
        rows = notes.choice_buttons(case.of_kind, case.of_sender, texts, claim=verdict is not None, deletable=case.deletable)
    return text, keyboard(rows, services.signer, case.id)


def link_to(case: Case) -> str | None:
    """Where members find the message; only supergroups have such addresses."""
    number = str(case.chat_id)
    if not number.startswith("-100") or not case.is_reachable:
        return None
    topic = f"{case.topic}/" if case.topic else ""
    return f"https://t.me/c/{number[4:]}/{topic}{case.message_id}"


# -- deciding


async def press(query: CallbackQuery, number: int, case_id: str, context: Context) -> str | None:
    """A moderator's tap; what to tell only them."""
    services, user = context.services, query.from_user
    groups, workers = services.groups, services.workers
    texts = context.texts(user)
    case = await workers.run(groups.case, case_id)
    if case is None or number >= len(Choice):
        return texts.expired
    choice = notes.choice_of(number)
    if needed(choice) - await services.rights.of(context.bot, case.chat_id, user.id):
        return texts.group.no_right
    if choice is Choice.UNDO:
        return await _undo(case, query, context, texts)
    if _is_out_of_reach(case, choice):
        await refresh(context.bot, case, services)
        return texts.group.cannot
    if not await workers.run(groups.decide, case.id, choice, user.id) and not await _mine_unfinished(case, choice, user.id, services):
        fresh = await workers.run(groups.case, case.id)
        await refresh(context.bot, fresh or case, services)
        return texts.group.taken
    try:
        sent = await _act(context.bot, case, choice, user.id, services)
    except _Refused as exc:
        await workers.run(groups.reopen, case.id)
        return str(exc)
    await workers.run(groups.acted, _action(case, choice, user, sent))
    settled = await workers.run(groups.case, case.id)
    await refresh(context.bot, settled or case, services, lambda group: group.done(choice, user.full_name))
    return None


def _is_out_of_reach(case: Case, choice: str) -> bool:
    return choice in TO_THE_MESSAGE and not case.is_reachable


async def decided_by_hand(bot: Bot, chat_id: int, author_id: int, moderator: User, services: Services) -> None:
    """A moderator restricted or removed whoever wrote what waits: that decides on it."""
    groups, workers = services.groups, services.workers
    for case in await workers.run(groups.undecided_of, chat_id, author_id, _BY_HAND_WITHIN):
        if await workers.run(groups.decide, case.id, Choice.BY_HAND, moderator.id):
            await workers.run(groups.acted, _action(case, Choice.BY_HAND, moderator, None))
            settled = await workers.run(groups.case, case.id)
            await refresh(bot, settled or case, services, lambda group: group.done(Choice.BY_HAND, moderator.full_name))


async def _mine_unfinished(case: Case, choice: Choice, user_id: int, services: Services) -> bool:
    """Whether this very tap was cut off before: the case is taken and nothing was done."""
    fresh = await services.workers.run(services.groups.case, case.id)
    if fresh is None or fresh.decided is None or (fresh.decision, fresh.decided_by) != (choice, user_id):
        return False
    last = await services.workers.run(services.groups.last_action, case.id)
    return last is None or last.at < fresh.decided  # what was done before is of an earlier decision


def _action(case: Case, choice: Choice, moderator: User, sent: int | None) -> Action:
    verdict = _verdict(case)
    return Action(
        chat_id=case.chat_id,
        case_id=case.id,
        moderator_id=moderator.id,
        moderator=moderator.full_name[:255],
        what=choice.value,
        message_id=case.message_id,
        author_id=case.author_id,
        why=f"{case.kind}: {verdict.label}: {verdict.claim.text}" if verdict else case.kind,
        evidence=json.dumps([source.url for one in verdict.citations for source in one.passage.provenance.sources] if verdict else []),
        sent=sent,
        at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        undone_by=None,
        undone=None,
    )


async def _act(bot: Bot, case: Case, choice: Choice, moderator_id: int, services: Services) -> int | None:
    """Do it; the number of the message that we wrote. _Refused."""
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, case.chat_id)
    texts = texts_for(settings.told_in)
    try:
        await _must_be_able(bot, case, choice, services, texts)
        match choice:
            case Choice.CONTEXT | Choice.WARN:
                return await _speak(bot, case, choice, moderator_id, services, texts)
            case Choice.DELETE:
                await _delete(bot, case.chat_id, case.message_id)
            case Choice.MUTE:
                await _mute(bot, case, texts)
            case Choice.DELETE_AND_MUTE:
                await _mute(bot, case, texts)
                await _delete_or_unmute(bot, case)
            case Choice.IGNORE_CLAIM if case.claim_id:
                await workers.run(groups.silence, case.chat_id, case.claim_id, IGNORED_DAYS)
            case Choice.ABUSE:
                for reporter in await workers.run(groups.reporters, case.chat_id, case.message_id):
                    await workers.run(groups.silence, case.chat_id, f"user {reporter}", SILENCED_DAYS)
    except TelegramError as exc:  # also where the network fails: the case is open again. Done twice, only what is said stands there twice
        raise _Refused(texts.group.cannot) from exc
    return None


async def _must_be_able(bot: Bot, case: Case, choice: Choice, services: Services, texts: Texts) -> None:
    """_Refused where we lack a right that the moderator has. TelegramError where Telegram cannot be asked."""
    wanted = needed(choice) - {Right.MODERATE}
    if not wanted:
        return
    services.rights.changed(case.chat_id, bot.id)
    missing = sorted(wanted - await services.rights.of(bot, case.chat_id, bot.id))
    if missing:
        raise _Refused(texts.group.bot_lacks(missing[0]))
    if Right.DELETE in wanted and not case.deletable:
        raise _Refused(texts.group.cannot)


async def _delete(bot: Bot, chat_id: int, message_id: int) -> None:
    """What is gone already is deleted too."""
    try:
        await bot.delete_message(chat_id, message_id)
    except BadRequest as exc:
        if "not found" not in exc.message.lower():
            raise


async def _delete_or_unmute(bot: Bot, case: Case) -> None:
    """Both or neither: of half a decision nothing would be written down."""
    try:
        await _delete(bot, case.chat_id, case.message_id)
    except TelegramError:
        with contextlib.suppress(TelegramError):
            await _unmute(bot, case)
        raise


async def _unmute(bot: Bot, case: Case) -> None:
    if case.author_id is not None:
        allowed = (await bot.get_chat(case.chat_id)).permissions or ChatPermissions.all_permissions()
        await bot.restrict_chat_member(case.chat_id, case.author_id, allowed)


async def _mute(bot: Bot, case: Case, texts: Texts) -> None:
    if case.author_id is None:
        raise _Refused(texts.group.cannot)
    if (await bot.get_chat(case.chat_id)).type != ChatType.SUPERGROUP:
        raise _Refused(texts.group.not_in_basic)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=MUTED_MINUTES)
    await bot.restrict_chat_member(case.chat_id, case.author_id, ChatPermissions.no_permissions(), until_date=until)


async def _speak(bot: Bot, case: Case, choice: Choice, moderator_id: int, services: Services, texts: Texts) -> int:
    verdict, group = _verdict(case), texts.group
    if verdict is None:
        text, buttons = paged([(Span(group.warning),)])[0], None
    else:
        title = group.context_title if choice is Choice.CONTEXT else group.warning_title
        text = paged(notes.context(verdict, texts, title))[0]
        check_id = services.signer.check_id(case.chat_id, case.message_id, _CONTEXT_NUMBER)
        found = Found(verdict=verdict)
        await services.workers.run(services.state.keep, check_id, case.chat_id, moderator_id, found.model_dump_json())
        buttons = keyboard(notes.brief(found, texts).buttons, services.signer, check_id)
    sent = await bot.send_message(
        case.chat_id,
        text,
        reply_parameters=ReplyParameters(case.message_id, allow_sending_without_reply=False),  # what answers nobody is for nobody
        message_thread_id=case.topic or None,
        disable_notification=True,
        reply_markup=buttons,
    )
    return sent.message_id


async def _undo(case: Case, query: CallbackQuery, context: Context, texts: Texts) -> str | None:
    """Take back what was done last, by whoever has the right to it, and leave the case to be decided anew."""
    services, bot = context.services, context.bot
    groups, workers = services.groups, services.workers
    action = await workers.run(groups.last_action, case.id)
    if action is None or action.what not in UNDOABLE:
        await refresh(bot, case, services)
        return texts.group.taken
    if needed(Choice(action.what)) - await services.rights.of(bot, case.chat_id, query.from_user.id):
        return texts.group.no_right
    if _is_out_of_reach(case, action.what):
        return texts.group.cannot
    try:
        await _take_back(bot, case, action, services)
    except TelegramError:
        return texts.group.cannot
    if not await workers.run(groups.undo, action.id, query.from_user.id):
        return texts.group.taken
    fresh = await workers.run(groups.case, case.id)
    await refresh(bot, fresh or case, services, lambda group: group.undone(query.from_user.full_name))
    return None


async def _take_back(bot: Bot, case: Case, action: Action, services: Services) -> None:
    """May be repeated. TelegramError."""
    groups, workers = services.groups, services.workers
    if action.sent is not None:
        await _delete(bot, case.chat_id, action.sent)
    match action.what:
        case Choice.MUTE:
            await _unmute(bot, case)
        case Choice.IGNORE_CLAIM if case.claim_id:
            await workers.run(groups.unsilence, case.chat_id, case.claim_id)
        case Choice.ABUSE:
            for reporter in await workers.run(groups.reporters, case.chat_id, case.message_id):
                await workers.run(groups.unsilence, case.chat_id, f"user {reporter}")


def _verdict(case: Case) -> Verdict | None:
    return Verdict.model_validate_json(case.verdict) if case.verdict else None
