"""Groups and those who moderate them, with the real bot: who is answered, who is told what, and who may do what."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.botapi import BotApiServer, BotProcess, ChatHandle, GroupHandle, MessageHandle, UserHandle
from bot.moderation import Choice, Mode
from bot.texts import texts_for
from tests.bot.test_conversation import CLAIM, OP_ED, PATIENCE, QUESTION, labels_in
from tests.evals.chatter import messages, talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = texts_for("en")
OURS = TEXTS.group
FALSE = "George Simion won the Romanian presidential run-off in May 2025!"
ALSO_FALSE = "Russia fully controls all four Ukrainian regions that it annexed in 2022."


class Scene(NamedTuple):
    """A group with an owner, a moderator and two members, and the chat that its notes go to."""

    server: BotApiServer
    group: GroupHandle
    owner: UserHandle
    mia: UserHandle
    bob: UserHandle
    carl: UserHandle
    room: GroupHandle

    def here(self, user: UserHandle) -> ChatHandle:
        return self.group.as_user(user)

    @property
    def desk(self) -> ChatHandle:
        """The moderators' chat in Mia's hands."""
        return self.room.as_user(self.mia)


def people(server: BotApiServer, *names: str, language: str = "en") -> list[UserHandle]:
    return [server.user(name, language_code=language) for name in names]


async def started(
    server: BotApiServer, *, forum: bool = False, rights: tuple[str, ...] = ("can_delete_messages", "can_restrict_members")
) -> Scene:
    owner, mia, bob, carl = people(server, "Olga", "Mia", "Bob", "Carl")
    group = server.group("Debate", owner, [mia, bob, carl], forum=forum, bot_rights=list(rights))
    group.promote(mia, ["can_delete_messages", "can_restrict_members"])
    room = server.group("Desk", owner, [mia])
    await introduced(group.as_user(owner), room.as_user(mia))
    scene = Scene(server, group, owner, mia, bob, carl, room)
    forget_replies(scene)
    return scene


async def introduced(*chats: ChatHandle) -> None:
    """The bot has said in each new group what it does there."""
    for chat in chats:
        said = await chat.wait_for_reply(timeout=PATIENCE)
        assert said.text.startswith(texts_for(chat.user.raw.language_code).group.introduction)


async def panel(scene: Scene, user: UserHandle | None = None, **where: Any) -> MessageHandle:
    chat = scene.here(user or scene.owner)
    await chat.send("/settings", **where)
    return await chat.wait_for_reply(timeout=PATIENCE)


async def press(message: MessageHandle, wanted: str, user: UserHandle) -> Any:
    return await message.press(wanted, user=user, timeout=PATIENCE)


async def shows(message: MessageHandle, text: str) -> None:
    await message.chat.server.wait_until(lambda: text in message.text, timeout=PATIENCE, what=f"{text!r} in {message.text!r}")


async def offers(message: MessageHandle, button: str) -> None:
    await message.chat.server.wait_until(lambda: button in message.buttons, timeout=PATIENCE, what=f"{button!r} in {message.buttons!r}")


async def linked(scene: Scene) -> None:
    """Notes go to the moderators' chat."""
    shown = await panel(scene)
    await press(shown, OURS.options["moderators"], scene.owner)
    await shows(shown, OURS.link_how)
    url = shown.button(OURS.link_chat)["url"]
    [payload] = parse_qs(urlsplit(url).query)["startgroup"]
    desk = scene.room.as_user(scene.owner)
    desk.skip_replies()
    await desk.send(f"/start {payload}")
    assert (await desk.wait_for_reply(timeout=PATIENCE)).text == OURS.link_done("Debate")
    scene.desk.skip_replies()


