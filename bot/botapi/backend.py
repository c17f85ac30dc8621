"""The state of one emulated server, and what happens when users do things.

Users act through the functions here (the test driver and the terminal chat call them); the bot acts through the
methods in `methods/`. Both change the same `World`.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import entities as ent
from .config import ServerConfig
from .faults import Faults
from .flood import FloodGate
from .report import Journal
from .spec import Spec
from .updates import UpdateQueue
from .world import GENERAL_TOPIC, PERMISSIONS, Chat, Member, Message, Topic, User, World


class ActionError(RuntimeError):
    """A user tried something Telegram's apps would not let them do."""


@dataclass(slots=True)
class CallbackState:
    """A pressed button and the bot's answer to it."""

    id: str
    user: User
    message: Message
    data: str
    pressed: float
    answered: float = 0.0
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class InlineState:
    """An inline query (or guest query) and the bot's answer to it."""

    id: str
    user: User
    query: str
    offset: str
    asked: float
    chat_type: str = ""
    chat: Chat | None = None
    answer: dict[str, Any] | None = None
    answered: float = 0.0


@dataclass(slots=True)
class WebhookState:
    """What setWebhook set."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str = ""
    has_certificate: bool = False
    last_error_date: int = 0
    last_error_message: str = ""


@dataclass(slots=True)
class BotSettings:
    """Everything the bot can set about itself."""

    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, dict[str, Any]] = field(default_factory=dict)
    default_rights: dict[str, dict[str, bool]] = field(default_factory=dict)


class Backend:
    """One emulated Bot API server and the Telegram around it."""

    def __init__(self, config: ServerConfig | None = None, faults: Faults | None = None) -> None:
        self.config = config or ServerConfig()
        self.spec = Spec.load()
        self.world = World(self.config.bot)
        self.queue = UpdateQueue(self.config.first_update_id)
        self.journal = Journal()
        self.gate = FloodGate(self.config.flood)
        self.faults = faults or Faults()
        self.webhook = WebhookState()
        self.settings = BotSettings()
        self.callbacks: dict[str, CallbackState] = {}
        self.inline: dict[str, InlineState] = {}
        self.logged_out = False
        self._ids = itertools.count(4_382_000_000_000_000_001, 7)
        self._groups = itertools.count(13_500_000_000_000_001)
        #: Called after an update was queued (the webhook sender listens).
        self.on_update: Callable[[], None] | None = None
        self.last_activity = time.monotonic()

    # -- small helpers -----------------------------------------------------------------------------

    @property
    def bot(self) -> User:
        """The bot's account."""
        return self.world.bot

    def new_id(self) -> str:
        """A fresh identifier for a query."""
        return str(next(self._ids))

    def touch(self) -> None:
        """Remember that the bot just did something."""
        self.last_activity = time.monotonic()

    def push(self, kind: str, payload: dict[str, Any]) -> bool:
        """Queue an update for the bot."""
        if self.config.self_check:
            field = self.spec.field("Update", kind)
            if issues := self.spec.check(field.types[0], payload, kind) if field else []:
                raise AssertionError(f"the emulator made a wrong update: {issues}")
        update = self.queue.push(kind, payload)
        if update is None:
            return False
        if self.on_update is not None:
            self.on_update()
        return True

    # -- the bot's membership ----------------------------------------------------------------------

    def bot_member(self, chat: Chat) -> Member:
        """The bot's standing in a group or channel."""
        return chat.member(self.bot)

    def bot_sees(self, chat: Chat, message: Message) -> bool:
        """Does the bot get this message, given privacy mode?"""
        if chat.type == "private":
            return not (chat.user and chat.user.blocked_bot)
        member = self.bot_member(chat)
        if not member.present or message.sender is self.bot:
            return False
        if chat.type == "channel" or member.is_admin or self.config.bot.can_read_all_group_messages:
            return True
        if message.sender is not None and message.sender.is_bot:
            return False
        if is_service(message.data):
            return True
        reply = message.reply_to
        if reply is not None and reply.from_bot:
            return True
        if message.data.get("via_bot", {}).get("id") == self.bot.id:
            return True
        name = self.bot.username.lower()
        text = message.text
        for entity in message.entities:
            part = ent.utf16_slice(text, entity["offset"], entity["length"]).lower()
            if entity["type"] == "mention" and part == f"@{name}":
                return True
            if entity["type"] == "bot_command" and entity["offset"] == 0:
                target = part.partition("@")[2]
                if not target or target == name:
                    return True
            if entity["type"] == "text_mention" and entity.get("user", {}).get("id") == self.bot.id:
                return True
        return False

    # -- messages of users -------------------------------------------------------------------------

    def user_message(
        self,
        chat: Chat,
        user: User | None,
        data: dict[str, Any],
        *,
        reply_to: Message | None = None,
        topic: int | None = None,
        kind: str = "user_message",
    ) -> Message:
        """Put a message into a chat and tell the bot if it may see it (``user`` None: a channel's post)."""
        if chat.migrated_to:
            chat = self.world.chats[chat.migrated_to]
        service = is_service(data)
        if user is not None and chat.type != "private" and not service:
            self._check_can_send(chat, user, topic)
        if chat.type == "private" and user is not None:
            user.has_started = True
        if user is not None:
            data = {"from": user.to_api(), **data}
        if chat.type == "channel":
            data = {"sender_chat": chat.to_api(), **{k: v for k, v in data.items() if k != "from"}}
        if reply_to is not None and topic is None and reply_to.data.get("is_topic_message"):
            topic = reply_to.data.get("message_thread_id")
        if topic is not None and topic != GENERAL_TOPIC:
            data = {"message_thread_id": topic, "is_topic_message": True, **data}
        message = self.world.add_message(chat, data, sender=user, reply_to=reply_to)
        event = self.journal.event(kind, chat.id, message_id=message.id, message=message.to_api())
        message.seq = event.seq
        if self.bot_sees(chat, message):
            self.push("channel_post" if chat.type == "channel" else "message", message.to_api())
        return message

    def _check_can_send(self, chat: Chat, user: User, topic: int | None) -> None:
        member = chat.member(user)
        if not member.present:
            raise ActionError(f"{user.full_name} is not in {chat.name}")
        if chat.type == "channel" and not member.can("can_post_messages"):
            raise ActionError(f"{user.full_name} may not post in {chat.name}")
        if member.status == "restricted" and not member.rights.get("can_send_messages", False):
            raise ActionError(f"{user.full_name} is restricted in {chat.name}")
        if topic is not None and (topic not in chat.topics or (chat.topics[topic].closed and not member.is_admin)):
            raise ActionError(f"topic {topic} of {chat.name} does not exist or is closed")

    def edit_user_message(self, message: Message, changes: dict[str, Any]) -> None:
        """A user edits their message."""
        message.edits.append(dict(message.data))
        message.data = {**message.data, **changes, "edit_date": int(self.world.clock.now())}
        self.journal.event("user_edit", message.chat.id, message_id=message.id, message=message.to_api())
        if self.bot_sees(message.chat, message):
            kind = "edited_channel_post" if message.chat.type == "channel" else "edited_message"
            self.push(kind, message.to_api())

    def delete_user_message(self, message: Message) -> None:
        """A user deletes a message (bots are not told)."""
        message.deleted = True
        self.journal.event("user_delete", message.chat.id, message_id=message.id)

    # -- buttons, queries, reactions ---------------------------------------------------------------

    def press(self, message: Message, user: User, button: dict[str, Any]) -> CallbackState:
        """A user presses a callback button."""
        state = CallbackState(self.new_id(), user, message, button["callback_data"], time.monotonic())
        self.callbacks[state.id] = state
        payload: dict[str, Any] = {
            "id": state.id,
            "from": user.to_api(),
            "chat_instance": str(abs(hash((message.chat.id, self.bot.id)))),
            "data": state.data,
        }
        if message.inline_message_id:
            payload["inline_message_id"] = message.inline_message_id
        else:
            payload["message"] = message.to_api()
        self.journal.event(
            "press",
            message.chat.id,
            message_id=message.id,
            user_id=user.id,
            button=button["text"],
            id=state.id,
        )
        self.push("callback_query", payload)
        return state

    def ask_inline(self, user: User, query: str, offset: str, chat_type: str) -> InlineState:
        """A user types an inline query."""
        if not self.config.bot.supports_inline_queries:
            raise ActionError("the bot does not support inline queries")
        state = InlineState(self.new_id(), user, query, offset, time.monotonic(), chat_type)
        self.inline[state.id] = state
        payload = {"id": state.id, "from": user.to_api(), "query": query, "offset": offset}
        if chat_type:
            payload["chat_type"] = chat_type
        self.journal.event("inline_query", None, id=state.id, user_id=user.id, query=query)
        self.push("inline_query", payload)
        return state

    def send_inline_result(self, state: InlineState, chat: Chat, user: User, result: dict[str, Any]) -> Message:
        """A user sends one of the results of an inline query."""
        from .methods.inline import result_content

        data = result_content(self, result) | {"via_bot": self.bot.to_api()}
        markup = result.get("reply_markup")
        message = self.user_message(chat, user, data, kind="inline_message")
        if markup:
            message.reply_markup = markup
            message.inline_message_id = "AgAAA" + secrets.token_urlsafe(12)
            self.world.inline_messages[message.inline_message_id] = message
        if self.config.bot.inline_feedback:
            payload = {"result_id": result["id"], "from": user.to_api(), "query": state.query}
            if message.inline_message_id:
                payload["inline_message_id"] = message.inline_message_id
            self.push("chosen_inline_result", payload)
        return message

    def ask_guest(self, chat: Chat, user: User, data: dict[str, Any], reply_to: Message | None = None) -> InlineState:
        """A user calls the bot in a chat the bot is not in."""
        if not self.config.bot.supports_guest_queries:
            raise ActionError("the bot does not support guest queries")
        state = InlineState(self.new_id(), user, data.get("text", ""), "", time.monotonic(), chat.type, chat)
        self.inline[state.id] = state
        data = {"from": user.to_api(), "guest_query_id": state.id, **data}
        message = self.world.add_message(chat, data, sender=user, reply_to=reply_to)
        message.seq = self.journal.event("user_message", chat.id, message_id=message.id, message=message.to_api()).seq
        self.push("guest_message", message.to_api())
        return state

    def react(self, message: Message, user: User, reaction: list[dict[str, Any]]) -> None:
        """A user sets reactions on a message."""
        old = message.reactions.get(user.id, [])
        message.reactions[user.id] = reaction
        chat = message.chat
        self.journal.event("reaction", chat.id, message_id=message.id, user_id=user.id, reaction=reaction)
        if chat.type == "private" or self.bot_member(chat).is_admin:
            self.push(
                "message_reaction",
                {
                    "chat": chat.to_api(), "message_id": message.id, "user": user.to_api(),
                    "date": int(self.world.clock.now()), "old_reaction": old, "new_reaction": reaction,
                },
            )  # fmt: skip

    # -- members -----------------------------------------------------------------------------------

    def set_member(self, chat: Chat, user: User, actor: User, **changes: Any) -> Member:
        """Change a user's standing and send the chat member updates that follow."""
        old = chat.members.get(user.id) or Member(user, "left")
        fields: dict[str, Any] = {
            "status": old.status, "rights": dict(old.rights), "until_date": old.until_date, "tag": old.tag,
            "custom_title": old.custom_title, "is_anonymous": old.is_anonymous, "is_member": old.is_member,
        } | changes  # fmt: skip
        new = Member(user, **fields)
        chat.members[user.id] = new
        self.journal.event("member", chat.id, user_id=user.id, actor_id=actor.id, old=old.status, new=new.status)
        payload = {
            "chat": chat.to_api(), "from": actor.to_api(), "date": int(self.world.clock.now()),
            "old_chat_member": old.to_api(chat.type), "new_chat_member": new.to_api(chat.type),
        }  # fmt: skip
        if user is self.bot:
            if old.to_api(chat.type) != new.to_api(chat.type):
                self.push("my_chat_member", payload)
        elif self.bot_member(chat).is_admin:
            self.push("chat_member", payload)
        return new

    def join(self, chat: Chat, user: User, actor: User | None = None, **changes: Any) -> Member:
        """A user joins, or is added by ``actor``."""
        actor = actor or user
        member = self.set_member(chat, user, actor, **({"status": "member"} | changes))
        if chat.is_group:
            self.user_message(chat, actor, {"new_chat_members": [user.to_api()]}, kind="service")
        return member

    def leave(self, chat: Chat, user: User, actor: User | None = None, *, ban: bool = False) -> None:
        """A user leaves, or is removed by ``actor``."""
        actor = actor or user
        if chat.is_group and user is not self.bot:
            self.set_member(chat, user, actor, status="kicked" if ban else "left", rights={})
            self.user_message(chat, actor, {"left_chat_member": user.to_api()}, kind="service")
            return
        if chat.is_group:
            self.user_message(chat, actor, {"left_chat_member": user.to_api()}, kind="service")
        self.set_member(chat, user, actor, status="kicked" if ban else "left", rights={})

    def block_bot(self, user: User, blocked: bool = True) -> None:
        """A user blocks (or unblocks) the bot in the private chat."""
        if user.blocked_bot is blocked:
            return
        chat = self.world.private_chat(user)
        member, kicked = Member(self.bot, "member"), Member(self.bot, "kicked")
        old, new = (member, kicked) if blocked else (kicked, member)
        user.blocked_bot = blocked
        self.journal.event("member", chat.id, user_id=self.bot.id, actor_id=user.id, old=old.status, new=new.status)
        self.push(
            "my_chat_member",
            {
                "chat": chat.to_api(), "from": user.to_api(), "date": int(self.world.clock.now()),
                "old_chat_member": old.to_api("private"), "new_chat_member": new.to_api("private"),
            },
        )  # fmt: skip

    def migrate(self, chat: Chat, actor: User) -> Chat:
        """A basic group becomes a supergroup with another id."""
        if chat.type != "group" or chat.migrated_to:
            raise ActionError(f"{chat.name} is no basic group")
        new = self.world.add_chat("supergroup", chat.title, description=chat.description)
        new.members = {uid: Member(m.user, m.status, dict(m.rights)) for uid, m in chat.members.items()}
        self.user_message(chat, actor, {"migrate_to_chat_id": new.id}, kind="service")
        chat.migrated_to = new.id
        self.user_message(new, actor, {"migrate_from_chat_id": chat.id}, kind="service")
        return new

    def create_topic(self, chat: Chat, actor: User | None, name: str, **fields: Any) -> Topic:
        """Open a forum topic; its id is the id of the service message that announces it."""
        made = {"name": name, "icon_color": fields.get("icon_color", 7322096)}
        if emoji := fields.get("icon_custom_emoji_id"):
            made["icon_custom_emoji_id"] = emoji
        message = self.world.add_message(
            chat,
            {"from": (actor or self.bot).to_api(), "is_topic_message": True, "forum_topic_created": made},
            sender=actor or self.bot,
            from_bot=actor is None,
        )
        message.data["message_thread_id"] = message.id
        topic = chat.topics[message.id] = Topic(message.id, name, **fields)
        message.seq = self.journal.event("service", chat.id, message_id=message.id, message=message.to_api()).seq
        if actor is not None and self.bot_sees(chat, message):
            self.push("message", message.to_api())
        return topic

    def restricted_rights(self, chat: Chat) -> dict[str, bool]:
        """The permissions an ordinary member starts from."""
        return {p: chat.permissions.get(p, True) for p in PERMISSIONS}


_SERVICE = frozenset(
    {
        "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
        "group_chat_created", "supergroup_chat_created", "channel_chat_created", "migrate_to_chat_id",
        "migrate_from_chat_id", "pinned_message", "forum_topic_created", "forum_topic_edited",
        "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden",
        "general_forum_topic_unhidden", "message_auto_delete_timer_changed", "write_access_allowed",
    }
)  # fmt: skip


def is_service(data: dict[str, Any]) -> bool:
    """Is this the data of a service message?"""
    return not _SERVICE.isdisjoint(data)
