"""What a chat shows when people speak with the real bot, which the Bot API server watches for misuse."""

from __future__ import annotations

import re

import pytest

from bot.botapi import BotApiServer, BotProcess, ChatHandle, MessageHandle
from bot.texts import texts_for
from knowledge.domain import Label

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = texts_for("en")
PATIENCE = 60.0
OP_ED = (
    "Democracy, I have always believed, dies of boredom long before it dies of tanks. "
    "On 24 November 2024 Călin Georgescu won the first round of Romania's presidential election. "
    "Nobody in my street had ever heard his name, and nobody slept well that night. "
    "On 6 December 2024 the Constitutional Court annulled that election. "
    "It was, to my mind, the bravest and the most foolish ruling of the decade. "
    "Donald Trump returned to the White House on 20 January 2025. "
    "In September 2022 Russia declared the annexation of four Ukrainian regions. "
    "The next ten years will belong to whoever lies best."
)
CLAIM = "The Constitutional Court of Romania annulled the presidential election on 6 December 2024."
QUESTION = "When did the Constitutional Court annul the first round of the Romanian presidential election?"
DECREE = (
    "On {day} March 2024 the Parliament of Romania in Bucharest voted by {yes} to {no} for a law on the financing of election campaigns, "
    "and the Government published all of its {pages} pages in the official journal on the following day."
)
LONG_ARTICLE = " ".join(DECREE.format(day=day, yes=200 + day, no=60 + day, pages=10 + day) for day in range(1, 15))


@pytest.fixture
def alice(server: BotApiServer) -> ChatHandle:
    return server.private(server.user("Alice", language_code="en"))


@pytest.fixture
def bob(server: BotApiServer) -> ChatHandle:
    return server.private(server.user("Bob"))


async def answer_to(chat: ChatHandle, text: str) -> MessageHandle:
    return await chat.ask(text, timeout=PATIENCE)


async def card_of(chat: ChatHandle) -> MessageHandle:
    """The one message that a check ends in; before, it may have told how far it was."""
    card = await chat.wait_for_reply(timeout=PATIENCE, settle=1.5)
    await chat.server.wait_until(lambda: card.text.startswith(TEXTS.card_title), timeout=PATIENCE)
    return card


def labels_in(text: str) -> list[str]:
    return re.findall("|".join(map(re.escape, TEXTS.labels.values())), text)


# -- commands


@pytest.mark.parametrize("command", ["start", "help", "privacy", "sources"])
async def test_each_command_is_answered_in_one_message(server: BotApiServer, alice: ChatHandle, command: str) -> None:
    shown = await answer_to(alice, f"/{command}")
    known = {"start": TEXTS.start, "help": TEXTS.help, "privacy": TEXTS.privacy(30, None), "sources": TEXTS.sources_title}
    assert shown.text.startswith(known[command])
    server.assert_clean(allow_warnings=False)


async def test_sources_say_how_much_is_known_and_until_when(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, "/sources")
    assert "The annulment of Romania's 2024 presidential election" in "\n".join(shown.entity_texts("bold"))
    assert re.search(r"\d+ entries, until 30 Jun 2026, licence", shown.text)
    server.assert_clean(allow_warnings=False)


async def test_an_unknown_command_is_pointed_to_help(server: BotApiServer, alice: ChatHandle) -> None:
    assert (await answer_to(alice, "/translate this")).text == TEXTS.unknown_command
    server.assert_clean(allow_warnings=False)


async def test_telegram_is_told_the_commands_and_sends_only_what_is_worked_on(server: BotApiServer, alice: ChatHandle) -> None:
    await answer_to(alice, "/help")
    scopes = {scope for (scope, _), commands in server.backend.settings.commands.items() if commands}
    assert scopes >= {"all_private_chats", "all_group_chats", "all_chat_administrators"}
    assert server.backend.queue.allowed == frozenset({"message", "callback_query", "inline_query", "my_chat_member", "chat_member"})


# -- questions


async def test_a_question_is_answered_with_linked_sources(server: BotApiServer, alice: ChatHandle) -> None:
    asked = await alice.send(QUESTION)
    shown = await alice.wait_for_reply(timeout=PATIENCE)
    assert shown.reply_to is not None
    assert shown.reply_to.id == asked.id
    assert shown.links
    assert all(link.startswith(("https://", "http://")) for link in shown.links)
    assert "30 Jun 2026" in shown.text
    assert shown.data["link_preview_options"] == {"is_disabled": True}
    server.assert_clean(allow_warnings=False)


async def test_typing_shows_before_the_answer(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, QUESTION)
    assert {event.data["action"] for event in alice.events("chat_action") if event.seq < shown.raw.seq} == {"typing"}
    server.assert_clean(allow_warnings=False)