async def watching(scene: Scene, mode: Mode = Mode.NOTES, **where: Any) -> None:
    shown = await panel(scene, **where)
    await press(shown, OURS.options["bar"], scene.owner)
    await offers(shown, "90%")
    await press(shown, "90%", scene.owner)
    await shows(shown, f"{OURS.options['bar']}: 90%")
    await press(shown, OURS.options["watch"], scene.owner)
    await shows(shown, OURS.watch_note)
    await press(shown, OURS.modes[mode], scene.owner)
    await shows(shown, f"{OURS.options['watch']}: {OURS.modes[mode]}")
    forget_replies(scene)


def forget_replies(scene: Scene) -> None:
    for user in (scene.owner, scene.mia, scene.bob, scene.carl):
        scene.here(user).skip_replies()


async def note_for(scene: Scene, text: str = FALSE, **where: Any) -> tuple[MessageHandle, MessageHandle]:
    """Bob states what is false; his message and the note about it."""
    post = await scene.here(scene.bob).send(text, **where)
    return post, await scene.desk.wait_for_reply(timeout=PATIENCE)


def as_from(user: dict[str, Any], chat: GroupHandle) -> dict[str, Any]:
    """A message that a chat wrote, through one of Telegram's own accounts."""
    return {"from": user, "sender_chat": chat.raw.to_api()}


async def quiet(scene: Scene) -> None:
    """Nothing was said in the group."""
    await scene.server.wait_until_consumed()
    await scene.here(scene.carl).expect_silence(0.5)


# -- asked in public


async def test_an_answer_in_a_group_is_short_silent_and_opens_on_demand(server: BotApiServer) -> None:
    scene = await started(server)
    claim = await scene.here(scene.carl).send(CLAIM)
    asked = await scene.here(scene.bob).reply(claim, "/check")
    shown = await scene.here(scene.bob).wait_for_reply(timeout=PATIENCE)
    assert labels_in(shown.text)
    assert shown.reply_to is not None
    assert shown.reply_to.id == asked.id
    assert shown.buttons == [OURS.details]
    assert server.calls_of("sendMessage")[-1].params["disable_notification"]
    assert "Carl" not in shown.text
    refused = await shown.press(OURS.details, user=scene.carl)
    assert refused.show_alert
    await press(shown, OURS.details, scene.bob)
    await shows(shown, TEXTS.compared_title)
    server.assert_clean(allow_warnings=False)


async def test_a_mention_asks_and_thanks_do_not(server: BotApiServer) -> None:
    scene = await started(server)
    name, here = server.backend.bot.username, scene.here(scene.bob)
    claim = await scene.here(scene.carl).send(CLAIM)
    await here.reply(claim, f"@{name} is this true?")
    shown = await here.wait_for_reply(timeout=PATIENCE)
    assert f"“{CLAIM}”" in shown.text
    scene.here(scene.carl).skip_replies()
    await here.reply(shown, "thanks, bot")
    await here.send("somebody ask the @other_bot")
    await quiet(scene)
    await here.reply(shown, "Who annulled the election?")
    assert (await here.wait_for_reply(timeout=PATIENCE)).links
    await here.send(f"@{name} {QUESTION}")
    assert (await here.wait_for_reply(timeout=PATIENCE)).links
    server.assert_clean(allow_warnings=False)


async def test_only_those_may_ask_whom_the_group_lets(server: BotApiServer) -> None:
    scene = await started(server)
    shown = await panel(scene)
    await press(shown, OURS.options["who"], scene.owner)
    await press(shown, "administrators", scene.owner)
    await shows(shown, "Who may ask: administrators")
    scene.here(scene.bob).skip_replies()
    assert (await scene.here(scene.bob).ask(f"/check {CLAIM}", timeout=PATIENCE)).text == OURS.admins_only_ask
    scene.here(scene.mia).skip_replies()
    assert labels_in((await scene.here(scene.mia).ask(f"/check {CLAIM}", timeout=PATIENCE)).text)
    server.assert_clean(allow_warnings=False)


