"""The same flows in Romanian, Ukrainian and Russian, with the real bot: nobody meets an English sentence of ours."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from bot.botapi import BotApiServer, ChatHandle, MessageHandle
from bot.moderation import Choice, Mode
from bot.texts import Texts, texts_for
from knowledge.domain import Label
from tests.bot.test_conversation import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Said(NamedTuple):
    """What somebody sends in a language."""

    claim: str
    question: str
    article: str
    false: str
    unknown: str


SAID = {
    "ro": Said(
        "Curtea Constituțională a României a anulat alegerile prezidențiale pe 6 decembrie 2024.",
        "Când a anulat Curtea Constituțională alegerile prezidențiale?",
        "Nimeni nu se aștepta la asta. Pe 6 decembrie 2024 Curtea Constituțională a anulat alegerile prezidențiale din România. "
        "Donald Trump a depus jurământul pe 20 ianuarie 2025 la Washington. Mie mi se pare o rușine.",
        "George Simion a câștigat turul doi al alegerilor prezidențiale din mai 2025!",
        "Cum se coace acasă o pâine cu maia?",
    ),
    "uk": Said(
        "Конституційний суд Румунії скасував президентські вибори 6 грудня 2024 року.",
        "Коли Конституційний суд Румунії скасував президентські вибори?",
        "Ніхто цього не чекав. 6 грудня 2024 року Конституційний суд Румунії скасував президентські вибори. "
        "Дональд Трамп склав присягу 20 січня 2025 року у Вашингтоні. Як на мене, це ганьба.",
        "Джордже Сіміон виграв другий тур президентських виборів у Румунії в травні 2025 року!",
        "Як удома спекти хліб на заквасці?",
    ),
    "ru": Said(
        "Конституционный суд Румынии отменил президентские выборы 6 декабря 2024 года.",
        "Когда Конституционный суд Румынии отменил президентские выборы?",
        "Никто этого не ждал. 6 декабря 2024 года Конституционный суд Румынии отменил президентские выборы. "
        "Дональд Трамп принёс присягу 20 января 2025 года в Вашингтоне. По-моему, это позор.",
        "Джордже Симион победил во втором туре президентских выборов в Румынии в мае 2025 года!",
        "Как дома испечь хлеб на закваске?",
    ),
}
LANGUAGES = pytest.mark.parametrize("language", list(SAID))


def speaker(server: BotApiServer, language: str) -> tuple[ChatHandle, Texts, Said]:
    return server.private(server.user("Ana", language_code=language)), texts_for(language), SAID[language]


async def shows(message: MessageHandle, text: str) -> None:
    await message.chat.server.wait_until(lambda: text in message.text, timeout=PATIENCE, what=f"{text!r} in {message.text!r}")


async def offers(message: MessageHandle, button: str) -> None:
    await message.chat.server.wait_until(lambda: button in message.buttons, timeout=PATIENCE, what=f"{button!r} in {message.buttons!r}")


@LANGUAGES
async def test_the_commands_speak_it(server: BotApiServer, language: str) -> None:
    chat, texts, _ = speaker(server, language)
    assert (await chat.ask("/start", timeout=PATIENCE)).text == texts.start
    assert (await chat.ask("/help", timeout=PATIENCE)).text == texts.help
    assert texts.sources_title in (await chat.ask("/sources", timeout=PATIENCE)).text
    assert (await chat.ask("/privacy", timeout=PATIENCE)).text == texts.privacy(30, None)
    assert (await chat.ask("/nonsense", timeout=PATIENCE)).text == texts.unknown_command
    assert (await chat.ask("/check", timeout=PATIENCE)).text == texts.check_usage
    server.assert_clean(allow_warnings=False)


@LANGUAGES
async def test_a_claim_is_judged_drawn_and_explained_in_it(server: BotApiServer, language: str) -> None:
    chat, texts, said = speaker(server, language)
    shown = await chat.ask(said.claim, timeout=PATIENCE)
    assert texts.labels[Label.SUPPORTED] in shown.text
    assert said.claim in shown.text
    assert shown.links
    await shown.press(texts.why_trust)
    await shows(shown, texts.why_title)
    await shown.press(texts.back)
    await offers(shown, texts.timeline)
    await shown.press(texts.timeline)
    assert (await chat.wait_for_reply(timeout=PATIENCE)).file().startswith(b"\x89PNG")
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


@LANGUAGES
async def test_a_question_is_answered_from_the_sources(server: BotApiServer, language: str) -> None:
    chat, texts, said = speaker(server, language)
    shown = await chat.ask(said.question, timeout=PATIENCE)
    assert texts.sources_label in shown.text
    assert shown.links
    unknown = await chat.ask(said.unknown, timeout=PATIENCE)
    assert unknown.text.startswith(texts.abstention)
    server.assert_clean(allow_warnings=False)


@LANGUAGES
async def test_an_article_opens_claim_by_claim(server: BotApiServer, language: str) -> None:
    chat, texts, said = speaker(server, language)
    await chat.forward_text(said.article)
    card = await chat.wait_for_reply(timeout=PATIENCE, settle=1.5)
    await shows(card, texts.card_title)
    await card.press(0)
    await offers(card, texts.all_claims)
    await card.press(texts.all_claims)
    await offers(card, texts.sources_label)
    await card.press(texts.sources_label)
    await shows(card, texts.sources_label)
    server.assert_clean(allow_warnings=False, allow_unanswered=False)


@LANGUAGES
async def test_ones_own_can_be_had_and_deleted(server: BotApiServer, language: str) -> None:
    chat, texts, said = speaker(server, language)
    await chat.ask(said.claim, timeout=PATIENCE)
    await chat.send("/export")
    files = await chat.wait_for_replies(3, timeout=PATIENCE)
    assert [one["reviewRating"]["alternateName"] for one in json.loads(files[1].file())["@graph"]] == [Label.SUPPORTED]
    assert texts.labels[Label.SUPPORTED] in files[2].file().decode()
    assert (await chat.ask("/forget", timeout=PATIENCE)).text.splitlines()[0] == texts.forgotten({}).splitlines()[0]
    server.assert_clean(allow_warnings=False)


@LANGUAGES
async def test_what_cannot_be_read_says_why(server: BotApiServer, language: str) -> None:
    chat, texts, _ = speaker(server, language)
    await chat.send_document(b"%PDF-1.4 this is none", name="page.pdf")
    assert (await chat.wait_for_reply(timeout=PATIENCE)).text == texts.unreadable("broken")
    assert (await chat.ask("http://127.0.0.1/private", timeout=PATIENCE)).text == texts.unreadable("not_public")
    server.assert_clean(allow_warnings=False)


@LANGUAGES
async def test_a_groups_moderators_are_told_in_the_language_of_whoever_added_the_bot(server: BotApiServer, language: str) -> None:
    texts, said = texts_for(language), SAID[language]
    owner, bob = server.user("Olga", language_code=language), server.user("Bob", language_code=language)
    group = server.group("Debate", owner, [bob], bot_rights=["can_delete_messages", "can_restrict_members"])
    desk, here = server.private(owner), group.as_user(owner)
    assert (await here.wait_for_reply(timeout=PATIENCE)).text.startswith(texts.group.introduction)
    panel = await here.ask("/settings", timeout=PATIENCE)
    await panel.press(texts.group.options["moderators"])
    await shows(panel, texts.group.link_how)
    await desk.start(panel.button(texts.group.link_private)["url"].partition("start=")[2])
    assert (await desk.wait_for_reply(timeout=PATIENCE)).text == texts.group.link_done("Debate")
    await panel.press(texts.back)
    await shows(panel, texts.group.settings_title)
    await panel.press(texts.group.options["bar"])
    await server.wait_until(lambda: any("90" in button for button in panel.buttons), timeout=PATIENCE)
    await panel.press(next(button for button in panel.buttons if "90" in button))
    await shows(panel, texts.group.settings_title)
    await panel.press(texts.group.options["watch"])
    await shows(panel, texts.group.watch_note)
    await panel.press(texts.group.modes[Mode.NOTES])
    await shows(panel, texts.group.settings_title)
    await group.as_user(bob).send(said.false)
    note = await desk.wait_for_reply(timeout=PATIENCE)
    assert texts.labels[Label.REFUTED] in note.text
    await note.press(texts.group.choices[Choice.CONTEXT])
    await shows(note, texts.group.done(Choice.CONTEXT, "Olga"))
    context = group.as_user(bob).bot_messages[-1]
    assert context.text.startswith(texts.group.context_title)
    server.assert_clean(allow_warnings=False, allow_unanswered=False)
