"""What comes in several messages, or as files, is answered as the one thing that somebody sent."""

from __future__ import annotations

import pytest

from bot.botapi import BotApiServer, ChatHandle
from tests.bot.test_conversation import CLAIM, PATIENCE, TEXTS, card_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNULLED = (
    "The Constitutional Court of Romania annulled the presidential election on 6 December 2024. Călin Georgescu had won the first round. "
    "Nobody in my street slept well that night."
)
RETURNED = "Donald Trump returned to the White House on 20 January 2025. The ceremony was held in the rotunda of the Capitol."


@pytest.fixture
def alice(server: BotApiServer) -> ChatHandle:
    return server.private(server.user("Alice", language_code="en"))


async def text_file(chat: ChatHandle, name: str, content: str | bytes, album: str, caption: str = "") -> None:
    raw = content.encode() if isinstance(content, str) else content
    await chat.send_document(raw, name=name, mime_type="text/plain", caption=caption, extra={"media_group_id": album})


async def test_an_album_of_files_is_one_article(server: BotApiServer, alice: ChatHandle) -> None:
    await text_file(alice, "romania.txt", ANNULLED, "files")
    await text_file(alice, "inauguration.txt", RETURNED, "files")
    card = await card_of(alice)
    assert "romania.txt · inauguration.txt" in card.text
    assert "annulled the presidential election" in card.text
    assert "Donald Trump returned" in card.text
    assert len(alice.bot_messages) == 1
    server.assert_clean(allow_warnings=False)


async def test_of_an_album_the_file_that_cannot_be_read_is_named(server: BotApiServer, alice: ChatHandle) -> None:
    await text_file(alice, "romania.txt", ANNULLED, "mixed")
    await text_file(alice, "broken.pdf", b"%PDF-1.7 and then nothing of the kind", "mixed")
    assert (await alice.wait_for_reply(timeout=PATIENCE)).text == TEXTS.unreadable_file("broken.pdf", "broken")
    assert "annulled the presidential election" in (await card_of(alice)).text
    server.assert_clean(allow_warnings=False)


async def test_captions_anywhere_in_an_album_are_read_together(server: BotApiServer, alice: ChatHandle) -> None:
    album = {"media_group_id": "captions"}
    await alice.send_photo(b"one", extra=album)
    await alice.send_photo(b"two", caption=ANNULLED, extra=album)
    await alice.send_photo(b"three", caption=RETURNED, extra=album)
    card = await card_of(alice)
    assert "annulled the presidential election" in card.text
    assert "Donald Trump returned" in card.text
    assert len(alice.bot_messages) == 1
    server.assert_clean(allow_warnings=False)


async def test_two_albums_are_two_answers(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.send_photo(b"one", caption=CLAIM, extra={"media_group_id": "first"})
    await alice.send_photo(b"two", extra={"media_group_id": "second"})
    assert CLAIM in (await alice.wait_for_reply(timeout=PATIENCE)).text
    assert (await alice.wait_for_reply(timeout=PATIENCE)).text == TEXTS.what_can_be_sent
    server.assert_clean(allow_warnings=False)


async def test_a_claim_under_a_file_is_checked_with_it(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.send_document(RETURNED.encode(), name="a.txt", mime_type="text/plain", caption=CLAIM)
    card = await card_of(alice)
    assert "annulled the presidential election" in card.text
    assert "Donald Trump returned" in card.text
    server.assert_clean(allow_warnings=False)


async def test_a_question_under_a_file_is_answered_beside_its_card(server: BotApiServer, alice: ChatHandle) -> None:
    question = "When did the Constitutional Court annul the first round of the election?"
    await alice.send_document(RETURNED.encode(), name="a.txt", mime_type="text/plain", caption=question)
    card, answer = await alice.wait_for_replies(2, timeout=PATIENCE)
    assert "annul" not in card.text
    assert "6 December 2024" in answer.text
    server.assert_clean(allow_warnings=False)


async def test_under_a_file_a_short_question_is_about_the_file(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.send_document(RETURNED.encode(), name="a.txt", mime_type="text/plain", caption="Is this true?")
    assert "Donald Trump returned" in (await card_of(alice)).text
    assert CLAIM in (await alice.ask(CLAIM, timeout=PATIENCE)).text  # and nothing came in between
    server.assert_clean(allow_warnings=False)


@pytest.mark.parametrize("asked", ["/check", "@{bot} is this true?"])
async def test_in_a_group_a_file_that_is_answered_is_checked(server: BotApiServer, alice: ChatHandle, asked: str) -> None:
    here = server.group("Files", alice.user).as_user(alice.user)
    await here.wait_for_reply(timeout=PATIENCE)  # what the bot says when it is added
    file = await here.send_document(RETURNED.encode(), name="a.txt", mime_type="text/plain")
    await here.reply(file, asked.format(bot=server.backend.bot.username))
    assert "Donald Trump returned" in (await here.wait_for_reply(timeout=PATIENCE)).text
    server.assert_clean(allow_warnings=False)