async def test_what_the_sources_do_not_know_is_said_without_a_link(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, "How do I bake a sourdough bread with rye flour?")
    assert shown.text.startswith(TEXTS.abstention)
    assert shown.links == []
    server.assert_clean(allow_warnings=False)


async def test_two_people_are_answered_at_once(server: BotApiServer, alice: ChatHandle, bob: ChatHandle) -> None:
    await alice.forward_text(f"{CLAIM} {'And so on, ' * 200}")
    await bob.send("/help")
    helped = await bob.wait_for_reply(timeout=PATIENCE)
    bobs = await answer_to(bob, QUESTION)
    alices, *_ = await alice.wait_for_replies(1, timeout=PATIENCE)
    assert bobs.links
    assert alices.text.startswith(TEXTS.card_title)
    assert helped.raw.seq < alices.raw.seq  # the bot still waits for more of Alice's text when it answers Bob
    server.assert_clean(allow_warnings=False)


# -- articles and claims


@pytest.mark.parametrize("forwarded", [True, False])
async def test_an_article_comes_back_as_one_card(server: BotApiServer, alice: ChatHandle, forwarded: bool) -> None:
    await (alice.forward_text(OP_ED) if forwarded else alice.send(OP_ED))
    card = await card_of(alice)
    claims = re.findall(r"^\d+\. .*$", card.text, re.MULTILINE)
    quoted = [OP_ED.index(re.search("“(.+?)[”…]", claim).group(1)) for claim in claims]  # type: ignore[union-attr]
    assert card.text.startswith(TEXTS.card_title)
    assert [claim.partition(". ")[0] for claim in claims] == [str(number) for number in range(1, len(claims) + 1)]
    assert len(claims) >= 3
    assert quoted == sorted(quoted)
    assert all(len(labels_in(claim)) == 1 for claim in claims)
    assert [button.split()[0] for button in card.buttons[: len(claims)]] == [str(number) for number in range(1, len(claims) + 1)]
    assert "30 Jun 2026" in card.text
    server.assert_clean(allow_warnings=False)


async def test_a_long_text_that_came_in_two_messages_gets_one_card_that_can_be_turned(server: BotApiServer, alice: ChatHandle) -> None:
    first = await alice.forward_text(LONG_ARTICLE[:2500])
    await alice.forward_text(LONG_ARTICLE[2500:])
    card = await card_of(alice)
    assert card.reply_to is not None
    assert card.reply_to.id == first.id
    await card.press("2/4 ›")
    await server.wait_until(lambda: "11. " in card.text)
    assert not re.search(r"^1\. ", card.text, re.MULTILINE)
    server.assert_clean(allow_warnings=False)


async def test_one_statement_is_checked_in_detail(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, CLAIM)
    title = shown.text.partition("\n")[0]
    assert len(labels_in(title)) == 1
    assert not title[0].isalnum()
    assert f"“{CLAIM}”" in shown.text
    assert shown.entity_texts("blockquote")
    assert shown.links
    server.assert_clean(allow_warnings=False)


async def test_who_asks_whether_something_is_true_gets_a_verdict_on_it(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, f"Is it true that {CLAIM.removesuffix('.')}?")
    assert len(labels_in(shown.text.partition("\n")[0])) == 1
    assert f"“{CLAIM.removesuffix('.')}”" in shown.text
    assert shown.links
    server.assert_clean(allow_warnings=False)


async def test_who_asks_whether_what_no_source_knows_is_true_is_told_so(server: BotApiServer, alice: ChatHandle) -> None:
    shown = await answer_to(alice, "Is it true that the mayor of Cluj bought nine coffee machines?")
    assert TEXTS.labels[Label.NOT_ENOUGH_EVIDENCE] in shown.text
    server.assert_clean(allow_warnings=False)


async def test_a_reader_is_answered_in_their_own_language(server: BotApiServer) -> None:
    olena, uk = server.private(server.user("Olena", language_code="uk")), texts_for("uk")
    shown = await answer_to(olena, "Конституційний суд Румунії скасував президентські вибори 6 грудня 2024 року.")
    assert any(label in shown.text for label in uk.labels.values())
    assert uk.translated_label in shown.text
    assert uk.helpful in " ".join(shown.buttons)
    assert not any(label in shown.text for label in TEXTS.labels.values())
    server.assert_clean(allow_warnings=False)


async def test_a_caption_is_read_and_its_album_answered_once(server: BotApiServer, alice: ChatHandle) -> None:
    photos = [("photo", b"one"), ("photo", b"two"), ("photo", b"three")]
    await alice.send_album(photos, caption=CLAIM)
    assert CLAIM in (await alice.wait_for_reply(timeout=PATIENCE)).text
    await alice.send_album(photos)
    assert (await alice.wait_for_reply(timeout=PATIENCE)).text == TEXTS.what_can_be_sent
    server.assert_clean(allow_warnings=False)