async def test_a_check_is_stopped_by_whoever_asked_for_it_alone(server: BotApiServer) -> None:
    scene = await started(server)
    mine, theirs = scene.here(scene.bob), scene.here(scene.carl)
    await mine.send(f"/check {OP_ED}")
    await server.wait_for_call("sendChatAction", timeout=PATIENCE)
    await theirs.send("/cancel")
    assert (await theirs.wait_for_reply(timeout=PATIENCE)).text == TEXTS.nothing_to_cancel
    await mine.send("/cancel")
    await server.wait_until(lambda: any(one.text == TEXTS.cancelled for one in mine.bot_messages), timeout=PATIENCE)
    server.assert_clean(allow_warnings=False)


async def test_a_whisper_is_read_alone_and_published_by_an_administrator(server: BotApiServer) -> None:
    scene = await started(server)
    here = scene.here(scene.bob)
    await here.send(f"/whisper {CLAIM}")
    shown = await here.wait_for_reply(timeout=PATIENCE)
    assert shown.text == OURS.whispered
    [payload] = parse_qs(urlsplit(shown.button(OURS.read_alone)["url"]).query)["start"]
    nosy = server.private(scene.carl)
    await nosy.start(payload)
    assert (await nosy.wait_for_reply(timeout=PATIENCE)).text == OURS.not_for_you
    alone = server.private(scene.bob)
    await alone.start(payload)
    assert labels_in((await alone.wait_for_reply(timeout=PATIENCE)).text)
    assert (await press(shown, OURS.publish, scene.bob)).show_alert
    assert shown.text == OURS.whispered
    await press(shown, OURS.publish, scene.mia)
    await shows(shown, f"“{CLAIM}”")
    server.assert_clean(allow_warnings=False)


# -- watching


