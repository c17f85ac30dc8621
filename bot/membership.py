"""Places in a chat that change in, what follows from it out: our own, and those of the people whose rights we rely on."""

from __future__ import annotations

import contextlib

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot import cases, panel, render
from bot.services import Context
from bot.texts import texts_for

GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def changed(update: Update, context: Context) -> None:
    """We were added, promoted, removed or blocked."""
    change = update.my_chat_member
    assert change is not None
    services, chat = context.services, change.chat
    services.rights.changed(chat.id, context.bot.id)
    gone, was_gone = change.new_chat_member.status in GONE, change.old_chat_member.status in GONE
    if chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        if gone:
            await services.workers.run(services.state.forget_chat, chat.id)
        return
    if gone:
        await services.workers.run(services.groups.leave, chat.id)
        return
    await services.workers.run(services.groups.join, chat.id, chat.title or "")
    if was_gone:
        await _introduce(chat.id, change.from_user.language_code, context)


async def _introduce(chat_id: int, language_code: str | None, context: Context) -> None:
    """One silent message: what we do here, and what we can see."""
    services = context.services
    known = await services.workers.run(services.groups.settings, chat_id)
    texts = texts_for(known.language or language_code)
    await services.workers.run(services.groups.change, chat_id, added_in=known.added_in or texts.language)
    sees = texts.group.sees_all if await panel.sees_all(context.bot, chat_id, services) else texts.group.sees_addressed
    with contextlib.suppress(TelegramError):  # we may have been added without the right to write
        page = render.sentence(f"{texts.group.introduction}\n\n{sees}").pages[0]
        await context.bot.send_message(chat_id, page, disable_notification=True)


async def member_changed(update: Update, context: Context) -> None:
    """Somebody was promoted, demoted, restricted or has left: what we knew of their rights is out of date, and what they wrote may be decided on."""
    change = update.chat_member
    assert change is not None
    member, moderator = change.new_chat_member.user, change.from_user
    context.services.rights.changed(change.chat.id, member.id)
    if moderator.id not in (context.bot.id, member.id) and _is_shut_out(change):
        await cases.decided_by_hand(context.bot, change.chat.id, member.id, moderator, context.services)


def _is_shut_out(change: ChatMemberUpdated) -> bool:
    """Whether somebody who could write no longer can."""
    before, after = change.old_chat_member, change.new_chat_member
    if isinstance(after, ChatMemberRestricted):
        return before.status == ChatMember.MEMBER and not after.can_send_messages
    return after.status == ChatMember.BANNED and before.status not in GONE


async def migrated(update: Update, context: Context) -> None:
    """A group became a supergroup and has another id now."""
    message = update.effective_message
    if message is not None and message.migrate_to_chat_id is not None:
        old, new = message.chat_id, message.migrate_to_chat_id
        await context.services.workers.run(context.services.state.move_chat, old, new)
        await context.services.workers.run(context.services.groups.move, old, new)
