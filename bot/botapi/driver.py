"""The driver: what tests use to be users of the bot.

>>> server = await BotApiServer.start(token="123:abc")
>>> alice = server.user("Alice", language_code="ro")
>>> chat = server.private(alice)
>>> await chat.send("/start")
>>> [answer] = await chat.wait_for_replies()
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import entities as ent
from .backend import ActionError, Backend, CallbackState, InlineState
from .config import BotConfig, FloodLimits, Limits, ServerConfig, WebhookPolicy
from .faults import Faults
from .files import image_size
from .methods.base import origin_of
from .methods.media import file_field
from .report import CallRecord, Event, Timeout, Violation
from .server import HttpServer, as_bytes
from .transcript import Transcript
from .world import ADMIN_RIGHTS, Chat, Message, Topic, User

Source = str | bytes | Path


class BotApiServer:
    """A running emulator, with factories for users and chats."""

    def __init__(self, backend: Backend, http: HttpServer) -> None:
        self.backend = backend
        self.http = http
        self._chats: dict[tuple[int, int], ChatHandle] = {}

    # -- life cycle --------------------------------------------------------------------------------

    @classmethod
    async def start(
        cls,
        *,
        token: str = "",
        username: str = "",
        host: str = "127.0.0.1",
        port: int = 0,
        flood: FloodLimits | None = None,
        limits: Limits | None = None,
        webhook: WebhookPolicy | None = None,
        faults: Faults | None = None,
        config: ServerConfig | None = None,
        control: bool = False,
        **bot: Any,
    ) -> BotApiServer:
        """Start a server; further keywords are fields of `BotConfig`.

        ``control`` adds the ``/control`` routes through which other processes can be users.
        """
        config = config or ServerConfig(bot=BotConfig())
        if token:
            config.bot.token = token
        if username:
            config.bot.username = username
        for name, value in bot.items():
            if not hasattr(config.bot, name):
                raise TypeError(f"unknown option {name!r}")
            setattr(config.bot, name, value)
        config.flood = flood or config.flood
        config.limits = limits or config.limits
        config.webhook = webhook or config.webhook
        backend = Backend(config, faults)
        http = HttpServer(backend, host=host, port=port)
        server = cls(backend, http)
        if control:
            from .control import Control

            http.app_hooks.append(Control(server).install)
        await http.start()
        return server

    async def stop(self) -> None:
        """Shut down."""
        await self.http.stop()

    async def restart(self, downtime: float = 0.5) -> None:
        """Go away and come back on the same port with all state kept."""
        await self.http.stop()
        self.backend.journal.event("restart", None, downtime=downtime)
        await asyncio.sleep(downtime)
        await self.http.start()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    # -- addresses and settings --------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.backend.config.bot.token

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``."""
        return self.http.url

    @property
    def base_url(self) -> str:
        """What python-telegram-bot's ``base_url()`` takes."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot's ``base_file_url()`` takes."""
        return f"{self.url}/file/bot"

    @property
    def faults(self) -> Faults:
        """Fault injection."""
        return self.backend.faults

    @property
    def clock(self) -> Any:
        """The server's clock (``advance(hours=49)``)."""
        return self.backend.world.clock

    # -- people and chats --------------------------------------------------------------------------

    def user(self, first_name: str, **fields: Any) -> UserHandle:
        """A new Telegram user."""
        return UserHandle(self, self.backend.world.add_user(first_name, **fields))

    def private(self, user: UserHandle) -> ChatHandle:
        """The private chat of a user with the bot."""
        return self._handle(self.backend.world.private_chat(user.raw), user)

    def _handle(self, chat: Chat, user: UserHandle) -> ChatHandle:
        key = (chat.id, user.id)
        if key not in self._chats:
            self._chats[key] = ChatHandle(self, chat, user)
        return self._chats[key]

    def group(
        self,
        title: str,
        owner: UserHandle,
        members: Iterable[UserHandle] = (),
        *,
        type: str = "supergroup",
        with_bot: bool = True,
        bot_rights: Iterable[str] | None = None,
        forum: bool = False,
        username: str = "",
    ) -> GroupHandle:
        """A group or supergroup; ``bot_rights`` makes the bot an administrator with these rights."""
        chat = self.backend.world.add_chat(type, title, is_forum=forum, username=username)
        handle = GroupHandle(self, chat)
        self.backend.set_member(chat, owner.raw, owner.raw, status="creator")
        for member in members:
            self.backend.set_member(chat, member.raw, owner.raw, status="member")
        if with_bot:
            handle.add_bot(owner, rights=bot_rights)
        return handle

    def channel(self, title: str, owner: UserHandle, *, username: str = "", with_bot: bool = False) -> GroupHandle:
        """A channel (the bot becomes an administrator if it is added)."""
        chat = self.backend.world.add_chat("channel", title, username=username)
        handle = GroupHandle(self, chat)
        self.backend.set_member(chat, owner.raw, owner.raw, status="creator")
        if with_bot:
            handle.add_bot(owner, rights=("can_post_messages", "can_edit_messages", "can_delete_messages"))
        return handle

    # -- what the bot did --------------------------------------------------------------------------

    @property
    def calls(self) -> list[CallRecord]:
        """Every call but getUpdates."""
        return list(self.backend.journal.calls)

    def calls_of(self, method: str) -> list[CallRecord]:
        """The calls of one method."""
        return [c for c in self.backend.journal.calls if c.method == method]

    @property
    def violations(self) -> list[Violation]:
        """Every way in which the bot broke the specification."""
        return self.backend.journal.violations

    @property
    def warnings(self) -> list[str]:
        """Legal but suspicious: dropped links, ignored entities, methods the emulator does not know."""
        return self.backend.journal.warnings

    @property
    def errors(self) -> list[CallRecord]:
        """Calls that were answered with an error (429 left out)."""
        return [c for c in self.backend.journal.calls if c.error_code and c.error_code != 429]

    @property
    def unanswered_callbacks(self) -> list[CallbackState]:
        """Pressed buttons whose spinner was never stopped."""
        return [c for c in self.backend.callbacks.values() if c.answer is None]

    def assert_clean(self, *, allow_errors: bool = False, allow_warnings: bool = True, allow_unanswered: bool = True) -> None:
        """Fail when the bot broke the specification (or, unless allowed, got errors or warnings, or left a
        pressed button without an answer)."""
        if self.backend.journal.internal_errors:
            raise RuntimeError("the emulator failed:\n" + self.backend.journal.internal_errors[0])
        problems = [str(v) for v in self.violations]
        if not allow_errors:
            problems += [f"[error] {c.method}: {c.error_code} {c.description}" for c in self.errors]
        if not allow_warnings:
            problems += [f"[warning] {w}" for w in self.warnings]
        if not allow_unanswered:
            problems += [f"[unanswered] callback query {c.data!r}" for c in self.unanswered_callbacks]
        if problems:
            raise AssertionError("the bot misused the Bot API:\n  " + "\n  ".join(problems))

    @property
    def transcript(self) -> Transcript:
        """Everything that was said, as data, text or a page."""
        return Transcript(self.backend)

    @property
    def commands(self) -> list[dict[str, str]]:
        """The bot's default command menu."""
        return self.backend.settings.commands.get(("default", ""), [])

    async def wait_until(self, probe: Callable[[], Any], *, timeout: float = 10, what: str = "a condition") -> Any:
        """Wait until ``probe()`` is true; it is looked at whenever something happens."""
        return await self.backend.journal.wait_for(probe, timeout, what)

    async def wait_for_call(self, method: str, *, count: int = 1, timeout: float = 10) -> CallRecord:
        """Wait until the bot has called a method ``count`` times."""

        def probe() -> CallRecord | None:
            calls = self.calls_of(method)
            return calls[count - 1] if len(calls) >= count else None

        deadline = time.monotonic() + timeout
        while (found := probe()) is None:
            if time.monotonic() > deadline:
                raise Timeout(f"waited {timeout:g} s for {count} x {method}")
            await asyncio.sleep(0.01)
        return found

    async def wait_until_ready(self, *, timeout: float = 15) -> None:
        """Wait until the bot polls or has set a webhook."""
        deadline = time.monotonic() + timeout
        while not self.backend.webhook.url and not self.backend.queue.polling:
            if time.monotonic() > deadline:
                raise Timeout(f"the bot neither polled nor set a webhook within {timeout:g} s")
            await asyncio.sleep(0.02)

    async def wait_until_consumed(self, *, timeout: float = 15) -> None:
        """Wait until the bot has confirmed every update."""
        deadline = time.monotonic() + timeout
        while self.backend.queue.pending:
            if time.monotonic() > deadline:
                raise Timeout(f"{len(self.backend.queue.pending)} updates left after {timeout:g} s")
            await asyncio.sleep(0.02)


