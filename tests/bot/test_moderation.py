"""What a group's message is, what may be proposed about it, and when a digest is due: pure rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from telegram import Chat, ChatMemberAdministrator, ChatMemberMember, ChatMemberOwner, Message, MessageEntity, User

from bot.digest import is_due
from bot.incoming import Kind as Asked
from bot.incoming import asked_in_group, is_addressed
from bot.moderation import (
    AGREES,
    BARS,
    DISAGREES,
    Choice,
    Digest,
    GroupSettings,
    Kind,
    Mode,
    Right,
    Sender,
    choices,
    is_root,
    may_be_watched,
    needed,
    sender_of,
)
from bot.rights import ALL, rights_of

GROUP = Chat(-1001, "supergroup", title="Debate")
CHANNEL = Chat(-1002, "channel", title="News")
BOB = User(5, "Bob", False)
BOT = User(9, "Footnote", True, username="footnote_bot")
LONG = "Simion won the run-off in May 2025"


def message(text: str | None = LONG, number: int = 10, *, chat: Chat = GROUP, user: User | None = BOB, **more: Any) -> Message:
    return Message(number, dt.datetime.now(dt.UTC), chat, from_user=user, text=text, **more)


@pytest.mark.parametrize(
    ("sent", "sender"),
    [
        (message(), Sender.PERSON),
        (message(user=User(1087968824, "Group", True), sender_chat=GROUP), Sender.ADMIN),
        (message(user=User(136817688, "Channel", True), sender_chat=CHANNEL), Sender.CHANNEL),
        (message(user=User(777000, "Telegram", False), sender_chat=CHANNEL, is_automatic_forward=True), Sender.LINKED),
        (message(user=BOT), Sender.BOT),
        (message(via_bot=BOT), Sender.BOT),
    ],
)
def test_each_sender_is_taken_for_what_it_is(sent: Message, sender: Sender) -> None:
    assert sender_of(sent) is sender
    assert may_be_watched(sent, LONG) is (sender in (Sender.PERSON, Sender.CHANNEL))


@pytest.mark.parametrize("text", ["ok", "hm hm", "/check this claim please", "12 34 56 78", "🙂 🙂 🙂 🙂"])
def test_what_states_nothing_is_not_compared(text: str) -> None:
    assert not may_be_watched(message(text), text)


def test_a_topics_root_and_service_messages_are_never_to_be_deleted() -> None:
    assert is_root(message(number=4, message_thread_id=4, is_topic_message=True))
    assert is_root(message(None))
    assert not is_root(message(number=5, message_thread_id=4, is_topic_message=True))
    assert Choice.DELETE not in [choice for row in choices(Kind.REPORT, Sender.PERSON, claim=False, deletable=False) for choice in row]


def test_only_people_can_be_muted_and_only_claims_have_context() -> None:
    offered = [choice for row in choices(Kind.WATCH, Sender.CHANNEL, claim=True) for choice in row]
    assert Choice.MUTE not in offered
    assert Choice.DELETE_AND_MUTE not in offered
    assert Choice.CONTEXT in offered
    assert Choice.CONTEXT not in [choice for row in choices(Kind.REPORT, Sender.PERSON, claim=False) for choice in row]


def test_telegrams_rights_are_ours() -> None:
    owner = ChatMemberOwner(BOB, False)
    flags = dict.fromkeys(
        [
            "can_be_edited",
            "is_anonymous",
            "can_manage_chat",
            "can_manage_video_chats",
            "can_promote_members",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
            "can_change_info",
            "can_restrict_members",
        ],
        False,
    )
    cleaner = ChatMemberAdministrator(BOB, can_delete_messages=True, **flags)  # type: ignore[arg-type]
    assert rights_of(owner) == ALL
    assert rights_of(cleaner) == {Right.MODERATE, Right.DELETE}
    assert rights_of(ChatMemberMember(BOB)) == frozenset()
    assert needed(Choice.DELETE_AND_MUTE) == {Right.DELETE, Right.RESTRICT}
    assert needed(Choice.IGNORE) == {Right.MODERATE}


def test_a_group_is_quiet_until_somebody_chooses_otherwise() -> None:
    settings = GroupSettings()
    assert not settings.watches
    assert settings.bar in BARS
    assert GroupSettings(watch={7: Mode.SHADOW}).mode(7) is Mode.SHADOW
    assert GroupSettings(watch={7: Mode.SHADOW}).mode(8) is Mode.OFF


@pytest.mark.parametrize("zone", ["Atlantis/Capital", "Europe", "", "../etc/passwd", "x" * 300, "a\0b"])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        GroupSettings(zone=zone)


def test_settings_are_read_without_a_walk_through_all_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(*_: Any) -> None:
        raise AssertionError("the folder of time zones was walked")

    monkeypatch.setattr("os.walk", walk)
    assert GroupSettings(zone="Europe/Kyiv").zone == "Europe/Kyiv"


def test_ignoring_a_proposal_says_nothing_of_it() -> None:
    assert Choice.IGNORE not in AGREES | DISAGREES


# -- who is meant


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("/check this", True),
        ("/check@footnote_bot this", True),
        ("/check@other_bot this", False),
        ("what do you say, @Footnote_Bot?", True),
        ("ask @footnote_bottom", False),
        ("write to me@footnote_bot.org", False),
        ("good morning", False),
    ],
)
def test_what_is_addressed_to_us(text: str, addressed: bool) -> None:
    assert is_addressed(message(text), BOT.id, "footnote_bot") is addressed


def test_an_answer_to_us_is_addressed_to_us() -> None:
    assert is_addressed(message("why?", reply_to_message=message("Refuted", user=BOT)), BOT.id, "footnote_bot")


def test_a_mention_with_few_words_asks_about_the_message_it_answers() -> None:
    asked = asked_in_group(message("@footnote_bot is this true?", reply_to_message=message()), "footnote_bot")
    assert asked is not None
    assert asked.kind is Asked.CLAIM
    assert asked.text == LONG


def test_a_longer_question_with_a_mention_is_about_the_message() -> None:
    said = "@footnote_bot who won the second round in Romania and by how much?"
    asked = asked_in_group(message(said, reply_to_message=message()), "footnote_bot")
    assert asked is not None
    assert asked.kind is Asked.QUESTION
    assert asked.about == LONG


@pytest.mark.parametrize(("text", "asks"), [("thanks!", False), ("I disagree.", False), ("and who won then?", True), ("де це було?", True)])
def test_an_answer_to_us_is_a_question_only_where_it_asks(text: str, asks: bool) -> None:
    answered = message("Refuted", user=BOT)
    assert (asked_in_group(message(text, reply_to_message=answered), "footnote_bot") is not None) is asks


def test_a_bare_mention_is_told_how_to_ask() -> None:
    asked = asked_in_group(message("@footnote_bot", entities=[MessageEntity("mention", 0, 13)]), "footnote_bot")
    assert asked is not None
    assert asked.kind is Asked.UNSAID


# -- the digest


@pytest.mark.parametrize(
    ("chosen", "zone", "last", "now", "due"),
    [
        (Digest.OFF, "UTC", "2026-01-01T00:00", "2026-01-05T10:00", False),
        (Digest.DAILY, "UTC", "2026-01-05T08:59", "2026-01-05T09:00", True),
        (Digest.DAILY, "UTC", "2026-01-05T09:01", "2026-01-05T23:00", False),
        (Digest.DAILY, "UTC", "2026-01-05T09:01", "2026-01-06T08:59", False),
        (Digest.DAILY, "Europe/Bucharest", "2026-01-05T06:00", "2026-01-05T07:00", True),
        (Digest.DAILY, "Europe/Bucharest", "2026-01-05T07:01", "2026-01-05T09:30", False),
        (Digest.WEEKLY, "UTC", "2026-01-05T09:01", "2026-01-11T23:00", False),
        (Digest.WEEKLY, "UTC", "2026-01-05T09:01", "2026-01-12T09:00", True),
    ],
)
def test_a_digest_is_due_once_at_its_hour_in_the_groups_own_zone(chosen: Digest, zone: str, last: str, now: str, due: bool) -> None:
    settings = GroupSettings(digest=chosen, hour=9, zone=zone)
    assert is_due(settings, dt.datetime.fromisoformat(last), dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)) is due
