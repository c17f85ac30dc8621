"""What the buttons under a card do, pressed by people in the real bot's chats."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.botapi import BotApiServer, ChatHandle, MessageHandle
from bot.texts import texts_for
from tests.bot.scene import footnote
from tests.bot.test_conversation import CLAIM, OP_ED, PATIENCE, QUESTION, card_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = texts_for("en")
UNKNOWN = "Romania's Constitutional Court bought nine new coffee machines on 6 December 2024."


@pytest.fixture
def alice(server: BotApiServer) -> ChatHandle:
    return server.private(server.user("Alice", language_code="en"))


async def card_for(chat: ChatHandle) -> MessageHandle:
    await chat.forward_text(OP_ED)
    return await card_of(chat)


async def shows(card: MessageHandle, text: str) -> None:
    await card.chat.server.wait_until(lambda: text in card.text, timeout=PATIENCE, what=f"{text!r} in {card.text!r}")


async def test_a_claim_of_a_card_opens_in_its_place_and_goes_back(server: BotApiServer, alice: ChatHandle) -> None:
    card = await card_for(alice)
    before = card.text
    await card.press(1)
    await server.wait_until(lambda: card.text.startswith("2. "), timeout=PATIENCE)
    assert card.entity_texts("blockquote")
    await card.press("›")
    await shows(card, "3. ")
    await card.press(TEXTS.all_claims)
    await shows(card, TEXTS.card_title)
    assert card.text == before
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_a_card_lists_all_its_sources(server: BotApiServer, alice: ChatHandle) -> None:
    card = await card_for(alice)
    await card.press(TEXTS.sources_label)
    await shows(card, "for claim")
    assert card.links
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_a_timeline_comes_as_a_picture_with_its_words(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await alice.ask(CLAIM, timeout=PATIENCE)
    await shown.press(TEXTS.timeline)
    picture = await alice.wait_for_reply(timeout=PATIENCE)
    assert picture.file().startswith(b"\x89PNG")
    assert "6 Dec 2024" in picture.text
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_why_shows_what_was_read_and_what_it_took(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await alice.ask(CLAIM, timeout=PATIENCE)
    await shown.press(TEXTS.why_trust)
    await shows(shown, TEXTS.why_title)
    assert CLAIM in shown.text
    assert re.search(r"nearness 0\.\d\d; supports \d+%", shown.text)
    await shown.press(TEXTS.back)
    await shows(shown, f"“{CLAIM}”")
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_an_opinion_with_its_reason_ends_in_the_review_file(server: BotApiServer, data_dir: Path, alice: ChatHandle) -> None:
    shown = await alice.ask(CLAIM, timeout=PATIENCE)
    await shown.press(TEXTS.not_helpful)
    await server.wait_until(lambda: TEXTS.reasons["source"] in shown.buttons, timeout=PATIENCE)
    assert (await shown.press(TEXTS.reasons["source"])).text == TEXTS.thanks
    printed = await printed_feedback(data_dir)
    assert {"good": False, "reason": "source"}.items() <= printed[-1].items()
    assert printed[-1]["about"]["asked"] == CLAIM
    assert "user" not in json.dumps(printed)
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def printed_feedback(data_dir: Path) -> list[dict[str, Any]]:
    import os
    import sys

    env = {**os.environ, "FOOTNOTE_DATA_DIR": str(data_dir)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "feedback", env=env, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return [json.loads(line) for line in out.decode().splitlines()]


async def test_only_whoever_asked_and_administrators_can_press(server: BotApiServer, alice: ChatHandle) -> None:
    bob, carol = server.user("Bob"), server.user("Carol")
    group = server.group("Debate", carol, [alice.user, bob])
    here = group.as_user(alice.user)
    await here.wait_for_reply(timeout=PATIENCE)  # what the bot says when it is added
    await here.send(f"/check {CLAIM}")
    card = await here.wait_for_reply(timeout=PATIENCE)
    await card.press(TEXTS.group.details)
    await server.wait_until(lambda: any(TEXTS.helpful in button for button in card.buttons), timeout=PATIENCE)
    refused = await card.press(TEXTS.helpful, user=bob)
    assert (refused.text, refused.show_alert) == (TEXTS.not_yours, True)
    assert (await card.press(TEXTS.helpful, user=carol)).text == TEXTS.thanks
    assert (await card.press(TEXTS.helpful)).text == TEXTS.thanks
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_data_that_no_button_of_ours_had_opens_nothing(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await alice.ask(CLAIM, timeout=PATIENCE)
    for data in ("1c0.0.AAAAAAAAAAAA.AAAAAAAA", "x", "1l0.0.." + "A" * 8):
        state = server.backend.press(shown.raw, alice.user.raw, {"text": "?", "callback_data": data})
        await server.wait_until(partial(getattr, state, "answer"))
        assert state.answer is not None
        assert state.answer["text"] == TEXTS.expired
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_an_example_is_one_tap_from_the_start(server: BotApiServer, alice: ChatHandle) -> None:
    welcome = await alice.ask("/start", timeout=PATIENCE)
    await welcome.press(0)
    shown = await alice.wait_for_reply(timeout=PATIENCE)
    assert TEXTS.examples[0] in shown.text
    assert shown.links
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_the_chosen_language_is_spoken_from_then_on(server: BotApiServer, alice: ChatHandle) -> None:
    choice = await alice.ask("/language", timeout=PATIENCE)
    await choice.press("Українська")
    await shows(choice, texts_for("uk").language_chosen)
    assert (await alice.ask("/help", timeout=PATIENCE)).text == texts_for("uk").help
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_what_is_held_of_somebody_can_be_had_and_deleted(server: BotApiServer, alice: ChatHandle) -> None:
    assert (await alice.ask("/export", timeout=PATIENCE)).text == TEXTS.nothing_to_export
    shown = await alice.ask(CLAIM, timeout=PATIENCE)
    await alice.send("/export")
    data, review, text = [file.file().decode() for file in await alice.wait_for_replies(3, timeout=PATIENCE)]
    assert CLAIM in data
    assert json.loads(review)["@graph"][0]["claimReviewed"] == CLAIM
    assert re.search(r"sha256 [0-9a-f]{64}", text)
    assert "checks: 1" in (await alice.ask("/forget", timeout=PATIENCE)).text
    assert (await shown.press(TEXTS.timeline)).text == TEXTS.expired
    assert (await alice.ask("/export", timeout=PATIENCE)).text == TEXTS.nothing_to_export
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


async def test_a_topic_and_a_time_are_drawn(server: BotApiServer, alice: ChatHandle) -> None:
    assert "romania" in (await alice.ask("/timeline", timeout=PATIENCE)).text
    picture = await alice.ask("/timeline romania 2024-11..2024-12", timeout=PATIENCE)
    assert picture.file().startswith(b"\x89PNG")
    assert "2025" not in picture.text
    server.assert_clean(allow_warnings=False)


async def test_a_claim_typed_in_any_chat_gets_verdicts_to_send(server: BotApiServer, alice: ChatHandle) -> None:
    found = await alice.user.inline_query(CLAIM, timeout=PATIENCE)
    assert found.results
    assert found.data["is_personal"]
    assert CLAIM in found.results[0]["input_message_content"]["message_text"]
    short = await alice.user.inline_query("Trump", timeout=PATIENCE)
    assert short.results == []
    assert short.data["button"]["start_parameter"] == "inline"
    server.assert_clean(allow_warnings=False)


async def test_what_becomes_known_is_told_to_whoever_asked_for_it(tmp_path: Path) -> None:
    """The bot is started again with one pack more."""
    async with await BotApiServer.start() as server:
        alice, uk = server.private(server.user("Alice", language_code="uk")), texts_for("uk")
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            shown = await alice.ask("What did the Ministry of Ponds in Lalage ban on 3 May 2026?", timeout=PATIENCE)
            assert (await shown.press(uk.tell_me)).show_alert
            await bot.stop()
        await ingested(tmp_path, PACK)
        alice.skip_replies()
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            told = await alice.wait_for_replies(2, timeout=PATIENCE)
            assert told[0].text == uk.now_known
            assert "paper boats" in told[1].text
            await bot.stop()
        server.assert_clean(allow_warnings=False)


PACK = """\
id: lalage
title: Lalage
topic: lalage
languages: [en]
licence: CC0-1.0
as_of: 2026-06-30
entries:
  - id: la-2026-05-03-ponds
    date: 2026-05-03
    title: The Ministry of Ponds in Lalage bans paper boats
    confidence: high
    statement: On 3 May 2026 the Ministry of Ponds in Lalage banned paper boats on all public ponds.
    sources:
      - publisher: Lalage Gazette
        title: Paper boats banned
        url: https://gazette.example.org/ponds
        published: 2026-05-04
        kind: media
