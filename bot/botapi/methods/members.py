"""Members: banning, restricting and promoting."""

from __future__ import annotations

from ..errors import bad_request
from ..world import ADMIN_RIGHTS, PERMISSIONS, Chat, User
from .base import Call, api


def _group(call: Call, *, supergroup_only: bool = False) -> Chat:
    chat = call.chat(write=True)
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    if supergroup_only and chat.type != "supergroup":
        raise bad_request("method is available only for supergroups")
    return chat


def _victim(call: Call, chat: Chat) -> User:
    user = call.backend.world.users.get(call.get("user_id", 0))
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if user is call.backend.bot:
        raise bad_request("can't restrict self")
    member = chat.member(user)
    if member.status == "creator":
        raise bad_request("can't remove chat owner")
    if member.status == "administrator":
        raise bad_request("user is an administrator of the chat")
    return user


def _need_restrict(call: Call, chat: Chat) -> None:
    if not call.backend.bot_member(chat).is_admin:
        raise bad_request("not enough rights to restrict/unrestrict chat member")
    call.need_right(chat, "can_restrict_members", "not enough rights to restrict/unrestrict chat member")


@api("banChatMember")
def ban_chat_member(call: Call) -> bool:
    """Ban a user."""
    chat = _group(call)
    _need_restrict(call, chat)
    user = _victim(call, chat)
    present = chat.member(user).present
    call.backend.set_member(chat, user, call.backend.bot, status="kicked", rights={}, until_date=call.get("until_date", 0))
    if chat.is_group and present:
        call.post(chat, {"left_chat_member": user.to_api()}, kind="service")
    if call.get("revoke_messages"):
        for message in chat.messages.values():
            if message.sender is user:
                message.deleted = True
    return True


@api("unbanChatMember")
def unban_chat_member(call: Call) -> bool:
    """Lift a ban; a member is removed unless only_if_banned is set."""
    chat = _group(call)
    if chat.type == "group":
        raise bad_request("method is available for supergroup and channel chats only")
    _need_restrict(call, chat)
    user = _victim(call, chat)
    if chat.member(user).status == "kicked" or (chat.member(user).present and not call.get("only_if_banned")):
        call.backend.set_member(chat, user, call.backend.bot, status="left", until_date=0)
    return True


@api("restrictChatMember")
def restrict_chat_member(call: Call) -> bool:
    """Take permissions from a user."""
    chat = _group(call, supergroup_only=True)
    _need_restrict(call, chat)
    user = _victim(call, chat)
    wanted = call.get("permissions") or {}
    rights = {p: bool(wanted.get(p, False)) for p in PERMISSIONS}
    status = "member" if all(rights.values()) else "restricted"
    present = chat.member(user).present
    call.backend.set_member(
        chat, user, call.backend.bot, status=status, rights=rights, is_member=present,
        until_date=call.get("until_date", 0),
    )  # fmt: skip
    return True


@api("promoteChatMember")
def promote_chat_member(call: Call) -> bool:
    """Give a user administrator rights, or take them away."""
    chat = _group(call)
    if chat.type == "group":
        raise bad_request("method is available for supergroup and channel chats only")
    call.need_right(chat, "can_promote_members", "not enough rights")
    user = call.user()
    if chat.member(user).status == "creator":
        raise bad_request("can't remove chat owner")
    rights = {r: bool(call.get(r)) for r in ADMIN_RIGHTS}
    own = call.backend.bot_member(chat)
    if any(on and not own.can(r) for r, on in rights.items()):
        raise bad_request("RIGHT_FORBIDDEN")
    status = "administrator" if any(rights.values()) else "member"
    call.backend.set_member(chat, user, call.backend.bot, status=status, rights=rights)
    return True


@api("setChatAdministratorCustomTitle")
def set_custom_title(call: Call) -> bool:
    """Name an administrator's role."""
    chat = _group(call, supergroup_only=True)
    member = chat.member(call.user())
    if member.status == "creator":
        raise bad_request("only the owner can edit their custom title")
    if member.status != "administrator":
        raise bad_request("user is not an administrator")
    call.need_right(chat, "can_promote_members", "not enough rights to change custom title of the user")
    member.custom_title = call.get("custom_title", "")
    return True
