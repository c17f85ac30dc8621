"""What a message asks: question, claim or article, about which passage, and where it goes on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from telegram import Chat, Message, MessageOriginChannel, MessageOriginHiddenUser, TextQuote, User

from bot.incoming import Kind, Request, first_address, goes_on, kind_of, may_go_on, request_of, request_to_check

NOON = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
ARTICLE = (
    "Romania voted on 24 November 2024. Nobody had expected the winner of the first round. "
    "Two weeks later the Constitutional Court annulled the vote. The country has argued about it ever since."
)


def message(text: str | None = None, *, at: dt.datetime = NOON, **fields: Any) -> Message:
    return Message(1, at, Chat(7, "private"), from_user=User(7, "Ada", False), text=text, **fields)


@pytest.mark.parametrize(
    "text",
    [
        "When did Romania annul its election?",
        "Is it true that the vote was annulled?!",
        "who won the election in Romania",
        "tell me about the four regions",
        "Cine a câștigat alegerile din România",
        "De ce a anulat Curtea alegerile",
        "Este adevărat că alegerile au fost anulate?",
        "Чи правда, що вибори скасували",
        "Хто виграв вибори в Румунії",
        "Правда ли что выборы отменили",
        "Почему суд отменил выборы",
        "Romanian election",
        "I read that the court annulled the vote. My friend says it did not. Who is right?",
    ],
)
def test_what_asks_is_a_question(text: str) -> None:
    assert kind_of(text) is Kind.QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "The Constitutional Court annulled the first round on 6 December 2024.",
        "When Trump returned to office, the war had lasted almost three years.",
        "Curtea Constituțională a anulat primul tur la 6 decembrie 2024.",
        "Росія анексувала чотири області у вересні 2022 року.",
        "Two sentences are still a claim. The second one adds a date, 2024.",
    ],
)
def test_a_sentence_that_asks_nothing_is_a_claim(text: str) -> None:
    assert kind_of(text) is Kind.CLAIM


@pytest.mark.parametrize("text", [ARTICLE, "One came. Two saw. Three won.", "word " * 60])
def test_a_long_text_is_an_article(text: str) -> None:
    assert kind_of(text.strip()) is Kind.ARTICLE


def test_a_forwarded_text_is_an_article_however_short() -> None:
    assert kind_of("Did they annul it?", forwarded=True) is Kind.ARTICLE


def test_a_long_text_that_ends_in_a_question_is_an_article() -> None:
    assert kind_of(f"{ARTICLE} {ARTICLE} Will Europe wake up?") is Kind.ARTICLE


@pytest.mark.parametrize("text", ["", "   ", "🙂", "?!", "12 34"])
def test_a_text_without_a_word_asks_nothing(text: str) -> None:
    assert kind_of(text) is Kind.NOTHING


@pytest.mark.parametrize("text", ["https://example.org/op-ed", "example.org/op-ed", "https://example.org/a https://example.org/b"])
def test_an_address_alone_is_a_link(text: str) -> None:
    assert kind_of(text) is Kind.LINK


@pytest.mark.parametrize("text", ["a" * 20_000, "?" * 20_000 + "x", "a." * 10_000, "(" * 20_000, " ли" * 7_000])
def test_odd_texts_are_told_apart_too(text: str) -> None:
    assert kind_of(text) in Kind


def test_a_native_quote_is_what_a_question_is_about() -> None:
    asked = message("Who says so?", quote=TextQuote("annulled the vote", 3), reply_to_message=message(ARTICLE))
    assert request_of([asked]) == Request(Kind.QUESTION, "Who says so?", "annulled the vote")


def test_a_reply_without_a_quote_is_about_the_whole_message() -> None:
    asked = message("That surprises me.", reply_to_message=message(caption="A caption about Romania."))
    assert request_of([asked]) == Request(Kind.QUESTION, "That surprises me.", "A caption about Romania.")


def test_an_article_in_reply_is_still_an_article() -> None:
    assert request_of([message(ARTICLE, reply_to_message=message("Go on."))]).kind is Kind.ARTICLE


def test_a_caption_is_a_text() -> None:
    assert request_of([message(caption="When was the vote annulled?")]).kind is Kind.QUESTION


def test_nul_and_half_surrogates_are_taken_out() -> None:
    assert request_of([message("The court\x00 annulled \ud83d the vote.")]).text == "The court  annulled   the vote."


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (message("/check"), Request(Kind.UNSAID, "")),
        (message("/check Romania annulled its election in 2024."), Request(Kind.CLAIM, "Romania annulled its election in 2024.")),
        (message("/check@a_bot\n" + ARTICLE), Request(Kind.ARTICLE, ARTICLE)),
        (message("/check is it so?", reply_to_message=message(ARTICLE)), Request(Kind.ARTICLE, ARTICLE)),
        (message("/check", reply_to_message=message(ARTICLE), quote=TextQuote("The vote of 24 November was annulled.", 0)),
         Request(Kind.CLAIM, "The vote of 24 November was annulled.")),
        (message("/check Romania voted twice in 2025.", reply_to_message=message()), Request(Kind.CLAIM, "Romania voted twice in 2025.")),
    ],
)  # fmt: skip
def test_check_takes_the_message_it_answers_or_the_text_behind_it(command: Message, expected: Request) -> None:
    assert request_to_check([command]) == expected


# -- texts that an app cut

LONG = "Russia said so in 2022. " * 120


def test_only_a_long_message_may_go_on() -> None:
    assert may_go_on(message(LONG))
    assert not may_go_on(message(ARTICLE))


def test_what_follows_at_once_from_the_same_hand_goes_on() -> None:
    assert goes_on(message(LONG), message("The end.", at=NOON + dt.timedelta(seconds=1)))


@pytest.mark.parametrize(
    "following",
    [
        message("The end.", at=NOON + dt.timedelta(seconds=9)),
        message("/help"),
        message("Is that so?", reply_to_message=message(LONG)),
        message(caption=None),
        message("The end.", forward_origin=MessageOriginHiddenUser(NOON, "Somebody")),
    ],
)
def test_what_is_another_message_does_not_go_on(following: Message) -> None:
    assert not goes_on(message(LONG), following)


def test_pieces_are_joined_without_a_trace_of_the_cut() -> None:
    assert request_of([message("It began in the"), message("winter. It ended."), message("And then?")]).text == (
        "It began in the winter. It ended.\nAnd then?"
    )


@pytest.mark.parametrize("text", ["👉 https://example.org/a", "1. https://example.org/a", "— https://example.org/a !"])
def test_the_address_of_a_link_is_found_behind_marks(text: str) -> None:
    assert kind_of(text) is Kind.LINK
    assert first_address(text) == "https://example.org/a"


def test_posts_of_two_channels_that_are_forwarded_together_are_two_texts() -> None:
    def post(number: int, day: dt.datetime = NOON) -> Message:
        origin = MessageOriginChannel(day, Chat(number, "channel", title=str(number)), 5)
        return message("word " * 500, forward_origin=origin)

    assert goes_on(post(-1), post(-1))
    assert not goes_on(post(-1), post(-2))
    assert not goes_on(post(-1), post(-1, NOON + dt.timedelta(hours=1)))
