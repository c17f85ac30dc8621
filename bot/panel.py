"""`/settings` of a group in, a panel of buttons out, and what its buttons change. Only administrators who may change the group's information."""

from __future__ import annotations

import time
from collections.abc import Sequence

from telegram import Bot, CallbackQuery, Message
from telegram.error import BadRequest, Forbidden
from telegram.helpers import create_deep_linked_url

from bot import cases, notes, render
from bot.buttons import Press
from bot.moderation import Right, Sender, sender_of, topic_of
from bot.notes import CLOSE, OPTIONS, REVIEW
from bot.render import Reply
from bot.sending import change, keyboard, say
from bot.services import Context, Services, writer
from bot.texts import Texts

_LINK_HOLDS = 3600
"""Seconds."""
_REVIEWED = 5
"""So many proposals are shown at a time."""
LINKS = "m"
"""What the payload of a link to a moderators' chat begins with."""


async def show(message: Message, context: Context, texts: Texts) -> None:
    """The panel, for administrators."""
    services = context.services
    by_group = sender_of(message) is Sender.ADMIN
    rights = await services.rights.of(context.bot, message.chat_id, writer(message))
    if not by_group and Right.SETTINGS not in rights:
        await say(message, render.sentence(texts.group.settings_admins))
        return
    said = (message.text or "").split(maxsplit=1)
    if len(said) == 2:
        await _set_zone(message, said[1].strip(), by_group=by_group, context=context, texts=texts)
        return
    reply = await _panel(context.bot, message.chat_id, topic_of(message), services, texts)
    await say(message, reply, keyboard(reply.buttons, services.signer))


async def _set_zone(message: Message, zone: str, *, by_group: bool, context: Context, texts: Texts) -> None:
    """A zone that has no button, written out; never by somebody whose rights Telegram does not tell us."""
    services = context.services
    try:
        if by_group:
            raise ValueError
        await services.workers.run(services.groups.change, message.chat_id, zone=zone)
    except ValueError:
        await say(message, render.sentence(texts.group.zone_unknown))
        return
    reply = await _panel(context.bot, message.chat_id, topic_of(message), services, texts)
    await say(message, reply, keyboard(reply.buttons, services.signer))


async def press(query: CallbackQuery, message: Message, does: Press, context: Context) -> str | None:
    """A button of the panel; what to tell only who pressed it."""
    services, chat_id = context.services, message.chat_id
    texts = context.texts(query.from_user, chat_id)
    if Right.SETTINGS not in await services.rights.of(context.bot, chat_id, query.from_user.id):
        return texts.group.settings_admins
    topic = topic_of(message)
    if does.number == CLOSE:
        await change(message, render.sentence(texts.group.closed).pages[0], None)
        return None
    if does.number == REVIEW:
        return await _review(query, chat_id, context, texts)
    if does.number < len(OPTIONS) and does.page:
        await _choose(OPTIONS[does.number], does.page - 1, chat_id, topic, services)
        texts = context.texts(query.from_user, chat_id)  # it may have been the language
    if does.number < len(OPTIONS) and not does.page:
        reply = await _chooser(OPTIONS[does.number], chat_id, topic, context, texts)
    else:
        reply = await _panel(context.bot, chat_id, topic, services, texts)
    await change(message, reply.pages[0], keyboard(reply.buttons, services.signer))
    return None


async def _choose(option: str, at: int, chat_id: int, topic: int, services: Services) -> None:
    groups, workers = services.groups, services.workers
    value = notes.values(option, await _packs(services))[at]
    if option == "watch":
        settings = await workers.run(groups.settings, chat_id)
        await workers.run(groups.change, chat_id, watch={**settings.watch, topic: value})
    else:
        await workers.run(groups.change, chat_id, **{option: value})


async def _panel(bot: Bot, chat_id: int, topic: int, services: Services, texts: Texts) -> Reply:
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, chat_id)
    agreement = await workers.run(groups.agreement, chat_id)
    return notes.panel(settings, topic, await _packs(services), agreement, texts, sees_all=await sees_all(bot, chat_id, services))


async def sees_all(bot: Bot, chat_id: int, services: Services) -> bool:
    """Whether Telegram gives us the messages that are not addressed to us."""
    me = await bot.get_me()
    return bool(me.can_read_all_group_messages) or bool(await services.rights.of(bot, chat_id, bot.id))


async def _chooser(option: str, chat_id: int, topic: int, context: Context, texts: Texts) -> Reply:
    services = context.services
    settings = await services.workers.run(services.groups.settings, chat_id)
    links = None
    if option == "moderators":
        payload = LINKS + services.signer.ticket(f"{chat_id}.{int(time.time())}")
        name = context.bot.username
        links = (create_deep_linked_url(name, payload, group=True), create_deep_linked_url(name, payload))
    return notes.chooser(option, settings, topic, await _packs(services), texts, links)


async def _packs(services: Services) -> Sequence[tuple[str, str]]:
    manifest = await services.workers.run(services.parts.store.manifest)
    return [(pack.id, pack.title) for pack in manifest.packs]


async def _review(query: CallbackQuery, chat_id: int, context: Context, texts: Texts) -> str | None:
    """Send what waits to where notes go, else to whoever asks for it."""
    services, bot = context.services, context.bot
    groups, workers = services.groups, services.workers
    settings = await workers.run(groups.settings, chat_id)
    shadowed = await workers.run(groups.waiting, chat_id, shadow=True)
    try:
        for case in shadowed[:_REVIEWED] or (await workers.run(groups.waiting, chat_id))[:_REVIEWED]:
            await cases.show(bot, case, settings.moderators or query.from_user.id, services)
    except (BadRequest, Forbidden):
        return texts.group.write_first
    return None


# -- the moderators' chat


def _group_of(ticket: str, services: Services) -> int | None:
    """The group that a ticket is about, while it holds."""
    number, _, made = (services.signer.punched(ticket) or "").partition(".")
    return int(number) if made and time.time() - int(made) < _LINK_HOLDS else None


async def link(message: Message, payload: str, context: Context, texts: Texts) -> None:
    """`/start` with a ticket: notes of that group come here, if whoever sent it looks after the group."""
    services = context.services
    chat_id = _group_of(payload.removeprefix(LINKS), services)
    sender = message.from_user
    person = sender is not None and sender_of(message) is Sender.PERSON
    rights = await services.rights.of(context.bot, chat_id, sender.id) if chat_id and sender and person else frozenset()
    if chat_id is None or Right.SETTINGS not in rights:
        await say(message, render.sentence(texts.group.link_refused))
        return
    await services.workers.run(services.groups.change, chat_id, moderators=message.chat_id)
    title = await services.workers.run(services.groups.title, chat_id)
    await say(message, render.sentence(texts.group.link_done(title)))
