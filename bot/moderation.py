"""A group's message in, what may be done about it out; and what a group can choose. Pure: rules return data, handlers act.

Nothing here judges a person. What is proposed is always decided by somebody who has the right to do it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from telegram import Message
from telegram.constants import ChatID, ChatType

from knowledge.domain import Language, Value

GENERAL = 0
"""Stands for a group without topics, and for the general topic, which has no number."""
NOTES_AN_HOUR = 6
"""So many notes a group at most; what comes up besides is in the digest."""
QUIET_HOURS = 12
"""For so long after a note, the same claim in the same group brings no other."""
REPORTS_A_DAY = 10
"""So many messages may one person report in one group."""
MUTED_MINUTES = 60
IGNORED_DAYS = 7
SILENCED_DAYS = 30
"""Who reports to annoy is not heard for so long."""
GRACE_DAYS = 3
"""So long after we were removed, what belongs to a group is deleted."""
BARS = (0.8, 0.9, 0.95)
"""How sure a note must be, as measured on posts kept apart from tuning: a share of notes that are right."""
MIN_WORDS = 3


class Mode(StrEnum):
    """What becomes of a circulating falsehood in a topic."""

    OFF = "off"
    SHADOW = "shadow"
    """What would have been proposed is kept for the moderators to look at."""
    NOTES = "notes"
    """The moderators get a note."""


class Digest(StrEnum):
    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


class Who(StrEnum):
    """Who may ask the bot in a group."""

    EVERYBODY = "everybody"
    ADMINS = "admins"


class GroupSettings(Value):
    """What a group chose. `language` None: the asker's; `packs` empty: all of them; `moderators` is the chat that notes go to."""

    language: Language | None = None
    added_in: Language | None = None
    """Of whoever added us: what nobody asked for is told in it where the group chose none."""
    watch: dict[int, Mode] = Field(default_factory=dict)
    """By topic."""
    bar: float = 0.95
    digest: Digest = Digest.OFF
    hour: Annotated[int, Field(ge=0, le=23)] = 9
    zone: str = "UTC"
    moderators: int | None = None
    who: Who = Who.EVERYBODY
    whisper: bool = False
    reports: Annotated[int, Field(ge=1, le=20)] = 1
    """So many people must report a message before the moderators are told."""
    keep_days: Annotated[int, Field(ge=1, le=365)] = 30
    packs: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:  # OSError: a folder of zones, or too long for a file's name
            raise ValueError(f"{zone} is no time zone") from exc
        return zone

    @property
    def told_in(self) -> Language | None:
        """The language of notes, digests and of what moderators let us say."""
        return self.language or self.added_in

    def mode(self, topic: int) -> Mode:
        return self.watch.get(topic, Mode.OFF)

    @property
    def watches(self) -> bool:
        return any(mode is not Mode.OFF for mode in self.watch.values())


class Sender(StrEnum):
    """As whom a message was written."""

    PERSON = "person"
    ADMIN = "anonymous administrator"
    LINKED = "linked channel"
    CHANNEL = "channel"
    BOT = "bot"


class Choice(StrEnum):
    """What a moderator can do with a case. The order is that of the numbers in buttons: new ones go to the end."""

    CONTEXT = "context"
    WARN = "warn"
    DELETE = "delete"
    MUTE = "mute"
    DELETE_AND_MUTE = "delete_and_mute"
    IGNORE = "ignore"
    IGNORE_CLAIM = "ignore_claim"
    APPROVE = "approve"
    REJECT = "reject"
    ABUSE = "abuse"
    UNDO = "undo"
    AGREE = "agree"
    DISAGREE = "disagree"
    BY_HAND = "by_hand"


class Right(StrEnum):
    """Telegram's own rights, by the names that it gives them; `MODERATE` is any administrator's."""

    SETTINGS = "can_change_info"
    DELETE = "can_delete_messages"
    RESTRICT = "can_restrict_members"
    MODERATE = "administrator"


class Kind(StrEnum):
    """How a case came up."""

    WATCH = "watch"
    REPORT = "report"


