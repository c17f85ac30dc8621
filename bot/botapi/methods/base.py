"""One call of the bot: its parameters, and the checks nearly every method makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import entities as ent
from ..backend import Backend, is_service
from ..errors import bad_request, flood, forbidden, over_limit
from ..report import CallRecord
from ..spec import MAX_CAPTION, MAX_TEXT
from ..world import GENERAL_TOPIC, Chat, Message, User
from .markup import check_markup

Handler = Callable[["Call"], Any]
registry: dict[str, Handler] = {}


def api(*names: str) -> Callable[[Handler], Handler]:
    """Register a function as the implementation of one or more methods."""

    def register(function: Handler) -> Handler:
        for name in names:
            registry[name] = function
        return function

    return register


@dataclass(slots=True)
class Upload:
    """A file that came with a request."""

    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    """A validated call."""

    backend: Backend
    method: str
    params: dict[str, Any]
    uploads: dict[str, Upload] = field(default_factory=dict)
    record: CallRecord | None = None

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter; an empty string counts as absent, as on the real server."""
        value = self.params.get(name)
        return default if value is None or value == "" else value

    # -- text --------------------------------------------------------------------------------------

    def formatted(
        self, text: str, parse_mode: str | None, entities: list[dict[str, Any]] | None, *, detect: bool = True
    ) -> ent.FormattedText:
        """Parse a text and note what the server would drop silently."""
        result = ent.format_text(text, parse_mode, entities, detect=detect)
        for note in result.dropped:
            self.backend.journal.warn(f"{self.method}: {note}")
        for entity in result.entities:
            if entity["type"] == "text_mention":
                user = self.backend.world.users.get(int(entity["user"]["id"]))
                entity["user"] = user.to_api() if user else {"id": entity["user"]["id"], "is_bot": False, "first_name": "?"}
        return result

    def text(self, *, maximum: int = MAX_TEXT) -> dict[str, Any]:
        """``text`` and ``entities`` of a message to be sent."""
        source = self.get("text")
        if not source:
            raise over_limit("message text is empty")
        parsed = self.formatted(source, self.get("parse_mode"), self.get("entities"))
        if not parsed.text:
            raise over_limit("text must be non-empty")
        if len(parsed.text) > maximum:
            raise over_limit("message is too long")
        data: dict[str, Any] = {"text": parsed.text}
        if parsed.entities:
            data["entities"] = parsed.entities
        if options := self.get("link_preview_options"):
            data["link_preview_options"] = options
        return data

    def caption(self, source: dict[str, Any] | None = None) -> dict[str, Any]:
        """``caption`` and ``caption_entities`` of media to be sent."""
        values = self.params if source is None else source
        caption = values.get("caption") or ""
        if not caption:
            return {}
        parsed = self.formatted(caption, values.get("parse_mode"), values.get("caption_entities"))
        if len(parsed.text) > MAX_CAPTION:
            raise over_limit("message caption is too long")
        data: dict[str, Any] = {"caption": parsed.text} if parsed.text else {}
        if parsed.entities:
            data["caption_entities"] = parsed.entities
        if values.get("show_caption_above_media"):
            data["show_caption_above_media"] = True
        return data

    def markup(self, *, inline_only: bool = False) -> dict[str, Any] | None:
        """The checked reply markup."""
        return check_markup(self.backend, self.get("reply_markup"), inline_only=inline_only)

    # -- chats and users ---------------------------------------------------------------------------

    def chat(self, *, write: bool = False, name: str = "chat_id") -> Chat:
        """The chat a call is about; refuses as the real server refuses chats the bot has no access to."""
        chat_id = self.get(name)
        if chat_id is None:
            raise bad_request(f"{name} is empty")
        world = self.backend.world
        chat = world.find_chat(chat_id)
        if chat is None or (chat.user is not None and not (chat.user.has_started or chat.messages)):
            if chat_id == self.backend.bot.id or (chat and chat.user and chat.user.is_bot):
                raise forbidden("bot can't send messages to bots")
            met = chat_id in world.users and any(chat_id in c.members and self.backend.bot.id in c.members for c in world.chats.values())
            raise (forbidden("bot can't initiate conversation with a user") if met else bad_request("chat not found"))
        if chat.migrated_to:
            raise bad_request(
                "group chat was upgraded to a supergroup chat",
                parameters={"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.user is not None:
            if chat.user.deactivated:
                raise forbidden("user is deactivated")
            if write and chat.user.blocked_bot:
                raise forbidden("bot was blocked by the user")
            return chat
        member = self.backend.bot_member(chat)
        if member.status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if not member.present and (write or not chat.username):
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    def target(self, chat: Chat, message_id: int | None, what: str) -> Message:
        """A message of the chat."""
        return self.backend.world.message(chat, message_id or 0, what)

    def user(self, name: str = "user_id") -> User:
        """The user a call is about."""
        user = self.backend.world.users.get(self.get(name, 0))
        if user is None:
            raise bad_request("user not found")
        return user

    def need_right(self, chat: Chat, right: str, message: str) -> None:
        """Refuse unless the bot is an administrator with a right."""
        if not self.backend.bot_member(chat).can(right):
            raise bad_request(message)

    # -- sending -----------------------------------------------------------------------------------

    def check_can_post(self, chat: Chat, right: str = "can_send_messages", what: str = "text messages") -> None:
        """Refuse when the bot may not post here."""
        member = self.backend.bot_member(chat)
        if chat.type == "channel":
            if not member.can("can_post_messages"):
                raise bad_request("need administrator rights in the channel chat")
        elif chat.is_group and not member.is_admin:
            allowed = member.rights.get(right, False) if member.status == "restricted" else True
            if not (allowed and chat.permissions.get(right, True)):
                raise bad_request(f"not enough rights to send {what} to the chat")

    def thread(self, chat: Chat) -> int | None:
        """The forum topic a message goes to."""
        thread = self.get("message_thread_id")
        if thread is None:
            return None
        if chat.is_forum:
            topic = chat.topics.get(thread)
            if topic is None or thread == GENERAL_TOPIC:
                raise bad_request("message thread not found")
            if topic.closed and not self.backend.bot_member(chat).is_admin:
                raise bad_request("TOPIC_CLOSED")
        elif chat.type == "private" and self.backend.config.bot.has_topics_enabled:
            if thread not in chat.topics:
                raise bad_request("message thread not found")
        else:
            raise bad_request("message thread not found")
        return int(thread)

    def reply(self, chat: Chat) -> tuple[Message | None, dict[str, Any]]:
        """The message replied to, and further fields of the reply (quote, external reply)."""
        params = self.get("reply_parameters")
        if not params:
            return None, {}
        source = chat
        other = params.get("chat_id")
        if other is not None:
            found = self.backend.world.find_chat(int(other) if str(other).lstrip("-").isdigit() else other)
            if found is None:
                raise bad_request("chat not found")
            source = found
        message = source.messages.get(params.get("message_id", 0))
        if message is None or message.deleted or (source is not chat and is_service(message.data)):
            if params.get("allow_sending_without_reply"):
                return None, {}
            raise bad_request("message to be replied not found")
        extra: dict[str, Any] = {}
        if quote := params.get("quote"):
            parsed = ent.format_text(quote, params.get("quote_parse_mode"), params.get("quote_entities"), detect=False)
            if len(parsed.text) > 1024:
                raise over_limit("QUOTE_TEXT_INVALID")
            position = message.text.find(parsed.text)
            if position < 0:
                raise bad_request("QUOTE_TEXT_INVALID")
            extra["quote"] = {
                "text": parsed.text,
                "position": ent.utf16_length(message.text[:position]),
                "is_manual": True,
            }
            if parsed.entities:
                extra["quote"]["entities"] = parsed.entities
        if source is not chat:
            extra["external_reply"] = external_reply(message)
            return None, extra
        return message, extra

    def flood(self, chat: Chat, count: int = 1) -> None:
        """Refuse with 429 when messages come too fast."""
        retry = self.backend.gate.check(chat.id, is_group=chat.is_group, count=count)
        if retry:
            raise flood(retry)

    def post(
        self,
        chat: Chat,
        data: dict[str, Any],
        *,
        markup: dict[str, Any] | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        kind: str = "bot_message",
    ) -> Message:
        """Store a message of the bot."""
        backend = self.backend
        if chat.type == "channel":
            head: dict[str, Any] = {"sender_chat": chat.to_api()}
        else:
            head = {"from": backend.bot.to_api()}
        if thread is None and reply_to is not None and reply_to.data.get("is_topic_message"):
            thread = reply_to.data.get("message_thread_id")
        if thread is not None:
            head |= {"message_thread_id": thread, "is_topic_message": True}
        if self.get("protect_content"):
            head["has_protected_content"] = True
        if effect := self.get("message_effect_id"):
            head["effect_id"] = effect
        message = backend.world.add_message(chat, head | data, sender=backend.bot, from_bot=True, reply_to=reply_to, reply_markup=markup)
        chat.drafts.clear()
        event = backend.journal.event(kind, chat.id, message_id=message.id, message=message.to_api(), reply_markup=markup)
        message.seq = event.seq
        backend.touch()
        return message

    def send(self, data: dict[str, Any], *, right: str = "can_send_messages", what: str = "text messages") -> dict[str, Any]:
        """The common part of all send methods: check everything, then post."""
        markup = self.markup()
        chat = self.chat(write=True)
        self.check_can_post(chat, right, what)
        thread = self.thread(chat)
        reply_to, extra = self.reply(chat)
        self.flood(chat)
        return self.post(chat, data | extra, markup=markup, reply_to=reply_to, thread=thread).to_api()


def external_reply(message: Message) -> dict[str, Any]:
    """The ``ExternalReplyInfo`` of a message of another chat."""
    info: dict[str, Any] = {"origin": origin_of(message)}
    if message.chat.type in ("supergroup", "channel"):
        info |= {"chat": message.chat.to_api(), "message_id": message.id}
    for key in (
        "link_preview_options",
        "document",
        "photo",
        "video",
        "audio",
        "voice",
        "sticker",
        "location",
        "poll",
    ):
        if key in message.data:
            info[key] = message.data[key]
    return info


def origin_of(message: Message) -> dict[str, Any]:
    """The ``MessageOrigin`` of a message that is forwarded or replied to elsewhere."""
    if "forward_origin" in message.data:
        return dict(message.data["forward_origin"])
    if message.chat.type == "channel":
        origin: dict[str, Any] = {
            "type": "channel", "date": message.date, "chat": message.chat.to_api(), "message_id": message.id,
        }  # fmt: skip
        if signature := message.data.get("author_signature"):
            origin["author_signature"] = signature
        return origin
    sender = message.sender
    if sender is None:
        return {"type": "chat", "date": message.date, "sender_chat": message.chat.to_api()}
    if sender.hides_forwards:
        return {"type": "hidden_user", "date": message.date, "sender_user_name": sender.full_name}
    return {"type": "user", "date": message.date, "sender_user": sender.to_api()}
