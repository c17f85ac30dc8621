"""What a card, a claim and an answer look like."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from bot import render
from bot.botapi.entities import FormattedText, parse_html
from bot.buttons import Press
from bot.texts import texts_for
from knowledge.domain import (
    Answer,
    Aspect,
    Citation,
    Claim,
    Comparison,
    Label,
    Passage,
    PassagePart,
    Provenance,
    Reason,
    Source,
    Translated,
    Verdict,
    WordingNote,
)
from knowledge.fact_check import CheckedArticle

TEXTS = texts_for("en")
AS_OF = dt.date(2026, 6, 30)
RULING = "The Court annulled the vote & ordered <another>."


def source(publisher: str, published: str | None = "2024-12-06") -> Source:
    url = f"https://{publisher.lower()}.example/a?b=1&c=2"
    return Source(publisher=publisher, title="A title", url=url, published=published, kind="media")


def citation(text: str = RULING, *publishers: str, contested: str | None = None) -> Citation:
    sources = tuple(source(publisher) for publisher in publishers or ("Agerpres",))
    provenance = Provenance(pack="romania", topic="romania", title="A ruling", sources=sources, contested=contested)
    return Citation(passage=Passage(id=text, document_id=text, start=0, text=text, provenance=provenance), start=0, end=len(text))


def verdict(quote: str = "The vote was annulled.", label: Label = Label.SUPPORTED, **fields: Any) -> Verdict:
    given = {"confidence": 0.8, "rationale": "A source says the same.", "citations": (citation(),), "as_of": AS_OF, **fields}
    return Verdict(claim=Claim.whole(quote), label=label, **given)


def article(*verdicts: Verdict, opinions: int = 0, skipped: int = 0) -> CheckedArticle:
    return CheckedArticle(verdicts=verdicts, sentences=20, opinions=opinions, skipped=skipped)


def shown(reply: render.Reply) -> list[FormattedText]:
    return [parse_html(page) for page in reply.pages]


def only(reply: render.Reply) -> str:
    [page] = shown(reply)
    return page.text


def links(reply: render.Reply) -> list[str]:
    return [entity["url"] for page in shown(reply) for entity in page.entities if entity["type"] == "text_link"]


def buttons(reply: render.Reply) -> list[str]:
    return [button.text for row in reply.buttons for button in row]


# -- a card


@pytest.mark.parametrize("label", Label)
def test_a_label_is_a_symbol_and_a_word(label: Label) -> None:
    assert re.search(rf"^1\. \W+ {TEXTS.labels[label]} “", only(render.card(article(verdict(label=label)), TEXTS)), re.MULTILINE)


def test_a_card_holds_a_line_a_claim_the_counts_and_the_day_the_sources_end() -> None:
    reply = render.card(article(verdict("First it was so."), verdict("Then <it> changed."), opinions=3, skipped=1), TEXTS)
    text = only(reply)
    assert text.startswith("Fact check\n2 claims out of 20 sentences")
    assert "1. ✅ Supported “First it was so.”\n2. ✅ Supported “Then <it> changed.”" in text
    assert "3 opinions and predictions were not checked. 1 more claim was skipped" in text
    assert "My sources end on 30 Jun 2026." in text
    assert buttons(reply) == ["1 ✅", "2 ✅", TEXTS.sources_label, TEXTS.timeline]


def test_a_card_says_where_a_text_was_posted_and_when_it_was_forwarded() -> None:
    posted = render.Origin(
        title="A post", url="https://t.me/news/7", name="News", published=dt.date(2022, 3, 3), forwarded=dt.date(2026, 7, 1)
    )
    reply = render.card(article(verdict()), TEXTS, posted)
    assert "A post\n3 Mar 2022, News, forwarded 1 Jul 2026\n" in only(reply)
    assert links(reply) == ["https://t.me/news/7"]


def test_a_card_without_claims_says_so_and_counts_the_opinions() -> None:
    reply = render.card(article(opinions=1), TEXTS)
    assert TEXTS.no_claims in only(reply)
    assert "1 opinion or prediction was not checked." in only(reply)
    assert reply.buttons == ()


def test_an_undecided_claim_shows_the_nearest_sources_as_such_and_can_be_waited_for() -> None:
    reply = render.claim(verdict(label=Label.NOT_ENOUGH_EVIDENCE), TEXTS)
    assert f"{TEXTS.nearest_label}\n{RULING}" in only(reply)
    assert "Confidence" not in only(reply)
    assert TEXTS.tell_me in buttons(reply)


def test_a_long_card_is_turned_page_by_page() -> None:
    long = article(*[verdict(f"{number} " + "long words " * 30) for number in range(40)])
    pages = [render.card(long, TEXTS, page=page) for page in range(5)]
    numbers = [int(number) for page in pages[:4] for number in re.findall(r"^(\d+)\. ", only(page), re.MULTILINE)]
    assert numbers == list(range(1, 41))
    assert ["2/4 ›" in buttons(pages[0]), "‹ 3/4" in buttons(pages[3])] == [True, True]
    assert pages[4] == pages[3]


def test_a_claim_too_long_for_a_message_has_its_further_pages_behind_a_button() -> None:
    cited = tuple(citation(f"{number} " + "many words of a source " * 40) for number in range(6))
    first, second = (render.claim(verdict(citations=cited), TEXTS, page=page) for page in (0, 1))
    assert "2/2 ›" in buttons(first)
    assert "‹ 1/2" in buttons(second)
    assert only(first) != only(second)


# -- a claim


def test_a_claim_in_detail_quotes_its_sources_and_links_them_all() -> None:
    reply = render.claim(verdict(citations=(citation(RULING, "Agerpres", "Reuters", contested="The losers object."),)), TEXTS)
    [page] = shown(reply)
    quotes = [
        page.text[entity["offset"] : entity["offset"] + entity["length"]] for entity in page.entities if entity["type"] == "blockquote"
    ]
    assert quotes == [RULING]
    assert f"{RULING}\nAgerpres, 6 Dec 2024 · Reuters, 6 Dec 2024\nDisputed: The losers object." in page.text
    assert "Confidence: 80 %. My sources end on 30 Jun 2026." in page.text


def test_a_claim_stands_beside_what_the_sources_say() -> None:
    compared = (
        Comparison(aspect=Aspect.DATE, claimed="8 December", sourced="6 December", agrees=False),
        Comparison(aspect=Aspect.NUMBER, claimed="9", sourced="9", agrees=True),
        Comparison(aspect=Aspect.NAME, claimed="Cluj", sourced=None, agrees=None),
    )
    text = only(render.claim(verdict(label=Label.REFUTED, comparisons=compared), TEXTS))
    assert "✗ Date: the claim says 8 December; the sources say 6 December (differs)" in text
    assert "✓ Number: the claim says 9; the sources say 9 (agrees)" in text
    assert "• Name: the claim says Cluj; the sources do not say" in text


def test_the_day_of_an_entry_is_told_in_the_readers_language() -> None:
    compared = (Comparison(aspect=Aspect.DATE, claimed="8 грудня 2024", sourced="2024-12-06", agrees=False),)
    assert "6 грудня 2024" in only(render.claim(verdict(label=Label.REFUTED, comparisons=compared), texts_for("uk")))


def test_an_entry_in_another_language_is_told_in_the_readers_as_a_translation() -> None:
    quoted = citation()
    translation = Translated(language="uk", title="Суд скасував вибори", text="Суд скасував вибори.")
    provenance = quoted.passage.provenance.model_copy(update={"translations": (translation,)})
    told = Citation(passage=quoted.passage.model_copy(update={"provenance": provenance}), start=0, end=quoted.end)
    uk = texts_for("uk")
    assert f"{RULING}\n{uk.translated_label}: Суд скасував вибори\n" in only(render.claim(verdict(citations=(told,)), uk))
    assert TEXTS.translated_label not in only(render.claim(verdict(citations=(told,)), TEXTS))


# -- an answer


def test_the_numbers_of_an_answer_lead_to_its_sources() -> None:
    first, second = citation("It was annulled. It was held again.", "Agerpres"), citation("Few voted.", "Reuters")
    halves = [first.model_copy(update={"end": 16}), first.model_copy(update={"start": 17})]
    text = "It was annulled. [1] Few voted. [2] It was held again. [3]"
    answer = Answer(question="What happened?", text=text, citations=(halves[0], second, halves[1]), as_of=AS_OF)
    assert only(render.answer(answer, TEXTS)) == (
        f"{text}\n\nSources\n[1][3] Agerpres, 6 Dec 2024\n[2] Reuters, 6 Dec 2024\n\nMy sources end on 30 Jun 2026."
    )


def test_no_source_of_an_answer_goes_without_a_link() -> None:
    cited = tuple(citation(f"Sentence {name}.", name) for name in ("Agerpres", "Reuters", "Digi", "BBC", "AFP"))
    answer = Answer(question="What happened?", text=" ".join(one.quote for one in cited), citations=cited)
    assert len(links(render.answer(answer, TEXTS))) == 5


def test_words_that_the_answer_does_not_hold_are_quoted_below_it() -> None:
    answer = Answer(question="What happened?", text="The vote was held again.", citations=(citation(),))
    [page] = shown(render.answer(answer, TEXTS))
    assert [entity["type"] for entity in page.entities] == ["bold", "text_link", "blockquote"]
    assert page.text.endswith(RULING)


def test_an_abstention_says_what_is_missing() -> None:
    answer = Answer(question="Why?", text="", missing="Nothing is dated after the vote.", as_of=AS_OF)
    assert only(render.answer(answer, TEXTS)) == f"{TEXTS.abstention}\n\nNothing is dated after the vote.\n\nMy sources end on 30 Jun 2026."


@pytest.mark.parametrize(("iso", "written"), [("2024-12-06", "6 Dec 2024"), ("2024-12", "Dec 2024"), ("2024", "2024")])
def test_dates_are_as_exact_as_known(iso: str, written: str) -> None:
    assert TEXTS.date(iso) == written


def test_about_a_passage_its_loaded_words_and_its_parts_are_told() -> None:
    note = WordingNote(word="coup", note="Georgescu called it a coup. The Court cited the Constitution.", citations=(citation(),))
    parts = (PassagePart(text="The coup was annulled."), PassagePart(text="A disgrace!", reason=Reason.OPINION))
    found = Answer(question="What coup?", text="", missing="Nothing.", wording=(note,), parts=parts)
    text = only(render.answer(found, TEXTS))
    assert "The word “coup”. Georgescu called it a coup." in text
    assert RULING in text
    assert "• A claim: “The coup was annulled.”\n• An opinion: “A disgrace!”" in text


def test_no_source_of_a_long_card_is_left_out() -> None:
    cited = [citation(f"{RULING} {number}", *(f"P{number}x{at}" for at in range(3))) for number in range(60)]
    checked = article(*(verdict(f"Claim {at}.", citations=tuple(cited[at * 5 : at * 5 + 5])) for at in range(12)))
    first = render.all_sources(checked, TEXTS)
    pages = [render.all_sources(checked, TEXTS, page) for page in range(int(first.buttons[0][-1].text.partition("/")[2].split()[0]))]
    said = " ".join(page for reply in pages for page in reply.pages)
    assert len(pages) > 1
    assert all(f"P{number}x2" in said for number in range(60))
    assert [button.does.page for reply in pages[:-1] for button in reply.buttons[0][-1:] if isinstance(button.does, Press)] == list(
        range(1, len(pages))
    )


def test_what_is_disputed_is_said_once_in_an_answer() -> None:
    disputed = "The losing side disputes it."
    whole = citation(f"Few voted. {disputed}", contested=disputed)
    cited = (whole.model_copy(update={"end": 10}), whole.model_copy(update={"start": 11}))
    quoting = Answer(question="Who voted?", text=f"Few voted. [1] {disputed} [2]", citations=cited)
    silent = Answer(question="Who voted?", text="Few voted. [1]", citations=cited[:1])
    assert only(render.answer(quoting, TEXTS)).count(disputed) == 1
    assert only(render.answer(silent, TEXTS)).count(disputed) == 1