NEEDS: dict[Choice, frozenset[Right]] = {
    Choice.DELETE: frozenset({Right.DELETE}),
    Choice.MUTE: frozenset({Right.RESTRICT}),
    Choice.DELETE_AND_MUTE: frozenset({Right.DELETE, Right.RESTRICT}),
}
TO_THE_MESSAGE = frozenset({Choice.CONTEXT, Choice.WARN, Choice.DELETE, Choice.MUTE, Choice.DELETE_AND_MUTE})
"""What is done to a message or its author, and so only where the message can be reached."""
UNDOABLE = frozenset(
    {
        Choice.CONTEXT,
        Choice.WARN,
        Choice.MUTE,
        Choice.IGNORE,
        Choice.IGNORE_CLAIM,
        Choice.REJECT,
        Choice.APPROVE,
        Choice.ABUSE,
    }
)
AGREES = frozenset(
    {
        Choice.CONTEXT,
        Choice.WARN,
        Choice.DELETE,
        Choice.MUTE,
        Choice.DELETE_AND_MUTE,
        Choice.AGREE,
        Choice.APPROVE,
        Choice.IGNORE_CLAIM,
        Choice.BY_HAND,
    }
)
"""Who does one of these holds that the proposal was right; `IGNORE` says nothing of that, the others that it was not."""
DISAGREES = frozenset({Choice.DISAGREE, Choice.REJECT, Choice.ABUSE})


def needed(choice: Choice) -> frozenset[Right]:
    return NEEDS.get(choice, frozenset({Right.MODERATE}))


def sender_of(message: Message) -> Sender:
    """An anonymous administrator speaks as the group, a channel by its own name or through what it posts being sent on automatically."""
    if message.is_automatic_forward or (message.from_user and message.from_user.id == ChatID.SERVICE_CHAT):
        return Sender.LINKED
    if message.sender_chat is not None:
        return Sender.ADMIN if message.sender_chat.id == message.chat_id else Sender.CHANNEL
    return Sender.BOT if message.from_user is None or message.from_user.is_bot or message.via_bot else Sender.PERSON


def topic_of(message: Message) -> int:
    return message.message_thread_id if message.is_topic_message and message.message_thread_id else GENERAL


def is_group(message: Message) -> bool:
    return message.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)


def is_root(message: Message) -> bool:
    """Whether a topic hangs on a message, or Telegram itself wrote it: neither may be deleted."""
    return message.message_id == message.message_thread_id or is_service(message)


def is_service(message: Message) -> bool:
    return not (message.text or message.caption or message.effective_attachment)


def may_be_watched(message: Message, text: str) -> bool:
    """Whether a post states enough to be compared; what moderators and their channel write is their own business."""
    return (
        sender_of(message) in (Sender.PERSON, Sender.CHANNEL)
        and not is_root(message)
        and not text.startswith("/")
        and len(_WORD.findall(text)) >= MIN_WORDS
    )


_WORD = re.compile(r"[^\W\d_]{2,}")


def choices(kind: Kind, sender: Sender, *, claim: bool, deletable: bool = True) -> tuple[tuple[Choice, ...], ...]:
    """What a case offers, in rows. Only people can be muted; without a claim there is no context to post."""
    mute = sender is Sender.PERSON
    act = [
        *([Choice.DELETE] if deletable else []),
        *([Choice.MUTE] if mute else []),
        *([Choice.DELETE_AND_MUTE] if mute and deletable else []),
    ]
    speak = [*([Choice.CONTEXT] if claim else []), Choice.WARN]
    return tuple(tuple(row) for row in (speak, act[:2], act[2:], judgements(kind)) if row)


def judgements(kind: Kind) -> tuple[Choice, ...]:
    """What can be decided on a case without anything being done in the group."""
    return (Choice.IGNORE, Choice.IGNORE_CLAIM) if kind is Kind.WATCH else (Choice.APPROVE, Choice.REJECT, Choice.ABUSE)
