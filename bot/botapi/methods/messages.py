"""Sending, forwarding, copying, deleting, pinning and reacting."""

from __future__ import annotations

from typing import Any

from ..backend import is_service
from ..errors import bad_request, over_limit
from ..spec import MAX_TEXT
from ..world import Chat, Message
from .base import Call, api, origin_of

ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
        "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip
_MEDIA_KEYS = (
    "photo", "document", "audio", "voice", "video", "video_note", "animation", "sticker", "location", "venue",
    "contact", "dice", "poll", "text", "entities", "caption", "caption_entities", "link_preview_options",
    "show_caption_above_media", "has_media_spoiler", "rich_message",
)  # fmt: skip


@api("sendMessage")
def send_message(call: Call) -> dict[str, Any]:
    """Send a text."""
    return call.send(call.text())


@api("sendMessageDraft")
def send_message_draft(call: Call) -> bool:
    """Stream a partial text to a private chat."""
    draft_id = call.get("draft_id", 0)
    if draft_id == 0:
        raise over_limit("RANDOM_ID_INVALID")
    source = call.get("text", "")
    parsed = call.formatted(source, call.get("parse_mode"), call.get("entities"))
    if len(parsed.text) > MAX_TEXT:
        raise over_limit("message is too long")
    return _draft(call, draft_id, {"text": parsed.text, "entities": parsed.entities})


@api("sendRichMessageDraft")
def send_rich_message_draft(call: Call) -> bool:
    """Stream a partial rich message to a private chat."""
    return _draft(call, call.get("draft_id", 0), {"text": _rich_source(call)})


def _draft(call: Call, draft_id: int, draft: dict[str, Any]) -> bool:
    chat = call.chat(write=True)
    if chat.type != "private":
        raise bad_request("message drafts can be sent only to private chats")
    call.thread(chat)
    chat.drafts[draft_id] = draft
    call.backend.journal.event("draft", chat.id, draft_id=draft_id, **draft)
    call.backend.touch()
    return True


@api("sendRichMessage")
def send_rich_message(call: Call) -> dict[str, Any]:
    """Send a rich message (kept as one paragraph of its source; the markup is not interpreted)."""
    block = {"type": "paragraph", "text": _rich_source(call)}
    return call.send({"rich_message": {"blocks": [block]}}, what="the rich message")


def _rich_source(call: Call) -> str:
    rich = call.get("rich_message") or {}
    given = [rich[k] for k in ("html", "markdown") if rich.get(k)]
    if len(given) != 1:
        raise over_limit("exactly one of the fields html or markdown must be used")
    return str(given[0])


@api("sendLocation")
def send_location(call: Call) -> dict[str, Any]:
    """Send a point on the map."""
    location = {"latitude": call.get("latitude", 0.0), "longitude": call.get("longitude", 0.0)}
    for key in ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"):
        if call.get(key) is not None:
            location[key] = call.get(key)
    return call.send({"location": location}, what="locations")


@api("sendVenue")
def send_venue(call: Call) -> dict[str, Any]:
    """Send a venue."""
    location = {"latitude": call.get("latitude", 0.0), "longitude": call.get("longitude", 0.0)}
    venue: dict[str, Any] = {"location": location}
    for key in (
        "title",
        "address",
        "foursquare_id",
        "foursquare_type",
        "google_place_id",
        "google_place_type",
    ):
        if call.get(key) is not None:
            venue[key] = call.get(key)
    return call.send({"location": location, "venue": venue}, what="venues")


@api("sendContact")
def send_contact(call: Call) -> dict[str, Any]:
    """Send a phone contact."""
    keys = ("phone_number", "first_name", "last_name", "vcard")
    return call.send({"contact": {k: call.get(k) for k in keys if call.get(k)}}, what="contacts")


@api("sendDice")
def send_dice(call: Call) -> dict[str, Any]:
    """Throw a dice."""
    emoji = call.get("emoji", "🎲")
    top = {"🏀": 5, "⚽": 5, "🎰": 64}.get(emoji, 6)
    value = 1 + call.backend.faults.rng.randrange(top)
    return call.send({"dice": {"emoji": emoji, "value": value}}, right="can_send_other_messages", what="dice")


