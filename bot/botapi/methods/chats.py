"""Chats: information, settings, invite links and forum topics."""

from __future__ import annotations

import secrets
from typing import Any

from ..errors import bad_request
from ..world import GENERAL_TOPIC, PERMISSIONS, Chat, Topic
from .base import Call, api

_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


@api("getChat")
def get_chat(call: Call) -> dict[str, Any]:
    """Full information about a chat."""
    chat = call.chat()
    data = chat.to_api() | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, chat.type == "private"),
    }
    if chat.description:
        data["description"] = chat.description
    if chat.username or (chat.user and chat.user.username):
        data["active_usernames"] = [chat.username or (chat.user.username if chat.user else "")]
    if chat.is_group:
        data["permissions"] = {p: chat.permissions.get(p, True) for p in PERMISSIONS}
    if chat.invite_link:
        data["invite_link"] = chat.invite_link
    pinned = [chat.messages[i] for i in chat.pinned if not chat.messages[i].deleted]
    if pinned:
        data["pinned_message"] = pinned[-1].to_api(nested=True)
    if chat.linked_chat_id:
        data["linked_chat_id"] = chat.linked_chat_id
    return data


@api("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    """How many members a chat has."""
    chat = call.chat()
    return 2 if chat.type == "private" else sum(m.present for m in chat.members.values())


@api("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[dict[str, Any]]:
    """The administrators of a chat (other bots are left out)."""
    chat = call.chat()
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [m.to_api(chat.type) for m in chat.members.values() if m.is_admin and (not m.user.is_bot or m.user is call.backend.bot)]


@api("getChatMember")
def get_chat_member(call: Call) -> dict[str, Any]:
    """A user's standing in a chat."""
    chat = call.chat()
    user = call.backend.world.users.get(call.get("user_id", 0))
    if user is None:
        raise bad_request("invalid user_id specified" if not call.get("user_id") else "PARTICIPANT_ID_INVALID")
    if chat.type == "private":
        if user not in (chat.user, call.backend.bot):
            raise bad_request("user not found")
        return {"status": "member", "user": user.to_api()}
    return chat.member(user).to_api(chat.type)


@api("leaveChat")
def leave_chat(call: Call) -> bool:
    """The bot leaves."""
    chat = call.chat(write=True)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    call.backend.leave(chat, call.backend.bot)
    return True


# -- settings --------------------------------------------------------------------------------------


def _change_info(call: Call) -> Chat:
    chat = call.chat(write=True)
    if chat.type == "private":
        raise bad_request("can't change the info of a private chat")
    call.need_right(chat, "can_change_info", "not enough rights to change the chat info")
    return chat


@api("setChatTitle")
def set_chat_title(call: Call) -> bool:
    """Rename a chat."""
    chat = _change_info(call)
    title = call.get("title", "")
    if not title:
        raise bad_request("title must be non-empty")
    if title == chat.title:
        return True
    chat.title = title
    call.post(chat, {"new_chat_title": title}, kind="service")
    return True


@api("setChatDescription")
def set_chat_description(call: Call) -> bool:
    """Describe a chat."""
    chat = _change_info(call)
    if call.get("description", "") == chat.description:
        raise bad_request("chat description is not modified")
    chat.description = call.get("description", "")
    return True


@api("setChatPermissions")
def set_chat_permissions(call: Call) -> bool:
    """What ordinary members may do."""
    chat = call.chat(write=True)
    if not chat.is_group:
        raise bad_request("method is available for supergroups only")
    call.need_right(chat, "can_restrict_members", "not enough rights to change chat permissions")
    chat.permissions = {p: bool((call.get("permissions") or {}).get(p, False)) for p in PERMISSIONS}
    return True


# -- invite links ----------------------------------------------------------------------------------


def _invite_chat(call: Call) -> Chat:
    chat = call.chat(write=True)
    if chat.type == "private":
        raise bad_request("invite links can't be created for private chats")
    call.need_right(chat, "can_invite_users", "not enough rights to manage chat invite link")
    return chat


@api("exportChatInviteLink")
def export_chat_invite_link(call: Call) -> str:
    """A new primary invite link."""
    chat = _invite_chat(call)
    chat.invite_link = f"https://t.me/+{secrets.token_urlsafe(12)}"
    return chat.invite_link


@api("createChatInviteLink")
def create_chat_invite_link(call: Call) -> dict[str, Any]:
    """An additional invite link."""
    _invite_chat(call)
    link: dict[str, Any] = {
        "invite_link": f"https://t.me/+{secrets.token_urlsafe(12)}", "creator": call.backend.bot.to_api(),
        "creates_join_request": bool(call.get("creates_join_request")), "is_primary": False,
        "is_revoked": False,
    }  # fmt: skip
    return link | {k: call.get(k) for k in ("name", "expire_date", "member_limit") if call.get(k)}


# -- forum topics ----------------------------------------------------------------------------------


def _forum(call: Call) -> Chat:
    chat = call.chat(write=True)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if not call.backend.bot_member(chat).can("can_manage_topics"):
        raise bad_request("not enough rights to manage topics")
    return chat


def _topic(call: Call, chat: Chat) -> Topic:
    topic = chat.topics.get(call.get("message_thread_id", 0))
    if topic is None or topic.id == GENERAL_TOPIC:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


@api("createForumTopic")
def create_forum_topic(call: Call) -> dict[str, Any]:
    """Open a topic."""
    chat = call.chat(write=True)
    private = chat.type == "private" and call.backend.config.bot.has_topics_enabled
    if not private:
        chat = _forum(call)
    fields = {k: call.get(k) for k in ("icon_color", "icon_custom_emoji_id") if call.get(k)}
    topic = call.backend.create_topic(chat, None, call.get("name", ""), **fields)
    made = {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}
    return made | ({"icon_custom_emoji_id": topic.icon_custom_emoji_id} if topic.icon_custom_emoji_id else {})


@api("editForumTopic")
def edit_forum_topic(call: Call) -> bool:
    """Rename a topic."""
    chat = _forum(call)
    topic = _topic(call, chat)
    if call.get("name"):
        if call.get("name") == topic.name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = call.get("name")
        call.post(chat, {"forum_topic_edited": {"name": topic.name}}, thread=topic.id, kind="service")
    return True


@api("closeForumTopic", "reopenForumTopic")
def close_forum_topic(call: Call) -> bool:
    """Close or reopen a topic."""
    chat = _forum(call)
    topic = _topic(call, chat)
    closing = call.method == "closeForumTopic"
    if topic.closed is closing:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closing
    call.post(
        chat,
        {"forum_topic_closed" if closing else "forum_topic_reopened": {}},
        thread=topic.id,
        kind="service",
    )
    return True


@api("deleteForumTopic")
def delete_forum_topic(call: Call) -> bool:
    """Delete a topic with its messages."""
    chat = call.chat(write=True)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    call.need_right(chat, "can_delete_messages", "not enough rights to delete the topic")
    topic = _topic(call, chat)
    del chat.topics[topic.id]
    for message in chat.messages.values():
        if message.data.get("message_thread_id") == topic.id:
            message.deleted = True
    return True


@api(
    "editGeneralForumTopic", "closeGeneralForumTopic", "reopenGeneralForumTopic", "hideGeneralForumTopic",
    "unhideGeneralForumTopic",
)  # fmt: skip
def general_topic(call: Call) -> bool:
    """Change the General topic."""
    topic = _forum(call).topics[GENERAL_TOPIC]
    if call.method == "editGeneralForumTopic":
        topic.name = call.get("name", topic.name)
    elif call.method.startswith(("close", "reopen")):
        topic.closed = call.method.startswith("close")
    else:
        topic.hidden = call.method.startswith("hide")
    return True


@api("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(call: Call) -> list[Any]:
    """No icon stickers here."""
    return []
