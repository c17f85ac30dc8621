"""Callback, inline and guest queries."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from .. import entities as ent
from ..errors import bad_request, over_limit
from ..spec import MAX_TEXT
from ..world import Message
from .base import Call, api
from .markup import check_markup

if TYPE_CHECKING:
    from ..backend import Backend, InlineState

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@api("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    """Answer a pressed button."""
    state = call.backend.callbacks.get(call.get("callback_query_id", ""))
    now = time.monotonic()
    if state is None or state.answer is not None or now - state.pressed > call.backend.config.limits.callback_seconds:
        raise bad_request(TOO_OLD)
    if len(call.get("text", "")) > 200:
        raise over_limit("MESSAGE_TOO_LONG")
    state.answered = now
    state.answer = {k: call.get(k) for k in ("text", "show_alert", "url", "cache_time") if call.get(k) is not None}
    call.backend.touch()
    call.backend.journal.event("callback_answer", state.message.chat.id, id=state.id, **state.answer)
    return True


def _open_query(call: Call, name: str) -> InlineState:
    backend = call.backend
    state = backend.inline.get(call.get(name, ""))
    if state is None or state.answer is not None or time.monotonic() - state.asked > backend.config.limits.inline_seconds:
        raise bad_request(TOO_OLD)
    return state


@api("answerInlineQuery")
def answer_inline_query(call: Call) -> bool:
    """Answer an inline query."""
    results = call.get("results") or []
    if len(results) > 50:
        raise over_limit("too many inline query results specified")
    seen: set[str] = set()
    for result in results:
        check_result(call, result)
        if result["id"] in seen:
            raise over_limit("RESULT_ID_DUPLICATE")
        seen.add(result["id"])
    button = call.get("button")
    if button is not None:
        given = [k for k in ("web_app", "start_parameter") if button.get(k) is not None]
        if len(given) != 1:
            raise over_limit("can't parse inline query results button: InlineQueryResultsButton must have exactly one optional field")
        parameter = button.get("start_parameter")
        if parameter is not None and not (
            1 <= len(parameter) <= 64 and parameter.replace("_", "").replace("-", "").isalnum() and parameter.isascii()
        ):
            raise over_limit("START_PARAM_INVALID")
    state = _open_query(call, "inline_query_id")
    state.answered = time.monotonic()
    state.answer = {
        "results": results, "cache_time": call.get("cache_time", 300),
        "is_personal": bool(call.get("is_personal")), "next_offset": call.get("next_offset", ""),
        "button": button,
    }  # fmt: skip
    call.backend.touch()
    call.backend.journal.event("inline_answer", None, id=state.id, count=len(results))
    return True


def check_result(call: Call, result: Any) -> None:
    """Refuse what the server refuses in an ``InlineQueryResult``."""
    prefix = "can't parse inline query result: "
    if not isinstance(result, dict):
        raise bad_request(prefix + "Inline query result must be an object")
    for name in ("type", "id"):
        if not isinstance(result.get(name), str):
            raise bad_request(prefix + f'Can\'t find field "{name}"')
    if not 1 <= len(result["id"].encode()) <= 64:
        raise over_limit("RESULT_ID_INVALID")
    kind = result["type"]
    if kind == "article" and not result.get("title"):
        raise bad_request("ARTICLE_TITLE_EMPTY")
    content = result.get("input_message_content")
    if kind == "article" and not content:
        raise bad_request(prefix + "Input message content is not specified")
    if content and "message_text" in content:
        parsed = call.formatted(content["message_text"], content.get("parse_mode"), content.get("entities"))
        if not parsed.text:
            raise over_limit("MESSAGE_EMPTY")
        if len(parsed.text) > MAX_TEXT:
            raise over_limit("MESSAGE_TOO_LONG")
    elif result.get("caption"):
        call.caption(result)
    check_markup(call.backend, result.get("reply_markup"), inline_only=True)


def result_content(backend: Backend, result: dict[str, Any]) -> dict[str, Any]:
    """The data of the message that an inline result becomes."""
    content = result.get("input_message_content")
    if content and "message_text" in content:
        parsed = ent.format_text(content["message_text"], content.get("parse_mode"), content.get("entities"))
        data: dict[str, Any] = {"text": parsed.text}
        if parsed.entities:
            data["entities"] = parsed.entities
        if options := content.get("link_preview_options"):
            data["link_preview_options"] = options
        return data
    if content and "latitude" in content:
        return {"location": {"latitude": content["latitude"], "longitude": content["longitude"]}}
    if content and "phone_number" in content:
        return {"contact": {k: content[k] for k in ("phone_number", "first_name", "last_name") if content.get(k)}}
    parsed = ent.format_text(result.get("caption") or "", result.get("parse_mode"), result.get("caption_entities"))
    data = {"text": parsed.text or f"[{result['type']}] {result.get('title', '')}".strip()}
    if parsed.entities:
        data["entities"] = parsed.entities
    return data


@api("answerGuestQuery")
def answer_guest_query(call: Call) -> dict[str, Any]:
    """Reply to a message that called the bot into a chat it is not in."""
    backend = call.backend
    result = call.get("result")
    check_result(call, result)
    state = _open_query(call, "guest_query_id")
    assert state.chat is not None
    state.answered = time.monotonic()
    state.answer = {"results": [result]}
    data = result_content(backend, result)
    message: Message = backend.world.add_message(
        state.chat, {"from": backend.bot.to_api(), **data}, sender=backend.bot, from_bot=True,
        reply_markup=result.get("reply_markup"),
    )  # fmt: skip
    message.inline_message_id = "AgAAA" + secrets.token_urlsafe(12)
    backend.world.inline_messages[message.inline_message_id] = message
    message.seq = backend.journal.event(
        "bot_message", state.chat.id, message_id=message.id, message=message.to_api(),
        reply_markup=message.reply_markup,
    ).seq  # fmt: skip
    backend.touch()
    return {"inline_message_id": message.inline_message_id}