async def test_media_without_a_text_get_one_kind_sentence(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.send_voice(b"OggS")
    assert (await alice.wait_for_reply()).text == TEXTS.what_can_be_sent
    await alice.send_sticker()
    assert (await alice.wait_for_reply()).text == TEXTS.what_can_be_sent
    server.assert_clean(allow_warnings=False)


async def test_what_has_no_words_is_said(server: BotApiServer, alice: ChatHandle) -> None:
    assert (await answer_to(alice, "🙂")).text == TEXTS.no_words
    server.assert_clean(allow_warnings=False)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/x",
        "https://10.0.0.1",
        "http://[::1]/",
        "http://2130706433/",
    ],
)
async def test_an_address_that_is_not_of_the_public_web_is_not_opened(server: BotApiServer, alice: ChatHandle, address: str) -> None:
    assert (await answer_to(alice, address)).text == TEXTS.unreadable("not_public")
    server.assert_clean(allow_warnings=False)


async def test_a_file_is_read_like_an_article(server: BotApiServer, alice: ChatHandle) -> None:
    page = f"<html><head><title>An op-ed</title></head><body><article><h1>An op-ed</h1><p>{OP_ED}</p></article></body></html>"
    await alice.send_document(page.encode(), name="op-ed.html", mime_type="text/html")
    card = await card_of(alice)
    assert "An op-ed" in card.text
    assert labels_in(card.text)
    server.assert_clean(allow_warnings=False)


