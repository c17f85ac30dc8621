"""What handlers work with, and how they reach it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from telegram import Message, Update, User
from telegram.ext import CallbackContext, ExtBot

from bot.buttons import Signer
from bot.excerpts import Excerpts
from bot.found import Found
from bot.group_state import Groups
from bot.moderation import is_group
from bot.parts import Parts
from bot.recent import Recent
from bot.rights import Rights
from bot.state import State
from bot.texts import Texts, texts_for
from bot.turns import ChatOrder, Workers

if TYPE_CHECKING:
    from bot.watch import Watch


class Services(NamedTuple):
    parts: Parts
    order: ChatOrder
    workers: Workers
    """For what is there at once: a press must not wait for an article."""
    thinkers: Workers
    """For what takes seconds of the processor, or of a chat model."""
    state: State
    signer: Signer
    running: dict[tuple[int, int], threading.Event]
    """By chat and asker, what ends the check that is being worked on."""
    recent: Recent[Found]
    groups: Groups
    rights: Rights
    excerpts: Excerpts
    watch: Watch


class Context(CallbackContext[ExtBot[int], dict[Any, Any], dict[Any, Any], dict[str, Services]]):
    @property
    def services(self) -> Services:
        return self.bot_data["services"]

    def texts(self, user: User | None, group_id: int | None = None) -> Texts:
        """In the language that a group chose, else in the one that somebody chose, else in that of their app."""
        of_group = self.services.groups.settings(group_id).language if group_id else None
        chosen = of_group or (self.services.state.language(user.id) if user else None)
        return texts_for(chosen or (user.language_code if user else None))


def parts_in(services: Services, chat_id: int) -> Parts:
    """The flows over what a chat has chosen. Blocking. StateError."""
    return services.parts.within(services.groups.settings(chat_id).packs) if chat_id < 0 else services.parts


def heard(update: Update, context: Context) -> tuple[Message, Texts]:
    """A new message, and how to speak to whoever wrote it."""
    assert update.message is not None  # routes() lets only new messages through
    message = update.message
    return message, context.texts(message.from_user, message.chat_id if is_group(message) else None)


def writer(message: Message) -> int:
    """Who wrote a message: of a channel's or an anonymous administrator's the chat that it speaks for."""
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user else message.chat_id
