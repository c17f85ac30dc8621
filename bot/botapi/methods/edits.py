"""Editing messages of the bot."""

from __future__ import annotations

from typing import Any

from ..errors import bad_request, over_limit
from ..world import Message
from .base import Call, api
from .markup import check_markup
from .media import media_data

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_CAPTIONED = frozenset({"photo", "document", "audio", "voice", "video", "animation", "paid_media"})


def _target(call: Call) -> Message:
    inline_id = call.get("inline_message_id")
    if inline_id:
        message = call.backend.world.inline_messages.get(inline_id)
        if message is None or message.deleted:
            raise bad_request("MESSAGE_ID_INVALID")
        return message
    if call.get("chat_id") is None:
        raise over_limit("chat_id is empty")
    chat = call.chat(write=True)
    message = call.target(chat, call.get("message_id"), "to edit")
    own_channel_post = chat.type == "channel" and call.backend.bot_member(chat).can("can_edit_messages")
    if not (message.from_bot or own_channel_post) or "forward_origin" in message.data:
        raise bad_request("message can't be edited")
    return message


def _apply(call: Call, message: Message, data: dict[str, Any], markup: dict[str, Any] | None) -> Any:
    def content(values: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in values.items() if k != "edit_date"}

    if content(message.data) == content(data) and message.reply_markup == markup:
        raise bad_request(NOT_MODIFIED)
    if call.backend.config.flood.count_edits and not message.inline_message_id:
        call.flood(message.chat)
    message.edits.append({**message.data, "reply_markup": message.reply_markup})
    message.data = {**data, "edit_date": int(call.backend.world.clock.now())}
    message.reply_markup = markup
    backend = call.backend
    backend.touch()
    message.edited_at = backend.last_activity
    backend.journal.event("bot_edit", message.chat.id, message_id=message.id, message=message.to_api(), reply_markup=markup)
    return True if message.inline_message_id else message.to_api()


@api("editMessageText")
def edit_message_text(call: Call) -> Any:
    """Edit a text, or a rich message."""
    if rich := call.get("rich_message"):
        given = [rich[k] for k in ("html", "markdown") if rich.get(k)]
        if len(given) != 1 or call.get("text"):
            raise over_limit("exactly one of text, rich_message.html and rich_message.markdown must be used")
        new: dict[str, Any] = {"rich_message": {"blocks": [{"type": "paragraph", "text": str(given[0])}]}}
    else:
        new = call.text()
    markup = check_markup(call.backend, call.get("reply_markup"), inline_only=True)
    message = _target(call)
    if "text" not in message.data and "rich_message" not in message.data:
        raise bad_request("there is no text in the message to edit")
    dropped = ("text", "entities", "link_preview_options", "rich_message")
    return _apply(call, message, {k: v for k, v in message.data.items() if k not in dropped} | new, markup)


@api("editMessageCaption")
def edit_message_caption(call: Call) -> Any:
    """Edit a caption."""
    new = call.caption()
    markup = check_markup(call.backend, call.get("reply_markup"), inline_only=True)
    message = _target(call)
    if _CAPTIONED.isdisjoint(message.data):
        raise bad_request("there is no caption in the message to edit")
    dropped = ("caption", "caption_entities", "show_caption_above_media")
    return _apply(call, message, {k: v for k, v in message.data.items() if k not in dropped} | new, markup)


@api("editMessageMedia")
def edit_message_media(call: Call) -> Any:
    """Replace the media of a message."""
    new = media_data(call, call.get("media") or {})
    markup = check_markup(call.backend, call.get("reply_markup"), inline_only=True)
    message = _target(call)
    dropped = _CAPTIONED | {"caption", "caption_entities", "text", "entities", "link_preview_options"}
    return _apply(call, message, {k: v for k, v in message.data.items() if k not in dropped} | new, markup)


@api("editMessageReplyMarkup")
def edit_message_reply_markup(call: Call) -> Any:
    """Change or remove the inline keyboard."""
    markup = check_markup(call.backend, call.get("reply_markup"), inline_only=True)
    message = _target(call)
    return _apply(call, message, message.data, markup)


@api("editMessageLiveLocation", "stopMessageLiveLocation")
def edit_live_location(call: Call) -> Any:
    """Move or stop a live location."""
    markup = check_markup(call.backend, call.get("reply_markup"), inline_only=True)
    message = _target(call)
    if "live_period" not in message.data.get("location", {}):
        raise bad_request("message can't be edited")
    location = dict(message.data["location"])
    if call.method == "stopMessageLiveLocation":
        location.pop("live_period")
    else:
        location |= {k: call.get(k) for k in ("latitude", "longitude", "heading") if call.get(k) is not None}
    return _apply(call, message, {**message.data, "location": location}, markup)
