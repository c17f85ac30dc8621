"""Keyboards: what the server refuses about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..entities import checked_link, link_user_id
from ..errors import bad_request, over_limit

if TYPE_CHECKING:
    from ..backend import Backend

_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
_STYLES = ("", "default", "primary", "danger", "success")


def check_markup(backend: Backend, markup: Any, *, inline_only: bool = False) -> dict[str, Any] | None:
    """Check a reply markup; ``None`` when there is none (an empty inline keyboard is none)."""
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if len(json.dumps(markup, ensure_ascii=False).encode()) > backend.config.limits.reply_markup_bytes:
        raise over_limit("reply markup is too long")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline_keyboard")
        for row in rows:
            for button in row:
                _check_inline_button(backend, button)
        _check_counts(backend, rows)
        rows = [row for row in rows if row]
        return {"inline_keyboard": rows} if rows else None
    if inline_only:
        raise bad_request("inline keyboard expected")
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard")
        for row in rows:
            for button in row:
                text = button if isinstance(button, str) else (button or {}).get("text")
                if not text:
                    raise bad_request("keyboard button text must be non-empty")
        _check_counts(backend, rows)
    return markup


def _rows(value: Any, name: str) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        if name == "keyboard":
            raise bad_request('field "keyboard" must be an Array of Arrays')
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return value


def _check_counts(backend: Backend, rows: list[list[Any]]) -> None:
    limits = backend.config.limits
    if any(len(row) > limits.max_buttons_in_row for row in rows):
        backend.journal.warn(f"a keyboard row has more than {limits.max_buttons_in_row} buttons")
    if sum(map(len, rows)) > limits.max_buttons:
        raise over_limit("REPLY_MARKUP_TOO_MUCH_BUTTONS")


def _check_inline_button(backend: Backend, button: Any) -> None:
    prefix = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(prefix + "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request(prefix + 'Can\'t find field "text"')
    if not button["text"]:
        raise bad_request("inline keyboard button text must be non-empty")
    actions = [a for a in _ACTIONS if button.get(a) is not None]
    if not actions or (actions == ["callback_data"] and not button["callback_data"]):
        raise bad_request(prefix + "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise over_limit(f"an inline keyboard button must have exactly one action, not {' and '.join(actions)}")
    if str(button.get("style", "")).lower() not in _STYLES:
        raise bad_request(prefix + "invalid button style specified")
    action = actions[0]
    value = button[action]
    if action == "callback_data" and not 1 <= len(str(value).encode()) <= 64:
        raise over_limit("BUTTON_DATA_INVALID")
    if action == "url" and link_user_id(value) is None and checked_link(value) is None:
        raise over_limit(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
    if action == "web_app" and not str(value.get("url", "")).startswith("https://"):
        raise over_limit(f"inline keyboard button Web App URL '{value.get('url')}' is invalid: Only HTTPS links are allowed")
    if action == "copy_text" and not 1 <= len(value.get("text", "")) <= 256:
        raise over_limit("BUTTON_COPY_TEXT_INVALID")
    if action.startswith("switch_inline") and not backend.config.bot.supports_inline_queries:
        raise bad_request("BUTTON_TYPE_INVALID")