@dataclass(frozen=True)
class UserHandle:
    """A user of the bot."""

    server: BotApiServer
    raw: User

    @property
    def id(self) -> int:
        """The user id."""
        return self.raw.id

    @property
    def name(self) -> str:
        """The full name."""
        return self.raw.full_name

    def block_bot(self) -> None:
        """Block the bot."""
        self.server.backend.block_bot(self.raw)

    def unblock_bot(self) -> None:
        """Unblock the bot."""
        self.server.backend.block_bot(self.raw, False)

    def deactivate(self) -> None:
        """Delete the account."""
        self.raw.deactivated = True

    async def inline_query(self, query: str, *, offset: str = "", chat_type: str = "sender", timeout: float = 10) -> InlineAnswer:
        """Type ``@bot query`` and wait for the bot's results."""
        backend = self.server.backend
        state = backend.ask_inline(self.raw, query, offset, chat_type)
        await backend.journal.wait_for(lambda: state.answer, timeout, f"an answer to the inline query {query!r}")
        return InlineAnswer(self, state)


@dataclass(frozen=True)
class InlineAnswer:
    """The bot's answer to an inline query."""

    user: UserHandle
    state: InlineState

    @property
    def results(self) -> list[dict[str, Any]]:
        """The results, as the bot sent them."""
        return list((self.state.answer or {}).get("results", []))

    @property
    def next_offset(self) -> str:
        """Where the next page starts ("" at the end)."""
        return str((self.state.answer or {}).get("next_offset", ""))

    @property
    def data(self) -> dict[str, Any]:
        """The whole answer: cache_time, is_personal, button, ..."""
        return self.state.answer or {}

    @property
    def elapsed(self) -> float:
        """Seconds the bot took."""
        return self.state.answered - self.state.asked

    def choose(self, index: int, chat: ChatHandle) -> MessageHandle:
        """Send a result to a chat."""
        backend = self.user.server.backend
        raw = backend.send_inline_result(self.state, chat.raw, self.user.raw, self.results[index])
        return MessageHandle(chat, raw)