@api("sendPoll")
def send_poll(call: Call) -> dict[str, Any]:
    """Send a poll."""
    question = call.formatted(call.get("question", ""), call.get("question_parse_mode"), call.get("question_entities"), detect=False)
    if not 1 <= len(question.text) <= 300:
        raise over_limit("poll question length must not exceed 300" if question.text else "poll question is empty")
    options = []
    for number, option in enumerate(call.get("options") or [], 1):
        text = option.get("text", "") if isinstance(option, dict) else str(option)
        if not 1 <= len(text) <= 100:
            raise over_limit("poll options length must not exceed 100")
        options.append({"persistent_id": str(number), "text": text, "voter_count": 0})
    if not options:
        raise over_limit("poll must have at least 1 option")
    poll: dict[str, Any] = {
        "id": call.backend.new_id(), "question": question.text, "options": options, "total_voter_count": 0,
        "is_closed": bool(call.get("is_closed")), "is_anonymous": call.get("is_anonymous", True) is not False,
        "type": call.get("type", "regular"), "members_only": bool(call.get("members_only")),
        "allows_multiple_answers": bool(call.get("allows_multiple_answers")),
        "allows_revoting": bool(call.get("allows_revoting", True)),
    }  # fmt: skip
    if call.get("correct_option_ids") is not None:
        poll["correct_option_ids"] = call.get("correct_option_ids")
    return call.send({"poll": poll}, right="can_send_polls", what="polls")


@api("stopPoll")
def stop_poll(call: Call) -> dict[str, Any]:
    """Close a poll."""
    chat = call.chat(write=True)
    message = call.target(chat, call.get("message_id"), "with poll to stop")
    if not message.from_bot or "poll" not in message.data:
        raise bad_request("poll can't be stopped")
    if message.data["poll"]["is_closed"]:
        raise bad_request("poll has already been closed")
    message.data["poll"] = {**message.data["poll"], "is_closed": True}
    call.backend.journal.event("bot_edit", chat.id, message_id=message.id, message=message.to_api())
    return dict(message.data["poll"])


@api("sendChatAction")
def send_chat_action(call: Call) -> bool:
    """Show "typing..."."""
    action = call.get("action", "")
    if action not in ACTIONS:
        raise over_limit("wrong parameter action in request")
    chat = call.chat(write=True)
    if chat.type == "channel":
        raise bad_request("chat actions can't be sent to channel chats")
    call.thread(chat)
    call.backend.journal.event("chat_action", chat.id, action=action)
    call.backend.touch()
    return True


# -- forwarding and copying ------------------------------------------------------------------------


def _source(call: Call) -> Chat:
    return call.chat(name="from_chat_id")


def _forward_one(call: Call, source: Message, chat: Chat, thread: int | None) -> Message:
    data = {k: source.data[k] for k in _MEDIA_KEYS if k in source.data}
    data["forward_origin"] = origin_of(source)
    return call.post(chat, data, thread=thread)


@api("forwardMessage")
def forward_message(call: Call) -> dict[str, Any]:
    """Forward a message."""
    chat, origin = call.chat(write=True), _source(call)
    call.check_can_post(chat)
    message = call.target(origin, call.get("message_id"), "to forward")
    _check_forwardable(message)
    thread = call.thread(chat)
    call.flood(chat)
    return _forward_one(call, message, chat, thread).to_api()


@api("copyMessage")
def copy_message(call: Call) -> dict[str, Any]:
    """Send a copy of a message."""
    markup = call.markup()
    chat, origin = call.chat(write=True), _source(call)
    call.check_can_post(chat)
    message = call.target(origin, call.get("message_id"), "to copy")
    _check_forwardable(message)
    data = {k: message.data[k] for k in _MEDIA_KEYS if k in message.data}
    if "caption" in call.params and "text" not in data:
        data = {k: v for k, v in data.items() if not k.startswith("caption")} | call.caption()
    thread = call.thread(chat)
    reply_to, extra = call.reply(chat)
    call.flood(chat)
    sent = call.post(chat, data | extra, markup=markup, reply_to=reply_to, thread=thread)
    return {"message_id": sent.id}


def _check_forwardable(message: Message) -> None:
    if message.data.get("has_protected_content") or is_service(message.data):
        raise bad_request("the message can't be forwarded" if is_service(message.data) else "message can't be copied")