@pytest.mark.parametrize(
    ("content", "name", "size", "why"),
    [
        (b"%PDF-1.7 and then nothing of the kind", "a.pdf", None, "broken"),
        (b"\x7fELF" + bytes(200), "a.bin", None, "kind"),
        (b"   ", "a.txt", None, "empty"),
        (b"tiny", "a.txt", 50_000_000, "too_large"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    server: BotApiServer, alice: ChatHandle, content: bytes, name: str, size: int | None, why: str
) -> None:
    await alice.send_document(content, name=name, size=size)
    assert (await alice.wait_for_reply(timeout=PATIENCE)).text == TEXTS.unreadable(why)
    server.assert_clean(allow_warnings=False)


@pytest.mark.parametrize(
    "text",
    [
        "In 2024 <b>Romania</b> & <script>alert('6 < 7')</script> voted &lt;twice&gt;.",
        "The court \u202eannulled\u202c the vote of 24 November 2024, says בית המשפט in Bucharest.",
        f"The court annulled {'a' * 150} 👩‍👩‍👧 on 6 December 2024.",
        "@admin and #vote and /start met in Bucharest on 6 December 2024.",
    ],
)
async def test_odd_characters_come_back_as_they_were_written(server: BotApiServer, alice: ChatHandle, text: str) -> None:
    def visible(words: str) -> str:
        return re.sub("[\u2060\u2066-\u2069\u202a-\u202e]", "", words)

    shown = await answer_to(alice, text)
    assert visible(text) in visible(shown.text)
    assert not shown.entity_texts("mention")
    server.assert_clean(allow_warnings=False)


async def test_a_text_with_nul_is_checked_like_any_other(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.send_raw({"text": "The court\x00 annulled the vote on 6 December 2024."})
    assert labels_in((await alice.wait_for_reply(timeout=PATIENCE)).text)
    server.assert_clean(allow_warnings=False)


# -- replies


async def test_a_quoted_passage_is_answered_with_the_same_quote(server: BotApiServer, alice: ChatHandle) -> None:
    article = await alice.forward_text(f"{OP_ED} <So it ends & begins.>")
    await card_of(alice)
    for passage in ("the Constitutional Court annulled that election", "<So it ends & begins.>"):
        await alice.reply(article, "When did this happen, and why?", quote=passage)
        shown = await alice.wait_for_reply(timeout=PATIENCE)
        assert shown.quote == passage
        assert shown.reply_to is not None
        assert shown.reply_to.id == article.id
    server.assert_clean(allow_warnings=False)


async def test_a_quote_that_telegram_refuses_is_left_out(server: BotApiServer, alice: ChatHandle) -> None:
    article = await alice.send(OP_ED)
    await card_of(alice)
    gone = {"text": "words that were edited away", "position": 0, "is_manual": True}
    asked = await alice.send_raw({"text": "Why did the court annul the election?", "quote": gone}, reply_to=article)
    shown = await alice.wait_for_reply(timeout=PATIENCE)
    assert shown.quote == ""
    assert shown.reply_to is not None
    assert shown.reply_to.id == asked.id
    assert [call.description for call in server.errors] == ["Bad Request: QUOTE_TEXT_INVALID"]
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_a_reply_without_a_quote_is_about_the_text_it_answers(server: BotApiServer, alice: ChatHandle) -> None:
    photo = await alice.send_photo(b"a photo", caption=CLAIM)
    await alice.wait_for_reply(timeout=PATIENCE)
    asked = await alice.reply(photo, "Who ruled that?")
    shown = await alice.wait_for_reply(timeout=PATIENCE)
    assert shown.reply_to is not None
    assert shown.reply_to.id == asked.id
    assert shown.links or shown.text.startswith(TEXTS.abstention)
    server.assert_clean(allow_warnings=False)


async def test_a_deleted_question_is_answered_all_the_same(server: BotApiServer, alice: ChatHandle) -> None:
    await alice.delete(await alice.send(QUESTION))
    assert (await alice.wait_for_reply(timeout=PATIENCE)).links
    server.assert_clean(allow_warnings=False)


# -- groups


async def test_in_a_group_only_commands_are_answered(server: BotApiServer, alice: ChatHandle, bob: ChatHandle) -> None:
    group = server.group("Debate", alice.user, [bob.user], bot_rights=["can_delete_messages"])  # it hears everything
    here, there = group.as_user(alice.user), group.as_user(bob.user)
    await there.wait_for_reply(timeout=PATIENCE)  # what the bot says when it is added
    here.skip_replies()
    claim = await there.send(CLAIM)
    await there.send(QUESTION)
    await there.send("/translate this")
    await there.send_sticker()
    await here.reply(claim, "/check")
    shown = await here.wait_for_reply(timeout=PATIENCE)
    assert f"“{CLAIM}”" in shown.text
    assert labels_in(shown.text)
    assert (await answer_to(here, "/check")).text == TEXTS.check_usage
    assert (await answer_to(there, f"/help@{server.backend.bot.username}")).text == TEXTS.help
    server.assert_clean(allow_warnings=False)


async def test_an_answer_stays_in_the_topic(server: BotApiServer, alice: ChatHandle) -> None:
    group = server.group("Forum", alice.user, forum=True)
    topic, here = group.create_topic("Elections"), group.as_user(alice.user)
    await here.wait_for_reply(timeout=PATIENCE)  # what the bot says when it is added
    await here.send(f"/check {CLAIM}", topic=topic)
    shown = await here.wait_for_reply(timeout=PATIENCE)
    assert shown.data["message_thread_id"] == topic.id
    assert {call.params.get("message_thread_id") for call in server.calls_of("sendChatAction")} == {topic.id}
    server.assert_clean(allow_warnings=False)


# -- what goes wrong


async def test_who_blocks_the_bot_disturbs_nobody(server: BotApiServer, bot: BotProcess, alice: ChatHandle, bob: ChatHandle) -> None:
    await alice.send(QUESTION)
    alice.user.block_bot()
    assert (await answer_to(bob, "/help")).text == TEXTS.help
    await server.wait_until(lambda: any(call.method == "sendMessage" for call in server.errors), timeout=PATIENCE)
    assert {call.error_code for call in server.errors} == {403}
    assert " error " not in bot.log
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_an_answer_survives_a_server_that_stumbles(server: BotApiServer, alice: ChatHandle) -> None:
    server.faults.add("drop", "sendMessage", times=1)
    server.faults.add("flood", "sendMessage", times=1, after=1)
    shown = await answer_to(alice, QUESTION)
    server.faults.clear()
    assert shown.links
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_an_answer_survives_a_network_that_is_away_for_longer(server: BotApiServer, alice: ChatHandle) -> None:
    server.faults.add("drop", "sendMessage", times=4)
    shown = await answer_to(alice, "/help")
    server.faults.clear()
    assert shown.text == TEXTS.help
    assert [message.text for message in alice.messages if message.raw.from_bot] == [TEXTS.help]
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_an_answer_that_came_through_unnoticed_is_not_given_twice(server: BotApiServer, alice: ChatHandle) -> None:
    server.faults.add("drop_after", "sendMessage", times=1)
    await alice.send("/help")
    await server.wait_for_call("deleteMessage", timeout=PATIENCE)
    server.faults.clear()
    assert [message.text for message in alice.messages if message.raw.from_bot] == [TEXTS.help]
    server.assert_clean(allow_errors=True, allow_warnings=False)


async def test_nothing_that_people_wrote_is_logged(server: BotApiServer, bot: BotProcess, alice: ChatHandle) -> None:
    await answer_to(alice, "Is the word rhubarb anywhere in your sources?")
    assert "rhubarb" not in bot.log
    assert server.token not in bot.log
    server.assert_clean(allow_warnings=False)