@dataclass(frozen=True)
class CallbackAnswer:
    """What a user sees after pressing a button."""

    state: CallbackState

    @property
    def text(self) -> str:
        """The notification."""
        return str((self.state.answer or {}).get("text", ""))

    @property
    def show_alert(self) -> bool:
        """An alert instead of a notification?"""
        return bool((self.state.answer or {}).get("show_alert"))

    @property
    def url(self) -> str:
        """The URL that is opened."""
        return str((self.state.answer or {}).get("url", ""))

    @property
    def elapsed(self) -> float:
        """Seconds until the spinner stopped."""
        return self.state.answered - self.state.pressed


@dataclass(frozen=True)
class MessageHandle:
    """A message as a user sees it; edits show at once."""

    chat: ChatHandle
    raw: Message

    def __repr__(self) -> str:
        return f"<message {self.id} in {self.chat.raw.name!r}: {self.text!r}>"

    @property
    def id(self) -> int:
        """The message id."""
        return self.raw.id

    @property
    def text(self) -> str:
        """Text or caption."""
        return self.raw.text

    @property
    def entities(self) -> list[dict[str, Any]]:
        """Entities of the text or caption."""
        return self.raw.entities

    @property
    def html(self) -> str:
        """Text and formatting as HTML."""
        return ent.to_html(self.text, self.entities)

    def entity_texts(self, kind: str) -> list[str]:
        """The parts of the text under entities of one kind."""
        return [ent.utf16_slice(self.text, e["offset"], e["length"]) for e in self.entities if e["type"] == kind]

    @property
    def links(self) -> list[str]:
        """Every URL in the text, written out or behind words."""
        found = [e["url"] if e["type"] == "text_link" else None for e in self.entities]
        plain = iter(self.entity_texts("url"))
        kinds = [e["type"] for e in self.entities]
        return [u if u is not None else next(plain) for u, k in zip(found, kinds, strict=True) if k in ("url", "text_link")]

    @property
    def data(self) -> dict[str, Any]:
        """The Bot API ``Message``."""
        return self.raw.to_api()

    @property
    def keyboard(self) -> list[list[dict[str, Any]]]:
        """The buttons of the inline or reply keyboard, row by row."""
        markup = self.raw.reply_markup or {}
        rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [[{"text": b} if isinstance(b, str) else b for b in row] for row in rows]

    @property
    def buttons(self) -> list[str]:
        """The texts of all buttons."""
        return [b["text"] for row in self.keyboard for b in row]

    @property
    def edits(self) -> list[str]:
        """Former texts, oldest first."""
        return [str(e.get("text") or e.get("caption") or "") for e in self.raw.edits]

    @property
    def deleted(self) -> bool:
        """Was the message deleted?"""
        return self.raw.deleted

    @property
    def reply_to(self) -> MessageHandle | None:
        """The message this one replies to."""
        return MessageHandle(self.chat, self.raw.reply_to) if self.raw.reply_to is not None else None

    @property
    def quote(self) -> str:
        """The quoted part of the message replied to."""
        return str(self.raw.data.get("quote", {}).get("text", ""))

    @property
    def reactions(self) -> dict[int, list[str]]:
        """Emoji reactions by user id."""
        return {u: [r.get("emoji", r["type"]) for r in rs] for u, rs in self.raw.reactions.items() if rs}

    def file(self) -> bytes:
        """The content of the attached file."""
        for kind in ("document", "audio", "voice", "video", "animation", "video_note", "sticker"):
            if kind in self.raw.data:
                return self.chat.server.backend.world.files.get(self.raw.data[kind]["file_id"]).read()
        if "photo" in self.raw.data:
            return self.chat.server.backend.world.files.get(self.raw.data["photo"][-1]["file_id"]).read()
        raise AssertionError(f"{self!r} has no file")

    def button(self, wanted: str | int) -> dict[str, Any]:
        """A button by its text (a part is enough if only one has it) or number."""
        flat = [b for row in self.keyboard for b in row]
        if isinstance(wanted, int):
            return flat[wanted]
        exact = [b for b in flat if b["text"] == wanted]
        partial = exact or [b for b in flat if wanted.lower() in b["text"].lower()]
        if len(partial) != 1:
            raise AssertionError(f"{len(partial)} buttons match {wanted!r}; there are {self.buttons}")
        return partial[0]

    async def press(self, wanted: str | int, *, user: UserHandle | None = None, timeout: float = 10) -> CallbackAnswer:
        """Press a callback button and wait until the bot has answered the callback query."""
        state = self.press_nowait(wanted, user=user)
        await self.chat.server.backend.journal.wait_for(lambda: state.answer is not None, timeout, f"an answer to the button {wanted!r}")
        return CallbackAnswer(state)

    def press_nowait(self, wanted: str | int, *, user: UserHandle | None = None) -> CallbackState:
        """Press a callback button without waiting."""
        button = self.button(wanted)
        if "callback_data" not in button:
            raise AssertionError(f"button {button['text']!r} has no callback data: {button}")
        return self.chat.server.backend.press(self.raw, (user or self.chat.user).raw, button)

    async def wait_edit(self, *, timeout: float = 10, since: int | None = None) -> MessageHandle:
        """Wait until the message has been edited more than ``since`` times (default: once more than now)."""
        known = len(self.raw.edits) if since is None else since
        await self.chat.server.backend.journal.wait_for(lambda: len(self.raw.edits) > known, timeout, f"an edit of {self!r}")
        return self

    async def wait_settled(self, settle: float = 0.5) -> MessageHandle:
        """Wait until the message has not been edited for a while."""
        await self.chat.server.backend.journal.wait_quiet(settle, lambda: max(self.raw.edited_at, self.raw.sent_at))
        return self


