"""The bot itself: identity, commands, descriptions, updates and webhooks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..errors import ApiError, bad_request, over_limit
from ..world import ADMIN_RIGHTS, OPTIONAL_RIGHTS
from .base import Call, api

_COMMAND = re.compile(r"[a-z0-9_]{1,32}\Z")
_LANGUAGE = re.compile(r"[a-z]{2}\Z")
_SECRET = re.compile(r"[A-Za-z0-9_-]*\Z")


@api("getMe")
def get_me(call: Call) -> dict[str, Any]:
    """The bot's account."""
    bot = call.backend.config.bot
    return call.backend.bot.to_api() | {
        "can_join_groups": bot.can_join_groups,
        "can_read_all_group_messages": bot.can_read_all_group_messages,
        "supports_inline_queries": bot.supports_inline_queries,
        "supports_guest_queries": bot.supports_guest_queries,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": bot.has_topics_enabled,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


@api("logOut")
def log_out(call: Call) -> bool:
    """Log out of the cloud server."""
    call.backend.logged_out = True
    return True


@api("close")
def close(call: Call) -> bool:
    """Close the bot instance."""
    return True


# -- updates ---------------------------------------------------------------------------------------


def _subscribe(call: Call) -> None:
    allowed = call.params.get("allowed_updates")
    if allowed is not None:
        unknown = set(allowed) - call.backend.spec.update_types
        if unknown:
            call.backend.journal.warn(f"allowed_updates names unknown kinds: {sorted(unknown)}")
    call.backend.queue.subscribe(allowed)


@api("getUpdates")
async def get_updates(call: Call) -> list[dict[str, Any]]:
    """Long polling."""
    backend = call.backend
    if backend.webhook.url:
        raise ApiError(
            409,
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
    _subscribe(call)
    limit = min(100, max(1, call.get("limit", 100)))
    timeout = min(backend.config.max_long_poll, max(0, call.get("timeout", 0)))
    updates = await backend.queue.poll(call.get("offset", 0), limit, timeout)
    for fault in backend.faults.pick("getUpdates", updates=True) if updates else ():
        if fault.kind == "duplicate_updates":
            updates = [u for update in updates for u in (update, update)]
        else:
            updates = list(updates)
            backend.faults.rng.shuffle(updates)
    return updates


@api("setWebhook")
def set_webhook(call: Call) -> bool:
    """Switch to a webhook (an empty url removes it)."""
    backend = call.backend
    url = call.get("url", "")
    if not url:
        return bool(delete_webhook(call))
    secret = call.get("secret_token", "")
    if len(secret) > 256:
        raise over_limit("secret token is too long")
    if not _SECRET.match(secret):
        raise over_limit("secret token contains unallowed characters")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if backend.config.webhook.require_https:
        if parts.scheme != "https":
            raise over_limit("bad webhook: An HTTPS URL must be provided for webhook")
        if port not in (80, 88, 443, 8443):
            raise over_limit("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    _subscribe(call)
    if call.get("drop_pending_updates"):
        backend.queue.clear()
    hook = backend.webhook
    hook.url, hook.secret_token = url, secret
    hook.max_connections = min(100, max(1, call.get("max_connections", 40)))
    hook.ip_address = call.get("ip_address", "")
    hook.has_certificate = bool(call.get("certificate"))
    hook.last_error_date, hook.last_error_message = 0, ""
    backend.queue.end_poll("Conflict: terminated by setWebhook request")
    backend.journal.event("webhook_set", None, url=url)
    if backend.on_update is not None:
        backend.on_update()
    return True


@api("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    """Go back to polling."""
    if call.get("drop_pending_updates"):
        call.backend.queue.clear()
    call.backend.webhook.url = ""
    call.backend.webhook.secret_token = ""
    return True


@api("getWebhookInfo")
def get_webhook_info(call: Call) -> dict[str, Any]:
    """The webhook's state."""
    hook, queue = call.backend.webhook, call.backend.queue
    info: dict[str, Any] = {
        "url": hook.url, "has_custom_certificate": hook.has_certificate,
        "pending_update_count": len(queue.pending),
    }  # fmt: skip
    if hook.url:
        info["max_connections"] = hook.max_connections
        info["ip_address"] = hook.ip_address or "127.0.0.1"
    if hook.last_error_date:
        info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    if queue.allowed:
        info["allowed_updates"] = sorted(queue.allowed)
    return info


# -- commands --------------------------------------------------------------------------------------


def _scope(call: Call) -> str:
    scope = call.get("scope") or {"type": "default"}
    kind = str(scope.get("type", "default"))
    if kind in ("chat", "chat_administrators", "chat_member"):
        chat = call.backend.world.find_chat(_number(scope.get("chat_id", 0)))
        if chat is None:
            raise bad_request("chat not found")
        kind += f":{chat.id}"
        if "user_id" in scope:
            kind += f":{scope['user_id']}"
    return kind


def _number(value: Any) -> Any:
    return int(value) if str(value).lstrip("-").isdigit() else value


def _language(call: Call) -> str:
    code = call.get("language_code", "")
    if code and not _LANGUAGE.match(code):
        raise over_limit("invalid language code specified")
    return str(code)


@api("setMyCommands")
def set_my_commands(call: Call) -> bool:
    """Set the command menu."""
    commands = call.params.get("commands")
    if commands is None:
        raise bad_request("can't parse commands JSON object")
    if len(commands) > 100:
        raise over_limit("BOT_COMMANDS_TOO_MUCH")
    for item in commands:
        command = str(item.get("command", "")).removeprefix("/")
        if not _COMMAND.match(command):
            raise over_limit("BOT_COMMAND_INVALID")
        if not 1 <= len(str(item.get("description", ""))) <= 256:
            raise over_limit("BOT_COMMAND_DESCRIPTION_INVALID")
    key = (_scope(call), _language(call))
    call.backend.settings.commands[key] = [
        {"command": str(i["command"]).removeprefix("/"), "description": i["description"]} for i in commands
    ]
    return True


@api("getMyCommands")
def get_my_commands(call: Call) -> list[dict[str, str]]:
    """The command menu of a scope and language."""
    return call.backend.settings.commands.get((_scope(call), _language(call)), [])


@api("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    """Remove the command menu of a scope and language."""
    call.backend.settings.commands.pop((_scope(call), _language(call)), None)
    return True


# -- name, descriptions, menu button, default rights -----------------------------------------------

_TEXTS = {
    "Name": ("names", "name", 64),
    "Description": ("descriptions", "description", 512),
    "ShortDescription": ("short_descriptions", "short_description", 120),
}


@api("setMyName", "setMyDescription", "setMyShortDescription")
def set_my_text(call: Call) -> bool:
    """Set the bot's name or a description."""
    store, key, maximum = _TEXTS[call.method[5:]]
    value = call.get(key, "")
    if len(value) > maximum:
        raise over_limit(f"BOT_{'ABOUT' if maximum == 120 else 'TITLE' if maximum == 64 else 'DESCRIPTION'}_INVALID")
    texts = getattr(call.backend.settings, store)
    if value:
        texts[_language(call)] = value
    else:
        texts.pop(_language(call), None)
    return True


@api("getMyName", "getMyDescription", "getMyShortDescription")
def get_my_text(call: Call) -> dict[str, str]:
    """The bot's name or a description."""
    store, key, _ = _TEXTS[call.method[5:]]
    texts = getattr(call.backend.settings, store)
    default = call.backend.bot.first_name if key == "name" else ""
    return {key: texts.get(_language(call), texts.get("", default))}


@api("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    """Set the menu button of a private chat, or the default one."""
    call.backend.settings.menu_buttons[call.get("chat_id", 0)] = call.get("menu_button") or {"type": "default"}
    return True


@api("getChatMenuButton")
def get_chat_menu_button(call: Call) -> dict[str, Any]:
    """The menu button of a private chat, or the default one."""
    buttons = call.backend.settings.menu_buttons
    return buttons.get(call.get("chat_id", 0)) or buttons.get(0) or {"type": "commands"}


@api("setMyDefaultAdministratorRights")
def set_default_rights(call: Call) -> bool:
    """The rights the bot asks for when it is made an administrator."""
    key = "channels" if call.get("for_channels") else "groups"
    call.backend.settings.default_rights[key] = call.get("rights") or {}
    return True


@api("getMyDefaultAdministratorRights")
def get_default_rights(call: Call) -> dict[str, Any]:
    """The rights the bot asks for."""
    rights = call.backend.settings.default_rights.get("channels" if call.get("for_channels") else "groups", {})
    return {r: rights.get(r, False) for r in ADMIN_RIGHTS if r not in OPTIONAL_RIGHTS or r in rights} | {
        "is_anonymous": rights.get("is_anonymous", False)
    }
