"""What stands in for the specification where its file is not at hand: calls are read, but not checked against it.

The server's own limits (lengths, entities, callback data, rates, rights, targets) hold all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .spec import Field, Issue, Method, Spec, Uploads

#: Parameters that are texts even where they look like JSON, such as a message "123".
_TEXTS = frozenset(
    {
        "text", "caption", "url", "title", "description", "short_description", "name", "first_name", "last_name",
        "phone_number", "vcard", "address", "question", "explanation", "parse_mode", "question_parse_mode",
        "quote_parse_mode", "custom_title", "secret_token", "language_code", "action", "emoji", "callback_query_id",
        "inline_query_id", "inline_message_id", "guest_query_id", "file_id", "next_offset", "icon_custom_emoji_id",
        "message_effect_id", "ip_address", "performer", "invite_link", "business_connection_id",
    }
)  # fmt: skip
_UPDATES = frozenset(
    {
        "message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message",
        "edited_business_message", "deleted_business_messages", "guest_message", "message_reaction",
        "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query",
        "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member",
        "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot",
    }
)  # fmt: skip


class Unspecified(Spec):
    """Knows the methods that are emulated, and of their parameters only how to read them."""

    def __init__(self) -> None:
        self.version = "without the specification"
        self.types = {}
        self.update_types = _UPDATES

    def method(self, name: str) -> Method | None:
        """A method that is emulated."""
        from .methods import registry  # it imports the specification

        known = {emulated.lower(): emulated for emulated in registry}.get(name.lower())
        return Method(known, {}, (), "") if known else None

    def decode_params(self, method: Method, raw: Mapping[str, Any], uploads: Uploads) -> tuple[dict[str, Any], list[Issue]]:
        """Read parameters without checking them."""
        values = {name: _read(name, value) for name, value in raw.items()}
        values |= {name: f"attach://{name}" for name in uploads.names if name not in values}
        return values, []

    def check(self, type_name: str, value: Any, path: str = "") -> list[Issue]:
        """Nothing can be found."""
        return []

    def field(self, type_name: str, name: str) -> Field | None:
        """Nothing is known."""
        return None


def _read(name: str, value: Any) -> Any:
    if not isinstance(value, str) or name in _TEXTS:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