@api("forwardMessages", "copyMessages")
def forward_messages(call: Call) -> list[dict[str, Any]]:
    """Forward or copy several messages; those that cannot be found are skipped."""
    chat, origin = call.chat(write=True), _source(call)
    call.check_can_post(chat)
    ids = _message_ids(call)
    found = [m for i in ids if (m := origin.messages.get(i)) and not m.deleted and not is_service(m.data)]
    if not found:
        raise bad_request("there are no messages to forward")
    thread = call.thread(chat)
    call.flood(chat, len(found))
    result = []
    for message in found:
        if call.method == "forwardMessages":
            result.append({"message_id": _forward_one(call, message, chat, thread).id})
        else:
            data = {k: message.data[k] for k in _MEDIA_KEYS if k in message.data}
            if call.get("remove_caption"):
                data = {k: v for k, v in data.items() if not k.startswith("caption")}
            result.append({"message_id": call.post(chat, data, thread=thread).id})
    return result


def _message_ids(call: Call) -> list[int]:
    ids = call.get("message_ids")
    if not ids:
        raise over_limit("message identifiers are not specified")
    if len(ids) > 100:
        raise over_limit("too many message identifiers specified")
    return [int(i) for i in ids]


# -- deleting --------------------------------------------------------------------------------------


def _can_delete(call: Call, chat: Chat, message: Message) -> bool:
    backend = call.backend
    age = backend.world.clock.now() - message.date
    if chat.type == "private":
        return age <= backend.config.limits.delete_seconds
    member = backend.bot_member(chat)
    if chat.type == "channel":
        if message.from_bot and member.can("can_post_messages"):
            return True
        return member.can("can_delete_messages")
    if member.can("can_delete_messages"):
        return True
    return message.from_bot and age <= backend.config.limits.delete_seconds


def _delete(call: Call, chat: Chat, message: Message) -> None:
    message.deleted = True
    call.backend.journal.event("bot_delete", chat.id, message_id=message.id, own=message.from_bot)
    call.backend.touch()


@api("deleteMessage")
def delete_message(call: Call) -> bool:
    """Delete a message."""
    chat = call.chat()
    message = call.target(chat, call.get("message_id"), "to delete")
    if not _can_delete(call, chat, message):
        raise bad_request("message can't be deleted for everyone" if chat.type == "private" else "message can't be deleted")
    _delete(call, chat, message)
    return True


@api("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Delete several messages; those that cannot be found are skipped."""
    chat = call.chat()
    found = [m for i in _message_ids(call) if (m := chat.messages.get(i)) and not m.deleted]
    if not all(_can_delete(call, chat, message) for message in found):
        raise bad_request("message can't be deleted")
    for message in found:
        _delete(call, chat, message)
    return True


# -- reactions and pins ----------------------------------------------------------------------------


@api("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    """Set the bot's reaction."""
    reaction = call.get("reaction") or []
    if len(reaction) > 1:
        raise over_limit("REACTIONS_TOO_MANY")
    for item in reaction:
        if item.get("type") == "paid":
            raise over_limit("REACTION_INVALID")
        if item.get("type") == "custom_emoji" and not str(item.get("custom_emoji_id", "")).isdigit():
            raise over_limit("REACTION_INVALID")
        if item.get("type") == "emoji":
            field = call.backend.spec.field("ReactionTypeEmoji", "emoji")
            if field and field.one_of and item.get("emoji") not in field.one_of:
                raise over_limit("REACTION_INVALID")
    chat = call.chat()
    message = call.target(chat, call.get("message_id"), "to react")
    message.reactions[call.backend.bot.id] = reaction
    call.backend.journal.event("reaction", chat.id, message_id=message.id, user_id=call.backend.bot.id, reaction=reaction)
    call.backend.touch()
    return True


def _may_pin(call: Call, chat: Chat) -> None:
    member = call.backend.bot_member(chat)
    right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
    if chat.type != "private" and not member.can(right):
        raise bad_request("not enough rights to manage pinned messages in the chat")


@api("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    """Pin a message."""
    chat = call.chat(write=True)
    message = call.target(chat, call.get("message_id"), "to pin")
    _may_pin(call, chat)
    if message.id not in chat.pinned:
        chat.pinned.append(message.id)
        if chat.type != "private":
            call.post(chat, {"pinned_message": message.to_api(nested=True)}, kind="service")
    return True


@api("unpinChatMessage")
def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, or the latest pinned one."""
    chat = call.chat(write=True)
    _may_pin(call, chat)
    wanted = call.get("message_id", chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(wanted)
    return True


@api("unpinAllChatMessages", "unpinAllForumTopicMessages", "unpinAllGeneralForumTopicMessages")
def unpin_all(call: Call) -> bool:
    """Unpin everything."""
    chat = call.chat(write=True)
    _may_pin(call, chat)
    chat.pinned.clear()
    return True
