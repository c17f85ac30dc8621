"""Our own place in a chat in, what follows from it out: what was found in a chat that we left is deleted, and moves with a chat that moves."""

from __future__ import annotations

from telegram import ChatMember, Update

from bot.services import Context

GONE = (ChatMember.LEFT, ChatMember.BANNED)


async def changed(update: Update, context: Context) -> None:
    """We were added, promoted, removed or blocked."""
    change = update.my_chat_member
    assert change is not None
    if change.new_chat_member.status in GONE:
        await context.services.workers.run(context.services.state.forget_chat, change.chat.id)


async def migrated(update: Update, context: Context) -> None:
    """A group became a supergroup and has another id now."""
    message = update.effective_message
    if message is not None and message.migrate_to_chat_id is not None:
        await context.services.workers.run(context.services.state.move_chat, message.chat_id, message.migrate_to_chat_id)