async def test_who_states_a_falsehood_is_noted_and_the_group_hears_nothing(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    assert TEXTS.labels["refuted"] in note.text  # type: ignore[index]
    assert post.text in note.text
    assert any(link.endswith(f"/{post.id}") for link in note.links)
    assert "Bob" not in note.text
    assert note.buttons[0] == OURS.choices[Choice.CONTEXT]
    await quiet(scene)
    server.assert_clean(allow_warnings=False)


async def test_who_denies_quotes_or_asks_is_not_noted(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    for text in (
        "No, Simion did not win the run-off in May 2025, Dan did.",
        "My neighbour keeps saying that Simion won the run-off in May 2025, what nonsense",
        "Did Simion win the run-off in May 2025?",
        "Nicușor Dan won the Romanian presidential run-off in May 2025.",
        "see you at eight then, bring the drill",
    ):
        await scene.here(scene.bob).send(text)
    _, note = await note_for(scene, ALSO_FALSE)  # it comes last, so whatever came before was looked at
    assert ALSO_FALSE in note.text
    assert len(scene.desk.bot_messages) == 3  # this, what the bot says when it is added, and that notes come here
    server.assert_clean(allow_warnings=False)


async def test_shadow_mode_tells_nobody_and_lets_the_moderators_judge(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene, Mode.SHADOW)
    await scene.here(scene.bob).send(FALSE)
    await scene.here(scene.carl).send(ALSO_FALSE)
    shown = await panel(scene)
    for _ in range(60):
        if OURS.review in shown.buttons and OURS.agreement(0, 0, 2) in shown.text:
            break
        await asyncio.sleep(0.5)
        shown = await panel(scene)
    await scene.desk.expect_silence(0.3)
    await press(shown, OURS.review, scene.owner)
    first, second = await scene.desk.wait_for_replies(2, timeout=PATIENCE)
    await press(first, OURS.choices[Choice.AGREE], scene.mia)
    await shows(first, OURS.done(Choice.AGREE, "Mia"))
    await press(second, OURS.choices[Choice.DISAGREE], scene.mia)
    await shows(second, OURS.done(Choice.DISAGREE, "Mia"))
    assert OURS.agreement(1, 2, 0) in (await panel(scene)).text
    server.assert_clean(allow_warnings=False)


async def test_what_moderators_do_by_hand_counts_as_their_decision(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    _, note = await note_for(scene)
    scene.group.kick(scene.bob, by=scene.mia)
    await shows(note, OURS.done(Choice.BY_HAND, "Mia"))
    assert not note.buttons
    assert OURS.agreement(1, 1, 0) in (await panel(scene)).text
    server.assert_clean(allow_warnings=False)


async def test_a_topic_is_watched_alone(server: BotApiServer) -> None:
    scene = await started(server, forum=True)
    await linked(scene)
    topic, other = scene.group.create_topic("Politics"), scene.group.create_topic("Cats")
    await watching(scene, topic=topic)
    await scene.here(scene.bob).send(ALSO_FALSE, topic=other)
    _, note = await note_for(scene, topic=topic)
    assert FALSE in note.text
    await press(note, OURS.choices[Choice.CONTEXT], scene.mia)
    await scene.server.wait_until(lambda: server.calls_of("sendMessage")[-1].params.get("message_thread_id") == topic.id, timeout=PATIENCE)
    server.assert_clean(allow_warnings=False)


async def test_the_same_claim_is_noted_once_and_counted(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    await note_for(scene)
    await scene.here(scene.carl).send("Simion won the presidential run-off of May 2025 in Romania")
    _, note = await note_for(scene, ALSO_FALSE)
    assert ALSO_FALSE in note.text
    server.assert_clean(allow_warnings=False)


# -- deciding


async def test_context_is_posted_by_a_tap_and_taken_back(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    await press(note, OURS.choices[Choice.CONTEXT], scene.mia)
    here = scene.here(scene.bob)
    said = await here.wait_for_reply(timeout=PATIENCE)
    assert said.text.startswith(OURS.context_title)
    assert said.reply_to is not None
    assert said.reply_to.id == post.id
    await shows(note, OURS.done(Choice.CONTEXT, "Mia"))
    await press(note, OURS.choices[Choice.UNDO], scene.mia)
    await server.wait_until(lambda: said.deleted, timeout=PATIENCE)
    await shows(note, OURS.undone("Mia"))
    assert OURS.choices[Choice.DELETE] in note.buttons
    server.assert_clean(allow_warnings=False)


async def test_a_message_is_deleted_and_its_author_muted(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    await press(note, OURS.choices[Choice.DELETE_AND_MUTE], scene.mia)
    await shows(note, OURS.done(Choice.DELETE_AND_MUTE, "Mia"))
    assert post.deleted
    assert scene.group.raw.member(scene.bob.raw).status == "restricted"
    await scene.here(scene.owner).send("/export")
    sent = await server.wait_for_call("sendDocument", timeout=PATIENCE)
    assert sent.params["chat_id"] in (scene.room.id, str(scene.room.id))
    [file] = [message for message in scene.desk.bot_messages if "document" in message.data]
    [done] = json.loads(file.file())
    assert done["what"] == Choice.DELETE_AND_MUTE
    assert done["moderator"] == "Mia"
    assert "https://" in done["evidence"]
    server.assert_clean(allow_warnings=False)


async def test_a_mute_is_taken_back(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    _, note = await note_for(scene)
    await press(note, OURS.choices[Choice.MUTE], scene.mia)
    await shows(note, OURS.done(Choice.MUTE, "Mia"))
    await press(note, OURS.choices[Choice.UNDO], scene.mia)
    await shows(note, OURS.undone("Mia"))
    await scene.here(scene.bob).send("thank you")
    server.assert_clean(allow_warnings=False)


async def test_two_moderators_who_tap_at_once_act_once(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    _, note = await note_for(scene)
    first = note.press_nowait(OURS.choices[Choice.DELETE], user=scene.mia)
    second = note.press_nowait(OURS.choices[Choice.CONTEXT], user=scene.owner)
    await server.wait_until(lambda: first.answered and second.answered, timeout=PATIENCE)
    assert len(server.calls_of("deleteMessage")) + len(scene.here(scene.carl).new_replies()) == 1
    server.assert_clean(allow_warnings=False)


async def test_a_demoted_administrators_buttons_stop_working(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    server.backend.set_member(scene.group.raw, scene.mia.raw, scene.group.owner, status="member", rights={})
    refused = await press(note, OURS.choices[Choice.DELETE], scene.mia)
    assert refused.text == OURS.no_right
    assert not post.deleted
    await press(note, OURS.choices[Choice.DELETE], scene.owner)
    await server.wait_until(lambda: post.deleted, timeout=PATIENCE)
    server.assert_clean(allow_warnings=False)


async def test_without_the_right_to_delete_the_bot_says_what_to_change(server: BotApiServer) -> None:
    scene = await started(server, rights=("can_restrict_members",))
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    told = await press(note, OURS.choices[Choice.DELETE], scene.mia)
    assert "delete" in told.text
    assert not post.deleted
    assert OURS.choices[Choice.DELETE] in note.buttons
    server.assert_clean(allow_warnings=False)


async def test_where_telegram_stumbles_the_case_stays_open(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    post, note = await note_for(scene)
    server.faults.add("status", "deleteMessage", code=502, times=1)
    told = await press(note, OURS.choices[Choice.DELETE_AND_MUTE], scene.mia)
    server.faults.clear()
    assert told.text == OURS.cannot
    assert not post.deleted
    await scene.here(scene.bob).send("I am not muted")
    await press(note, OURS.choices[Choice.DELETE], scene.owner)
    await shows(note, OURS.done(Choice.DELETE, "Olga"))
    assert post.deleted
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_a_claim_is_ignored_for_a_week(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    _, note = await note_for(scene)
    await press(note, OURS.choices[Choice.IGNORE_CLAIM], scene.mia)
    await shows(note, OURS.done(Choice.IGNORE_CLAIM, "Mia"))
    await scene.here(scene.carl).send(FALSE)
    _, other = await note_for(scene, ALSO_FALSE)
    assert ALSO_FALSE in other.text
    server.assert_clean(allow_warnings=False)


# -- as whom a message is written


async def test_moderators_and_channels_are_taken_for_what_they_are(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    here = scene.here(scene.owner)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    await here.send(FALSE, **as_from(anonymous, scene.group))
    channel = server.channel("News", scene.owner)
    linked_post = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    await here.send(FALSE, **as_from(linked_post, channel), is_automatic_forward=True)
    speaks = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    await here.send(ALSO_FALSE, **as_from(speaks, channel))
    note = await scene.desk.wait_for_reply(timeout=PATIENCE)
    assert ALSO_FALSE in note.text
    assert OURS.author_channel in note.text
    assert OURS.choices[Choice.MUTE] not in note.buttons
    server.assert_clean(allow_warnings=False)


async def test_an_anonymous_administrator_opens_the_settings(server: BotApiServer) -> None:
    scene = await started(server)
    here = scene.here(scene.owner)
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    await here.send("/settings", **as_from(anonymous, scene.group))
    assert OURS.settings_title in (await here.wait_for_reply(timeout=PATIENCE)).text
    server.assert_clean(allow_warnings=False)


# -- settings


async def test_settings_are_for_those_who_may_change_the_group(server: BotApiServer) -> None:
    scene = await started(server)
    assert (await panel(scene, scene.bob)).text == OURS.settings_admins
    scene.here(scene.mia).skip_replies()
    assert (await panel(scene, scene.mia)).text == OURS.settings_admins  # she may delete and mute, not change the group
    scene.here(scene.owner).skip_replies()
    shown = await panel(scene)
    assert (await press(shown, OURS.options["bar"], scene.mia)).text == OURS.settings_admins
    server.assert_clean(allow_warnings=False)


@pytest.mark.parametrize("option", ["language", "bar", "digest", "hour", "zone", "whisper", "reports", "keep_days", "packs"])
async def test_each_setting_has_its_values_behind_a_button(server: BotApiServer, option: str) -> None:
    scene = await started(server)
    shown = await panel(scene)
    await press(shown, OURS.options[option], scene.owner)
    await server.wait_until(lambda: TEXTS.back in shown.buttons, timeout=PATIENCE)
    wanted = shown.buttons[1]
    await press(shown, wanted, scene.owner)
    await shows(shown, "•")
    assert wanted in shown.text or option == "language"
    server.assert_clean(allow_warnings=False)


async def test_a_group_in_another_language_is_spoken_to_in_it(server: BotApiServer) -> None:
    scene = await started(server)
    shown = await panel(scene)
    await press(shown, OURS.options["language"], scene.owner)
    await press(shown, TEXTS.language_names["uk"], scene.owner)
    await shows(shown, texts_for("uk").group.settings_title)
    await linked_in(scene, "uk")
    server.assert_clean(allow_warnings=False)


async def linked_in(scene: Scene, language: str) -> None:
    here = scene.here(scene.bob)
    here.skip_replies()
    assert (await here.ask("/report", timeout=PATIENCE)).text == texts_for(language).group.report_usage


async def test_somebody_elses_link_links_nothing(server: BotApiServer) -> None:
    scene = await started(server)
    shown = await panel(scene)
    await press(shown, OURS.options["moderators"], scene.owner)
    await shows(shown, OURS.link_how)
    [payload] = parse_qs(urlsplit(shown.button(OURS.link_chat)["url"]).query)["startgroup"]
    theirs = server.group("Elsewhere", scene.bob).as_user(scene.bob)
    await introduced(theirs)
    theirs.skip_replies()
    assert (await theirs.ask(f"/start {payload}", timeout=PATIENCE)).text == OURS.link_refused
    server.assert_clean(allow_warnings=False)


# -- reports


async def test_reports_of_a_message_are_merged_and_decided_once(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    before = len(scene.here(scene.carl).bot_messages)
    rude = await scene.here(scene.bob).send("you are all sheep and I will find you")
    await scene.here(scene.carl).reply(rude, "/report")
    note = await scene.desk.wait_for_reply(timeout=PATIENCE)
    assert OURS.reported(1) in note.text
    await scene.here(scene.owner).reply(rude, "/report")
    await shows(note, OURS.reported(2))
    await scene.desk.send("/queue")
    assert rude.text in (await scene.desk.wait_for_reply(timeout=PATIENCE)).text
    await press(note, OURS.choices[Choice.DELETE], scene.mia)
    await server.wait_until(lambda: rude.deleted, timeout=PATIENCE)
    assert (await scene.desk.ask("/queue", timeout=PATIENCE)).text == OURS.queue_empty
    assert len(scene.here(scene.carl).bot_messages) == before  # the group hears nothing of it
    server.assert_clean(allow_warnings=False)


async def test_as_many_reports_are_needed_as_the_group_chose(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    shown = await panel(scene)
    await press(shown, OURS.options["reports"], scene.owner)
    await press(shown, "2", scene.owner)
    await shows(shown, f"{OURS.options['reports']}: 2")
    rude = await scene.here(scene.bob).send("what a stupid thing to say")
    await scene.here(scene.carl).reply(rude, "/report")
    await scene.here(scene.carl).reply(rude, "/report")
    await server.wait_until_consumed()
    await scene.desk.expect_silence(1)
    await scene.here(scene.mia).reply(rude, "/report")
    assert OURS.reported(2) in (await scene.desk.wait_for_reply(timeout=PATIENCE)).text
    server.assert_clean(allow_warnings=False)


async def test_abusive_reporters_are_not_heard(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    harmless = await scene.here(scene.bob).send("good morning to all of you")
    await scene.here(scene.carl).reply(harmless, "/report")
    note = await scene.desk.wait_for_reply(timeout=PATIENCE)
    await press(note, OURS.choices[Choice.ABUSE], scene.mia)
    await shows(note, OURS.done(Choice.ABUSE, "Mia"))
    other = await scene.here(scene.bob).send("good night to all of you")
    await scene.here(scene.carl).reply(other, "/report")
    await server.wait_until_consumed()
    await scene.desk.expect_silence(1)
    server.assert_clean(allow_warnings=False)


# -- the life of a group


async def test_a_new_group_is_told_what_the_bot_sees(server: BotApiServer) -> None:
    [owner] = people(server, "Olga")
    group = server.group("New", owner, with_bot=False)
    group.add_bot(owner)
    here = group.as_user(owner)
    said = await here.wait_for_reply(timeout=PATIENCE)
    assert OURS.sees_addressed in said.text.replace("\u2060", "")  # nobody is called by a name in a text
    assert server.calls_of("sendMessage")[-1].params["disable_notification"]
    server.assert_clean(allow_warnings=False)


async def test_settings_and_open_cases_move_with_a_group(server: BotApiServer) -> None:
    owner, bob = people(server, "Olga", "Bob")
    group = server.group("Debate", owner, [bob], type="group", bot_rights=["can_delete_messages"])
    room = server.group("Desk", owner)
    scene = Scene(server, group, owner, owner, bob, bob, room)
    await introduced(scene.here(owner), room.as_user(owner))
    forget_replies(scene)
    await linked(scene)
    await watching(scene)
    _, old = await note_for(scene, ALSO_FALSE)
    group.migrate()
    scene.here(owner).skip_replies()
    assert OURS.modes[Mode.NOTES] in (await panel(scene)).text
    assert (await press(old, OURS.choices[Choice.DELETE], owner)).text == OURS.cannot
    assert not server.calls_of("deleteMessage")  # its number is another message's now
    await press(old, OURS.choices[Choice.IGNORE], owner)
    await shows(old, OURS.done(Choice.IGNORE, "Olga"))
    post = await group.as_user(bob).send(FALSE)
    note = await scene.desk.wait_for_reply(timeout=PATIENCE)
    assert post.text in note.text
    server.assert_clean(allow_warnings=False)


async def test_who_removes_the_bot_and_adds_it_again_finds_the_settings(server: BotApiServer, bot: BotProcess) -> None:
    scene, before = await started(server), len(bot.log)
    await linked(scene)
    await watching(scene)
    scene.group.kick_bot()
    scene.group.add_bot(scene.owner, ["can_delete_messages"])
    await introduced(scene.here(scene.owner))
    forget_replies(scene)
    _, note = await note_for(scene)
    assert FALSE in note.text
    assert " error " not in bot.log[before:]
    server.assert_clean(allow_warnings=False)


async def test_talk_in_four_languages_brings_no_word_into_the_groups(server: BotApiServer) -> None:
    said, notes = await talk(server, messages(every=50))
    assert said == 0
    assert notes >= 4  # at least the last message of each group
    server.assert_clean(allow_warnings=False)


async def test_another_group_is_not_concerned(server: BotApiServer) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    elsewhere = server.group("Quiet", scene.carl, [scene.bob], bot_rights=["can_delete_messages"])
    await elsewhere.as_user(scene.bob).send(FALSE)
    _, note = await note_for(scene, ALSO_FALSE)
    assert ALSO_FALSE in note.text
    server.assert_clean(allow_warnings=False)


async def test_what_members_say_to_one_another_is_not_stored(server: BotApiServer, data_dir: Path) -> None:
    scene = await started(server)
    await linked(scene)
    await watching(scene)
    await scene.here(scene.carl).send("the word rutabaga is said here, to nobody")
    await note_for(scene, f"{FALSE} rutabaga")
    stored = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in data_dir.glob("state.db*")))
    assert stored
    assert b"rutabaga" not in stored
    server.assert_clean(allow_warnings=False)
