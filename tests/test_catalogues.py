"""Every sentence of ours has its wording in every language: the catalogues are held against the sentences in the code."""

from __future__ import annotations

import ast
import datetime as dt
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

import bot.texts
import bot.texts.groups
import knowledge.rationale
from bot.texts import CATALOGUES, texts_for
from knowledge.i18n import WORDS
from knowledge.rationale import left_out

LANGUAGES = ("ro", "uk", "ru")
SPOKEN = {
    WORDS: (Path(knowledge.rationale.__file__),),
    CATALOGUES: (Path(bot.texts.__file__), Path(bot.texts.groups.__file__)),
}


def sentences(code: tuple[Path, ...]) -> list[str | tuple[str, ...]]:
    """What the code says, as the keys of a catalogue: plural sentences are pairs."""
    found = [one for file in code for one in extract_from_file("python", file, keywords={"gettext": None, "ngettext": (1, 2)})]
    return [message for _, message, _, _ in found]


def catalogue(folder: Path, language: str) -> Catalog:
    with (folder / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, list | tuple) else [message.string or ""]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", SPOKEN, ids=["knowledge", "bot"])
def test_a_catalogue_has_each_sentence_and_no_other(folder: Path, language: str) -> None:
    said = {one if isinstance(one, str) else one[:2] for one in sentences(SPOKEN[folder])}
    known = {message.id for message in catalogue(folder, language) if message.id}
    assert len(said) > 20
    assert known == said


@pytest.mark.parametrize("folder", SPOKEN, ids=["knowledge", "bot"])
def test_no_sentence_is_hidden_from_the_catalogues(folder: Path) -> None:
    """What stands within an f-string is looked up but not extracted."""
    calls = [
        node for file in SPOKEN[folder] for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    asked = [node.args[0] for node in calls if getattr(node.func, "id", getattr(node.func, "attr", "")) in ("gettext", "ngettext")]
    said = {one if isinstance(one, str) else one[0] for one in sentences(SPOKEN[folder])}
    assert {node.value for node in asked if isinstance(node, ast.Constant)} == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", SPOKEN, ids=["knowledge", "bot"])
def test_a_translation_is_whole_and_keeps_every_placeholder(folder: Path, language: str) -> None:
    for message in catalogue(folder, language):
        if not message.id:
            continue
        assert not message.fuzzy
        asked = message.id if isinstance(message.id, str) else message.id[1]
        for form in forms(message):
            assert form.strip(), message.id
            assert set(re.findall(r"\{\w+\}", form)) <= set(re.findall(r"\{\w+\}", asked)), form
            assert form.count("\n") == asked.count("\n"), form
        assert set(re.findall(r"\{\w+\}", forms(message)[-1])) == set(re.findall(r"\{\w+\}", asked)), message.id


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_what_telegram_shows_of_the_bot_fits(language: str) -> None:
    texts = texts_for(language)
    assert len(texts.description) <= 512
    assert len(texts.short_description) <= 120
    assert all(1 <= len(text) <= 256 for text in texts.commands.values())
    assert texts.privacy(30, "a:b", "c:d").count("a:b") == texts.privacy(30, "a:b", "c:d").count("c:d") == 1


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert texts_for("pt-BR").language == texts_for(None).language == "en"
    assert texts_for("RO-md").language == "ro"


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [("en", "6 Dec 2024", "Dec 2024"), ("ro", "6 dec. 2024", "dec. 2024"), ("uk", "6 груд. 2024", "груд. 2024"), ("ru", "6 дек. 2024", "дек. 2024")],
)  # fmt: skip
def test_dates_are_written_as_readers_write_them(language: str, day: str, month: str) -> None:
    texts = texts_for(language)
    assert texts.date("2024-12-06").startswith(day)
    assert texts.date("2024-12").startswith(month)
    assert texts.date("2024") == "2024"
    assert texts.date("2024-12-06") in texts.as_of(dt.date(2024, 12, 6))


def test_counts_take_the_plural_of_their_language() -> None:
    assert [texts_for("en").card_summary(n, 10).split(" out")[0] for n in (1, 2)] == ["1 claim", "2 claims"]
    for language in ("uk", "ru"):
        said = [texts_for(language).pack(n, "2026-06-30", "CC0").split()[1].strip(",") for n in (1, 3, 5, 21)]
        assert said[0] == said[3]
        assert said[1] != said[2]
    assert left_out(0, "uk") is None
    assert left_out(2, "ro") != left_out(2, "en")