"""


async def ingested(data_dir: Path, pack: str) -> None:
    import os
    import sys

    file = data_dir / "lalage.yaml"
    file.write_text(pack, encoding="utf-8")
    env = {**os.environ, "FOOTNOTE_DATA_DIR": str(data_dir)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "ingest", str(file), env=env)
    assert await process.wait() == 0


async def test_who_never_asked_has_nothing_to_press_after_a_restart_but_who_did_has(tmp_path: Path) -> None:
    async with await BotApiServer.start() as server:
        alice = server.private(server.user("Alice"))
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            shown = await alice.ask(QUESTION, timeout=PATIENCE)
            await bot.kill()
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            assert (await shown.press(TEXTS.helpful)).text == TEXTS.thanks
            await bot.stop()
        server.assert_clean(allow_warnings=False, allow_unanswered=False)


def answers(chat: ChatHandle) -> list[MessageHandle]:
    return [message for message in chat.messages if message.raw.from_bot]


async def test_a_kill_in_the_middle_loses_no_question_and_answers_none_twice(tmp_path: Path) -> None:
    async with await BotApiServer.start() as server:
        people = [server.private(server.user(f"P{number}")) for number in range(60)]
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            for number, chat in enumerate(people):
                await chat.send(f"/help {number}")
            await server.wait_until(lambda: sum(map(len, map(answers, people))) > 10, timeout=PATIENCE)
            await bot.kill()
        async with footnote(server, tmp_path) as bot:
            await bot.ready(120)
            await server.wait_until(lambda: all(map(answers, people)), timeout=PATIENCE)
            await server.wait_until_consumed()
            assert await bot.stop() == 0
        assert [len(answers(chat)) for chat in people] == [1] * len(people)
