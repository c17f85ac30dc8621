"""What becomes of a case when Telegram refuses, stumbles or knows its message no more: the real code over a scripted line."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import update
from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.error import TimedOut
from telegram.ext import Defaults, ExtBot
from telegram.request import BaseRequest, RequestData

from bot import cases, sending
from bot.buttons import Signer
from bot.excerpts import Excerpts
from bot.group_handlers import report
from bot.group_state import Case, Groups
from bot.moderation import Choice, Kind, Mode
from bot.rights import Rights
from bot.services import Context, Services
from bot.state import State, now, open_state
from bot.texts import texts_for
from bot.turns import Workers
from bot.watch import look, tell_again
from knowledge.circulating import Sighted
from knowledge.domain import Claim, Label, Verdict
from tests.bot.test_group_state import BOB, CHAT, MIA, ROOM, case

OURS = texts_for("en").group
NOON = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
UPGRADED = -1009
CLAIM = "Simion won the run-off in May 2025."
GONE = (400, "Bad Request: message to be replied not found")
NOT_FOUND = (400, "Bad Request: message to delete not found")
NO_RIGHTS = (400, "Bad Request: not enough rights to restrict/unrestrict chat member")
BLOCKED = (403, "Forbidden: bot was blocked by the user")
AWAY = (502, "Bad Gateway")
SLOW = TimedOut()
ME = {"id": 9, "is_bot": True, "first_name": "Footnote", "username": "footnote_bot"}
OWNER = {"status": "creator", "user": {"id": MIA, "is_bot": False, "first_name": "Mia"}, "is_anonymous": False}
GROUP = {"id": CHAT, "type": "supergroup", "title": "Debate", "accent_color_id": 0, "max_reaction_count": 1, "accepted_gift_types": {
    "unlimited_gifts": True, "limited_gifts": True, "unique_gifts": True, "premium_subscription": True, "gifts_from_channels": True,
}}  # fmt: skip


class Telegram(BaseRequest):
    """Takes everything, but for what it was told to refuse: `refuses` has, by method, what the next calls of it meet, None for nothing."""

    read_timeout = None

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, list[tuple[int, str] | Exception | None]] = {}
        self.calls = asyncio.Semaphore(0)

    def of(self, method: str) -> list[dict[str, Any]]:
        return [sent for name, sent in self.asked if name == method]

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        self.asked.append((name, request_data.parameters if request_data else {}))
        self.calls.release()
        refusal = self.refuses[name].pop(0) if self.refuses.get(name) else None
        if isinstance(refusal, Exception):
            raise refusal
        if refusal is not None:
            return refusal[0], json.dumps({"ok": False, "error_code": refusal[0], "description": refusal[1]}).encode()
        sent = {"message_id": 90 + len(self.asked), "date": 0, "chat": {"id": ROOM, "type": "supergroup"}}
        result = {"getMe": ME, "getChatMember": OWNER, "getChat": GROUP, "sendMessage": sent}.get(name, True)
        return 200, json.dumps({"ok": True, "result": result}).encode()


class Scene:
    """A group whose notes go to a room, and Mia, who may do everything in it."""

    def __init__(self, state: State) -> None:
        self.telegram, self.state, self.groups = Telegram(), state, Groups(state)
        self.bot = ExtBot(
            "1:a", request=self.telegram, get_updates_request=self.telegram, defaults=Defaults(allow_sending_without_reply=True)
        )
        self.services = cast(
            Services,
            SimpleNamespace(
                state=state,
                groups=self.groups,
                workers=Workers(1),
                thinkers=Workers(1),
                signer=Signer(b"key"),
                rights=Rights(),
                excerpts=Excerpts(),
                parts=SimpleNamespace(within=lambda _: SimpleNamespace(circulating=SimpleNamespace(look=self._look))),
            ),
        )
        self.context = cast(Context, SimpleNamespace(services=self.services, bot=self.bot, texts=lambda *_: texts_for("en")))
        self.states: Sighted | None = None
        self.groups.join(CHAT, "Debate")
        self.groups.change(CHAT, moderators=ROOM, watch={0: Mode.NOTES})

    def _look(self, *_: Any) -> Sighted | None:
        return self.states

    def opened(self, number: int = 1, **more: Any) -> Case:
        opened = case(number, **more)
        self.groups.open(opened)
        self.groups.show(opened.id, ROOM, 50 + number)
        return opened

    async def tap(self, of: Case, choice: Choice) -> str | None:
        query = CallbackQuery("1", User(MIA, "Mia", False), "1")
        return await cases.press(query, list(Choice).index(choice), of.id, self.context)

    async def report(self, number: int, reporter: int) -> None:
        chat = Chat(CHAT, "supergroup", title="Debate")
        post = Message(number, NOON, chat, from_user=User(BOB, "Bob", False), text="a rude thing to say")
        asked = Message(number + 500, NOON, chat, from_user=User(reporter, "Carl", False), text="/report", reply_to_message=post)
        for one in (post, asked):
            one.set_bot(self.bot)
        await report(Update(1, message=asked), self.context)

    def decision(self, of: Case) -> str | None:
        found = self.groups.case(of.id)
        assert found is not None
        return found.decision

    def shown(self, method: str = "editMessageText") -> list[str]:
        """The buttons of the message that was sent or changed last."""
        keyboard = self.telegram.of(method)[-1].get("reply_markup", {"inline_keyboard": []})
        return [button["text"] for row in keyboard["inline_keyboard"] for button in row]

    def age(self, minutes: float) -> None:
        with self.state.session() as session:
            session.execute(update(Case).values(at=now() - dt.timedelta(minutes=minutes)))


@pytest_asyncio.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(sending, "_PAUSES", (0, 0))
    state = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    made = Scene(state)
    await made.bot.initialize()
    made.telegram.asked.clear()
    yield made
    state.close()


def sighted(claim_id: str = "cc-1") -> Sighted:
    verdict = Verdict(
        claim=Claim(text=CLAIM, quote=CLAIM, start=0, end=len(CLAIM)), label=Label.NOT_ENOUGH_EVIDENCE, confidence=0.5, rationale="Open."
    )
    return Sighted(CLAIM, verdict, claim_id, 0.9, 0.9, 0.95, ())


# -- messages that Telegram numbers otherwise now


async def test_what_was_written_before_an_upgrade_is_not_taken_for_a_message_of_the_new_group(scene: Scene) -> None:
    old = scene.opened()
    scene.groups.move(CHAT, UPGRADED)
    assert scene.groups.open(case(1, chat=UPGRADED))
    for choice in (Choice.DELETE, Choice.MUTE, Choice.WARN):
        assert await scene.tap(old, choice) == OURS.cannot
        assert scene.shown() == [OURS.choices[Choice.IGNORE], OURS.choices[Choice.IGNORE_CLAIM]]
    assert not scene.telegram.of("deleteMessage") + scene.telegram.of("sendMessage") + scene.telegram.of("restrictChatMember")
    assert await scene.tap(old, Choice.IGNORE) is None
    assert scene.decision(old) == Choice.IGNORE


async def test_what_was_said_before_an_upgrade_cannot_be_taken_back(scene: Scene) -> None:
    old = scene.opened()
    assert await scene.tap(old, Choice.WARN) is None
    scene.groups.move(CHAT, UPGRADED)
    assert await scene.tap(old, Choice.UNDO) == OURS.cannot
    assert not scene.telegram.of("deleteMessage")
    assert scene.decision(old) == Choice.WARN


# -- where Telegram refuses or stumbles


async def test_a_case_is_open_again_where_our_own_rights_could_not_be_looked_up(scene: Scene) -> None:
    opened = scene.opened()
    scene.telegram.refuses["getChatMember"] = [None, SLOW]
    assert await scene.tap(opened, Choice.DELETE) == OURS.cannot
    assert scene.decision(opened) is None
    assert await scene.tap(opened, Choice.WARN) is None


@pytest.mark.parametrize("refusal", [NO_RIGHTS, SLOW])
async def test_what_telegram_does_not_take_back_is_not_said_to_be_undone(scene: Scene, refusal: tuple[int, str] | Exception) -> None:
    opened = scene.opened()
    assert await scene.tap(opened, Choice.MUTE) is None
    scene.telegram.refuses["restrictChatMember"] = [refusal]
    assert await scene.tap(opened, Choice.UNDO) == OURS.cannot
    assert scene.decision(opened) == Choice.MUTE
    assert scene.groups.last_action(opened.id) is not None
    assert await scene.tap(opened, Choice.UNDO) is None
    assert scene.decision(opened) is None
    assert scene.groups.last_action(opened.id) is None


async def test_what_somebody_else_deleted_counts_as_taken_back(scene: Scene) -> None:
    opened = scene.opened()
    assert await scene.tap(opened, Choice.WARN) is None
    scene.telegram.refuses["deleteMessage"] = [NOT_FOUND]
    assert await scene.tap(opened, Choice.UNDO) is None
    assert scene.decision(opened) is None


async def test_nobody_is_warned_whose_message_is_gone(scene: Scene) -> None:
    opened = scene.opened()
    scene.telegram.refuses["sendMessage"] = [GONE]
    assert await scene.tap(opened, Choice.WARN) == OURS.cannot
    [sent] = scene.telegram.of("sendMessage")
    assert sent["reply_parameters"]["allow_sending_without_reply"] is False
    assert scene.groups.warned(CHAT, BOB) == 0


async def test_a_tap_that_was_cut_off_is_done_at_the_next_one_also_on_a_case_judged_before(scene: Scene) -> None:
    opened = scene.opened(shadow=True)
    assert await scene.tap(opened, Choice.AGREE) is None
    scene.groups.reported(opened.id)
    assert scene.groups.decide(opened.id, Choice.DELETE, MIA)  # and then the process was ended
    assert await scene.tap(opened, Choice.DELETE) is None
    assert [sent["message_id"] for sent in scene.telegram.of("deleteMessage")] == [opened.message_id]


async def test_who_was_found_to_report_abusively_is_heard_again_when_that_is_taken_back(scene: Scene) -> None:
    opened = scene.opened(claim=None)
    scene.groups.report(CHAT, opened.message_id, 7)
    assert await scene.tap(opened, Choice.ABUSE) is None
    assert scene.groups.is_silenced(CHAT, "user 7")
    assert scene.shown() == [OURS.choices[Choice.UNDO]]
    assert await scene.tap(opened, Choice.UNDO) is None
    assert not scene.groups.is_silenced(CHAT, "user 7")
    assert scene.decision(opened) is None


# -- telling


async def test_a_note_is_sent_again_where_the_network_fails(scene: Scene) -> None:
    opened = scene.opened()
    scene.telegram.refuses["sendMessage"] = [AWAY, SLOW]
    assert await cases.tell(scene.bot, opened, scene.services)
    assert len(scene.telegram.of("sendMessage")) == 3


async def test_what_did_not_reach_the_moderators_is_told_later_a_claim_once(scene: Scene) -> None:
    scene.telegram.refuses["sendMessage"] = [AWAY] * 6
    told = [scene.opened(number) for number in (1, 2)]
    assert [await cases.tell(scene.bot, one, scene.services) for one in told] == [False, False]
    before = len(scene.telegram.of("sendMessage"))
    await tell_again(scene.bot, scene.services)
    assert len(scene.telegram.of("sendMessage")) == before  # they are perhaps just being told
    scene.age(10)
    await tell_again(scene.bot, scene.services)
    await tell_again(scene.bot, scene.services)
    assert len(scene.telegram.of("sendMessage")) == before + 1
    assert scene.groups.notes_within(CHAT, 1) == 1


async def test_what_is_old_or_no_longer_watched_is_not_told_later(scene: Scene) -> None:
    scene.opened()
    scene.age(90)
    await tell_again(scene.bot, scene.services)
    scene.age(10)
    scene.groups.change(CHAT, watch={0: Mode.SHADOW})
    await tell_again(scene.bot, scene.services)
    assert not scene.telegram.of("sendMessage")


async def test_a_reporter_gets_the_nod_when_the_moderators_have_the_report(scene: Scene) -> None:
    scene.telegram.refuses["sendMessage"] = [BLOCKED]
    await scene.report(10, 7)
    assert not scene.telegram.of("setMessageReaction")
    await scene.report(10, 7)
    assert len(scene.telegram.of("setMessageReaction")) == 1
    assert len(scene.telegram.of("sendMessage")) == 2
    await scene.report(10, 7)
    assert len(scene.telegram.of("sendMessage")) == 2
    assert not scene.telegram.of("editMessageText")  # nothing is new


async def test_a_report_of_what_was_judged_in_shadow_comes_with_buttons_and_waits(scene: Scene) -> None:
    judged = scene.opened(10, shadow=True)
    assert await scene.tap(judged, Choice.DISAGREE) is None
    await scene.report(10, 7)
    assert OURS.choices[Choice.DELETE] in scene.shown("sendMessage")
    [waiting] = scene.groups.waiting(CHAT)
    assert (waiting.id, waiting.of_kind) == (judged.id, Kind.REPORT)


async def test_what_is_kept_in_shadow_is_shown_with_its_words(scene: Scene) -> None:
    scene.groups.change(CHAT, watch={0: Mode.SHADOW})
    scene.states = sighted()
    post = Message(10, NOON, Chat(CHAT, "supergroup"), from_user=User(BOB, "Bob", False), text=CLAIM)
    await look(scene.bot, post, CLAIM, scene.services)
    assert not scene.telegram.asked
    [kept] = scene.groups.waiting(CHAT, shadow=True)
    await cases.show(scene.bot, kept, ROOM, scene.services)
    assert f"<blockquote>{CLAIM}" in scene.telegram.of("sendMessage")[0]["text"].replace("\u2068", "")


async def test_one_case_that_fails_does_not_keep_the_next_from_being_told(scene: Scene) -> None:
    broken, sound = scene.opened(1), scene.opened(2, claim="cc-2")
    scene.age(10)
    with scene.state.session() as session:
        session.execute(update(Case).where(Case.id == broken.id).values(verdict="{"))
    await asyncio.wait_for(tell_again(scene.bot, scene.services), 30)
    found = scene.groups.case(sound.id)
    assert found is not None
    assert found.told