class ChatHandle:
    """A chat as one user sees and uses it."""

    def __init__(self, server: BotApiServer, chat: Chat, user: UserHandle) -> None:
        self.server = server
        self._chat = chat
        self.user = user
        self._seen = 0

    @property
    def raw(self) -> Chat:
        """The chat (after a migration: the supergroup)."""
        if self._chat.migrated_to:
            self._chat = self.server.backend.world.chats[self._chat.migrated_to]
        return self._chat

    @property
    def id(self) -> int:
        """The chat id."""
        return self.raw.id

    # -- acting ------------------------------------------------------------------------------------

    def _put(self, data: dict[str, Any], reply_to: MessageHandle | None = None, topic: int | Topic | None = None) -> MessageHandle:
        number = topic.id if isinstance(topic, Topic) else topic
        raw = self.server.backend.user_message(self.raw, self.user.raw, data, reply_to=reply_to.raw if reply_to else None, topic=number)
        return MessageHandle(self, raw)

    @staticmethod
    def _text(text: str, parse_mode: str | None, entities: list[dict[str, Any]] | None) -> dict[str, Any]:
        parsed = ent.format_text(text, parse_mode, entities)
        if not parsed.text:
            raise ActionError("an empty message cannot be sent")
        if len(parsed.text) > 4096:
            raise ActionError("apps split messages longer than 4096 characters")
        return {"text": parsed.text} | ({"entities": parsed.entities} if parsed.entities else {})

    @staticmethod
    def _caption(caption: str) -> dict[str, Any]:
        parsed = ent.format_text(caption)
        data: dict[str, Any] = {"caption": parsed.text} if parsed.text else {}
        return data | ({"caption_entities": parsed.entities} if parsed.entities else {})

    async def send(
        self,
        text: str,
        *,
        parse_mode: str | None = None,
        entities: list[dict[str, Any]] | None = None,
        topic: int | Topic | None = None,
        **extra: Any,
    ) -> MessageHandle:
        """Send a text; ``extra`` are further Message fields, e.g. ``link_preview_options``."""
        return self._put(self._text(text, parse_mode, entities) | extra, topic=topic)

    async def start(self, payload: str = "") -> MessageHandle:
        """Press START, or open a deep link."""
        return await self.send(f"/start {payload}".strip())

    async def reply(
        self,
        message: MessageHandle,
        text: str,
        *,
        quote: str | None = None,
        topic: int | Topic | None = None,
        **extra: Any,
    ) -> MessageHandle:
        """Reply to a message, perhaps quoting a part of it."""
        data = self._text(text, None, None) | extra
        if quote is not None:
            position = message.text.find(quote)
            if position < 0:
                raise ActionError(f"{quote!r} is not part of {message.text!r}")
            data["quote"] = {
                "text": quote,
                "position": ent.utf16_length(message.text[:position]),
                "is_manual": True,
            }
        return self._put(data, reply_to=message, topic=topic)

    async def forward(self, message: MessageHandle, *, topic: int | Topic | None = None, comment: str | None = None) -> MessageHandle:
        """Forward a message from any chat into this one (a comment is sent first, as the apps do)."""
        if comment:
            await self.send(comment, topic=topic)
        keep = {
            k: v
            for k, v in message.raw.data.items()
            if k
            not in (
                "from",
                "sender_chat",
                "forward_origin",
                "quote",
                "edit_date",
                "via_bot",
                "media_group_id",
            )
            and not k.startswith(("message_thread", "is_topic", "external"))
        }
        return self._put(keep | {"forward_origin": origin_of(message.raw)}, topic=topic)

    async def forward_text(self, text: str, *, origin: dict[str, Any] | None = None, **extra: Any) -> MessageHandle:
        """A forwarded text from a made-up origin (default: a user who hides their account)."""
        date = int(self.server.clock.now()) - 3600
        origin = origin or {"type": "hidden_user", "date": date, "sender_user_name": "Somebody"}
        return self._put(self._text(text, None, None) | {"forward_origin": origin} | extra)

    def _file(self, kind: str, source: Source, name: str, mime_type: str, size: int | None, params: dict[str, Any]) -> dict[str, Any]:
        data, default_name = as_bytes(source)
        meta: dict[str, Any] = {}
        if kind == "photo":
            content = data.read_bytes() if isinstance(data, Path) else data
            meta["width"], meta["height"] = image_size(content) or (1280, 720)
        files = self.server.backend.world.files
        stored = files.add(kind, data, name=name or default_name, mime_type=mime_type, size=size, meta=meta)
        return file_field(files, stored, kind, params)

    async def send_file(
        self,
        kind: str,
        source: Source,
        *,
        name: str = "",
        caption: str = "",
        mime_type: str = "",
        size: int | None = None,
        reply_to: MessageHandle | None = None,
        topic: int | Topic | None = None,
        extra: dict[str, Any] | None = None,
        **params: Any,
    ) -> MessageHandle:
        """Send a file of any kind; ``size`` is what the server declares (to test limits cheaply)."""
        data = self._file(kind, source, name, mime_type, size, params) | self._caption(caption)
        return self._put(data | (extra or {}), reply_to=reply_to, topic=topic)

    async def send_document(self, source: Source, **options: Any) -> MessageHandle:
        """Send a document from a path or bytes."""
        return await self.send_file("document", source, **options)

    async def send_photo(self, source: Source, **options: Any) -> MessageHandle:
        """Send a photo from a path or bytes."""
        return await self.send_file("photo", source, **options)

    async def send_voice(self, source: Source, **options: Any) -> MessageHandle:
        """Send a voice note."""
        return await self.send_file("voice", source, **({"mime_type": "audio/ogg"} | options))

    async def send_video(self, source: Source, **options: Any) -> MessageHandle:
        """Send a video."""
        return await self.send_file("video", source, **({"mime_type": "video/mp4"} | options))

    async def send_sticker(self, source: Source = b"RIFF", **options: Any) -> MessageHandle:
        """Send a sticker."""
        return await self.send_file("sticker", source, **({"emoji": "👍"} | options))

    async def send_album(
        self, items: Sequence[tuple[str, Source]], *, caption: str = "", topic: int | Topic | None = None
    ) -> list[MessageHandle]:
        """Send several files as one media group; the caption goes to the first."""
        group = str(next(self.server.backend._groups))
        sent = []
        for index, (kind, source) in enumerate(items):
            data = self._file(kind, source, "", "", None, {}) | {"media_group_id": group}
            sent.append(self._put(data | (self._caption(caption) if index == 0 else {}), topic=topic))
        return sent

    async def send_location(self, latitude: float, longitude: float) -> MessageHandle:
        """Send a location."""
        return self._put({"location": {"latitude": latitude, "longitude": longitude}})

    async def send_contact(self, phone_number: str, first_name: str) -> MessageHandle:
        """Send a contact."""
        return self._put({"contact": {"phone_number": phone_number, "first_name": first_name}})

    async def send_raw(self, data: dict[str, Any], **options: Any) -> MessageHandle:
        """Send a message with any Message fields."""
        return self._put(data, **options)

    async def edit(self, message: MessageHandle, text: str) -> MessageHandle:
        """Edit one's own message."""
        key = "caption" if "caption" in message.raw.data else "text"
        parsed = ent.format_text(text)
        kinds = "caption_entities" if key == "caption" else "entities"
        self.server.backend.edit_user_message(message.raw, {key: parsed.text, kinds: parsed.entities})
        return message

    async def delete(self, message: MessageHandle) -> None:
        """Delete a message."""
        self.server.backend.delete_user_message(message.raw)

    async def react(self, message: MessageHandle, *emoji: str) -> None:
        """Set reactions."""
        self.server.backend.react(message.raw, self.user.raw, [{"type": "emoji", "emoji": e} for e in emoji])

    async def press_reply_button(self, message: MessageHandle, wanted: str | int) -> MessageHandle:
        """Press a button of a reply keyboard: its text is sent."""
        return await self.send(str(message.button(wanted)["text"]))

    # -- seeing ------------------------------------------------------------------------------------

    @property
    def messages(self) -> list[MessageHandle]:
        """All messages that are not deleted."""
        return [MessageHandle(self, m) for m in self.raw.messages.values() if not m.deleted]

    @property
    def bot_messages(self) -> list[MessageHandle]:
        """All messages of the bot, deleted ones too."""
        return [MessageHandle(self, m) for m in self.raw.messages.values() if m.from_bot]

    @property
    def drafts(self) -> dict[int, str]:
        """Streamed drafts now shown, by draft id."""
        return {i: str(d.get("text", "")) for i, d in self.raw.drafts.items()}

    def events(self, *kinds: str) -> list[Event]:
        """Journal events of this chat."""
        return [e for e in self.server.backend.journal.events if e.chat_id == self.raw.id and (not kinds or e.kind in kinds)]

    def new_replies(self) -> list[MessageHandle]:
        """Messages of the bot since the last time replies were taken (without taking them)."""
        return [MessageHandle(self, m) for m in self.raw.messages.values() if m.from_bot and m.seq > self._seen and not m.deleted]

    def skip_replies(self) -> None:
        """Treat everything so far as seen."""
        self._seen = self.server.backend.journal.seq

    async def wait_for_replies(self, n: int = 1, *, timeout: float = 10.0, settle: float = 0.2) -> list[MessageHandle]:
        """Wait for at least ``n`` new messages, then until the bot is quiet for ``settle`` seconds; take them.

        A message the bot deleted again (a "please wait") does not count.
        """
        journal = self.server.backend.journal
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                await journal.wait_for(lambda: len(self.new_replies()) >= n, max(0.0, left), f"{n} replies")
            except Timeout:
                got = [m.text for m in self.new_replies()]
                raise Timeout(f"waited {timeout:g} s for {n} replies in {self.raw.name!r}, got {got}") from None
            await journal.wait_quiet(settle, lambda: self.server.backend.last_activity)
            replies = self.new_replies()
            if len(replies) >= n:
                self._seen = max(m.raw.seq for m in replies)
                return replies

    async def wait_for_reply(self, *, timeout: float = 10.0, settle: float = 0.2) -> MessageHandle:
        """Wait for exactly one new message."""
        replies = await self.wait_for_replies(1, timeout=timeout, settle=settle)
        if len(replies) != 1:
            raise AssertionError(f"one reply expected, got {[m.text for m in replies]}")
        return replies[0]

    async def ask(self, text: str, *, timeout: float = 10.0, settle: float = 0.2) -> MessageHandle:
        """Send a text and wait for one reply."""
        self.skip_replies()
        await self.send(text)
        return await self.wait_for_reply(timeout=timeout, settle=settle)

    async def expect_silence(self, seconds: float = 0.5) -> None:
        """Fail if the bot says something within the given time."""
        await asyncio.sleep(seconds)
        if replies := self.new_replies():
            raise AssertionError(f"silence expected, got {[m.text for m in replies]}")


