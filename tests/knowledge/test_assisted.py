"""The flows with a chat model: a scripted one, reached through the real client. What it drafts is held against the sources and the embedded judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.parts import Parts
from knowledge.assisted import Assistant, AssistedExplainer, AssistedFactChecker
from knowledge.chat_model import chat_model_for
from knowledge.domain import Claim, Evidence, Label, Passage, Verdict
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from tests.chat_server import ChatServer, content, serving

COST = "It cost EUR 7.5 million."
OPENED = "On 3 May 2024 the mayor, Ada Brandt, reopened the bridge after 14 months."
INJECTIONS = [json.loads(line)["text"] for line in (Path(__file__).parent / "injections.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with serving(lambda _: 500) as one:
        yield one


@pytest.fixture
def assistant(server: ChatServer, parts: Parts) -> Assistant:
    return Assistant(chat_model_for("openai:scripted", url=server.url, timeout=2), parts.entailment)


@pytest.fixture
def checker(assistant: Assistant, parts: Parts) -> AssistedFactChecker:
    return AssistedFactChecker(assistant, parts.claim_finder, parts.retriever, Judge(parts.entailment), parts.checked_claims)


@pytest.fixture
def own(parts: Parts) -> FactChecker:
    return FactChecker(parts.claim_finder, parts.retriever, Judge(parts.entailment), parts.checked_claims)


def draft(label: str, *sentences: tuple[str, str], passage: str = "p1") -> Callable[[dict[str, Any]], dict[str, Any]]:
    told = [{"text": text, "quotes": [{"passage": passage, "words": words}]} for text, words in sentences]
    return lambda _: content({"label": label, "sentences": told})


def judged(checker: FactChecker, claim: str, passage: Passage) -> Verdict:
    return checker.judge(Claim.whole(claim), [passage])


def test_a_draft_that_stands_is_given_with_its_words_numbered(server: ChatServer, checker: AssistedFactChecker, passage: Passage) -> None:
    server.reply = draft("supported", ("The bridge cost 7.5 million euros.", COST))
    verdict = judged(checker, "The bridge of Altona cost EUR 7.5 million.", passage)
    assert verdict.label is Label.SUPPORTED
    assert verdict.rationale == "The bridge cost 7.5 million euros. [1]"
    assert [citation.quote for citation in verdict.citations] == [COST]
    assert verdict.note is None


@pytest.mark.parametrize(
    ("sentence", "words", "passage_id"),
    [
        ("The bridge cost 7.5 million euros.", "It cost a mere EUR 7.5 million.", "p1"),
        ("The bridge cost 7.5 million euros.", COST, "p2"),
        ("The bridge cost 9.5 million euros.", COST, "p1"),
        ("The Gazette calls it “a scandal without equal”.", COST, "p1"),
        ("The bridge was reopened on 4 May 2023.", OPENED, "p1"),
        ("The bridge cost 7.5 million euros.", "", "p1"),
    ],
    ids=["invented quote", "wrong id", "number not in the quote", "quoted words that stand nowhere", "date not in the quote", "no quote"],
)
def test_a_sentence_that_does_not_stand_is_left_out_and_counted(
    server: ChatServer, checker: AssistedFactChecker, own: FactChecker, passage: Passage, sentence: str, words: str, passage_id: str
) -> None:
    server.reply = draft("supported", (sentence, words), passage=passage_id)
    claim = "The bridge of Altona was expensive to repair."
    verdict = judged(checker, claim, passage)
    assert sentence not in verdict.rationale
    assert verdict.label is judged(own, claim, passage).label
    assert verdict.note is not None and "1 sentence" in verdict.note


def test_a_wrong_number_is_never_supported_on_the_models_word(server: ChatServer, checker: AssistedFactChecker, passage: Passage) -> None:
    server.reply = draft("supported", ("It cost EUR 7.5 million.", COST))
    verdict = judged(checker, "The bridge of Altona cost EUR 9.5 million.", passage)
    assert verdict.label in (Label.REFUTED, Label.CONFLICTING, Label.NOT_ENOUGH_EVIDENCE)


def test_what_the_sources_say_is_never_refuted_on_the_models_word(
    server: ChatServer, checker: AssistedFactChecker, passage: Passage
) -> None:
    server.reply = draft("refuted", ("Ada Brandt reopened the bridge.", OPENED))
    verdict = judged(checker, "The mayor, Ada Brandt, reopened the bridge of Altona on 3 May 2024.", passage)
    assert verdict.label is not Label.REFUTED


@pytest.mark.parametrize("fault", [500, "cut", "broken", "slow"])
def test_without_the_model_the_embedded_judge_answers_and_says_so(
    server: ChatServer, checker: AssistedFactChecker, own: FactChecker, passage: Passage, fault: int | str
) -> None:
    server.reply = lambda _: fault
    claim = "The bridge of Altona cost EUR 7.5 million."
    verdict = judged(checker, claim, passage)
    assert verdict.note is not None and "built-in reading" in verdict.note
    assert verdict.model_copy(update={"note": None}) == judged(own, claim, passage)


@pytest.mark.parametrize("text", INJECTIONS)
def test_orders_inside_a_text_change_nothing(
    server: ChatServer, checker: AssistedFactChecker, own: FactChecker, passage: Passage, text: str
) -> None:
    """Against a model that does whatever the text asks, once with words of the text as its quote, once with real but unrelated words."""
    alone = judged(own, text, passage)
    true = "reopened the bridge of Altona." in text or any(
        word in text for word in ("a redeschis podul din Altona.", "знову відкрила", "снова открыла")
    )
    wanted = "refuted" if true else "supported"
    assert alone.label.value != wanted
    for words in (text, COST):
        server.reply = draft(wanted, (text, words), ("This is settled.", words))
        verdict = judged(checker, text, passage)
        assert verdict.label.value != wanted, (words, verdict.rationale)
        assert all(citation.quote in passage.text for citation in verdict.citations)


def test_an_answer_is_made_of_sentences_that_stand(server: ChatServer, assistant: Assistant, parts: Parts, passage: Passage) -> None:
    told = [("The bridge cost 7.5 million euros.", COST), ("It was worth it.", "worth every cent")]
    sentences = [{"text": text, "quotes": [{"passage": "p1", "words": words}]} for text, words in told]
    server.reply = lambda _: content({"answered": True, "sentences": sentences})
    evidence = [Evidence(passage=passage, score=0.9, similarity=0.9)]
    answer = AssistedExplainer(assistant, parts.retriever, parts.claim_finder).answer(
        "How much did the bridge of Altona cost?", None, evidence
    )
    assert answer.text == "The bridge cost 7.5 million euros. [1]"
    assert answer.note is not None and answer.note.startswith("1 sentence")


def test_a_model_that_finds_no_answer_abstains_in_our_words(
    server: ChatServer, assistant: Assistant, parts: Parts, passage: Passage
) -> None:
    server.reply = lambda _: content({"answered": False, "sentences": []})
    evidence = [Evidence(passage=passage, score=0.9, similarity=0.9)]
    answer = AssistedExplainer(assistant, parts.retriever, parts.claim_finder).answer("Who designed the bridge of Altona?", None, evidence)
    assert answer.abstained and answer.missing is not None and "What would settle it" in answer.missing


def test_claims_of_a_model_keep_the_authors_words(server: ChatServer, checker: AssistedFactChecker) -> None:
    article = "Ada Brandt is the mayor of Altona. She reopened the bridge on 3 May 2024."
    proposed = [
        {"quote": "She reopened the bridge on 3 May 2024.", "standalone": "Ada Brandt reopened the bridge on 3 May 2024."},
        {"quote": "She sold the bridge to France.", "standalone": "Ada Brandt sold the bridge to France."},
        {"quote": "Ada Brandt is the mayor of Altona.", "standalone": "Emil Krause is the mayor of Hamburg since 2001."},
    ]
    server.reply = lambda _: content({"claims": proposed})
    found = checker.find(article)
    assert [claim.text for claim in found] == ["Ada Brandt is the mayor of Altona.", "Ada Brandt reopened the bridge on 3 May 2024."]
    assert all(article[claim.start : claim.end] == claim.quote for claim in found)