class GroupHandle:
    """A group, supergroup or channel; users act in it through :meth:`as_user`."""

    def __init__(self, server: BotApiServer, chat: Chat) -> None:
        self.server = server
        self._chat = chat

    @property
    def raw(self) -> Chat:
        """The chat (after a migration: the supergroup)."""
        if self._chat.migrated_to:
            self._chat = self.server.backend.world.chats[self._chat.migrated_to]
        return self._chat

    @property
    def id(self) -> int:
        """The chat id."""
        return self.raw.id

    @property
    def owner(self) -> User:
        """The owner."""
        return next(m.user for m in self.raw.members.values() if m.status == "creator")

    def as_user(self, user: UserHandle) -> ChatHandle:
        """The chat in the hands of a user."""
        return self.server._handle(self.raw, user)

    async def post(self, text: str, *, signature: str = "", **extra: Any) -> MessageHandle:
        """Post in a channel."""
        data = ChatHandle._text(text, None, None) | extra
        if signature:
            data["author_signature"] = signature
        raw = self.server.backend.user_message(self.raw, self.owner, data)
        return MessageHandle(ChatHandle(self.server, self.raw, UserHandle(self.server, self.owner)), raw)

    def join(self, user: UserHandle, by: UserHandle | None = None) -> None:
        """A user joins or is added."""
        self.server.backend.join(self.raw, user.raw, by.raw if by else None)

    def leave(self, user: UserHandle) -> None:
        """A user leaves."""
        self.server.backend.leave(self.raw, user.raw)

    def kick(self, user: UserHandle, by: UserHandle) -> None:
        """A user is removed and banned."""
        self.server.backend.leave(self.raw, user.raw, by.raw, ban=True)

    def promote(self, user: UserHandle, rights: Iterable[str] = ADMIN_RIGHTS) -> None:
        """Make a user an administrator."""
        self.server.backend.set_member(self.raw, user.raw, self.owner, status="administrator", rights=dict.fromkeys(rights, True))

    def add_bot(self, by: UserHandle, rights: Iterable[str] | None = None) -> None:
        """Add the bot (as an administrator, if rights are given)."""
        changes: dict[str, Any] = {"status": "member"}
        if rights is not None or self.raw.type == "channel":
            given = dict.fromkeys(rights or (), True) | {"can_manage_chat": True}
            changes = {"status": "administrator", "rights": given}
        self.server.backend.join(self.raw, self.server.backend.bot, by.raw, **changes)

    def promote_bot(self, *rights: str) -> None:
        """Give the bot administrator rights (none: make it an ordinary member)."""
        given = dict.fromkeys(rights, True) | ({"can_manage_chat": True} if rights else {})
        self.server.backend.set_member(
            self.raw, self.server.backend.bot, self.owner,
            status="administrator" if rights else "member", rights=given,
        )  # fmt: skip

    def kick_bot(self) -> None:
        """Remove the bot."""
        self.server.backend.leave(self.raw, self.server.backend.bot, self.owner, ban=True)

    def migrate(self) -> None:
        """Upgrade the group to a supergroup."""
        self.server.backend.migrate(self.raw, self.owner)

    def create_topic(self, name: str, by: UserHandle | None = None) -> Topic:
        """Open a forum topic."""
        return self.server.backend.create_topic(self.raw, by.raw if by else self.owner, name)

    async def guest_call(self, user: UserHandle, text: str, *, reply_to: MessageHandle | None = None, timeout: float = 10) -> InlineAnswer:
        """Mention the bot in this chat, which it is not in (perhaps in a reply), and wait for its guest answer."""
        backend = self.server.backend
        data = ChatHandle._text(text, None, None)
        state = backend.ask_guest(self.raw, user.raw, data, reply_to.raw if reply_to else None)
        await backend.journal.wait_for(lambda: state.answer, timeout, "an answer to the guest query")
        return InlineAnswer(user, state)
