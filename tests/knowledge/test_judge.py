from __future__ import annotations

import numpy as np
import pytest

from bot.parts import Parts
from knowledge import judge
from knowledge.checked_claims import Limits, Precedent
from knowledge.domain import Aspect, Claim, Comparison, Evidence, Label, Language, Passage, Reason, Translated
from knowledge.entailment import Entailment
from knowledge.judge import ALONE, LABELS, WITH_PRECEDENTS, Reading, Weighed
from knowledge.rationale import explain, not_checkable, sourced, too_long
from knowledge.retrieve import CANDIDATES
from knowledge.store import NearWording


def test_a_share_below_the_operating_point_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.array([[0.8, 0.9, 0.9, 0.0]] * len(judge.CERTAINTIES), dtype=np.float32)
    weights = judge._weights(ALONE)._replace(thresholds=rows)
    monkeypatch.setattr(judge, "_weights", lambda _: weights)

    def decided(*shares: float, differs: bool = True) -> Label:
        return Weighed(list(shares), ALONE, differs).label(judge.CERTAINTY)

    assert decided(0.79, 0.1, 0.06, 0.05) is Label.NOT_ENOUGH_EVIDENCE
    assert decided(0.81, 0.1, 0.05, 0.04) is Label.SUPPORTED
    assert decided(0.05, 0.89, 0.03, 0.03) is Label.NOT_ENOUGH_EVIDENCE
    assert decided(0.1, 0.1, 0.1, 0.7) is Label.NOT_ENOUGH_EVIDENCE
    assert decided(0.01, 0.95, 0.02, 0.02) is Label.REFUTED
    assert decided(0.01, 0.95, 0.02, 0.02, differs=False) is Label.NOT_ENOUGH_EVIDENCE


def test_refuted_takes_more_where_nothing_visibly_differs_and_is_never_out_of_reach_with_precedents() -> None:
    for certainty in judge.CERTAINTIES:
        (_, _, usual), (_, _, more) = (
            Weighed([0.0, 1.0, 0.0, 0.0], WITH_PRECEDENTS, differs).bars(certainty)[1] for differs in (True, False)
        )
        assert more >= usual
        assert Weighed([0.003, 0.99, 0.003, 0.004], WITH_PRECEDENTS, differs=False).label(certainty) is Label.REFUTED


@pytest.mark.parametrize("model", [ALONE, WITH_PRECEDENTS])
def test_a_higher_certainty_never_decides_more(model: str) -> None:
    thresholds = judge._weights(model).thresholds
    assert thresholds.shape == (len(judge.CERTAINTIES), len(LABELS))
    assert np.all(np.diff(thresholds[:, :3], axis=0) >= 0)


def test_the_shares_of_the_labels_add_up_to_one(parts: Parts) -> None:
    instrument = judge.Judge(parts.entailment)
    claim = "Trump won 312 electoral votes."
    shares = judge._shares(instrument.features(claim, instrument.read(claim, parts.retriever.search(claim, 4))), ALONE)
    assert len(shares) == len(LABELS)
    assert sum(shares) == pytest.approx(1)


def test_an_undecided_claim_shows_what_is_near_and_what_is_linked_to_it(parts: Parts) -> None:
    claim = "beyond the four regions already liberated"
    verdict = parts.fact_checker.judge(Claim.whole(claim))
    around = parts.retriever.around(parts.retriever.search(claim, CANDIDATES), judge.NEARBY, judge.LINKED)
    assert verdict.label is Label.NOT_ENOUGH_EVIDENCE
    assert [citation.passage.id for citation in verdict.citations] == [one.passage.id for one in around]
    assert len(around) == judge.NEARBY + judge.LINKED


@pytest.mark.parametrize("label", [Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING])
def test_a_claim_that_is_not_read_to_its_end_is_not_decided(parts: Parts, monkeypatch: pytest.MonkeyPatch, label: Label) -> None:
    shares = [0.97 if one is label else 0.01 for one in LABELS]
    monkeypatch.setattr(judge, "_shares", lambda *_: shares)
    monkeypatch.setattr(judge, "visibly_differs", lambda _: True)
    short = "Trump took the oath on 20 January 2025"
    long = f"{short}, {'and many guests had come, ' * 20}and he resigned in the evening."
    instrument, found = judge.Judge(parts.entailment), parts.retriever.search(short, judge.READ)
    verdict = instrument.judge(Claim.whole(long), found)
    assert instrument.judge(Claim.whole(short), found).label is label
    assert (verdict.label, verdict.confidence) == (Label.NOT_ENOUGH_EVIDENCE, 0.01)
    assert verdict.rationale == too_long()
    assert verdict.citations


def test_a_further_source_is_cited_only_where_it_says_the_same_itself(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    supports, refutes = Entailment(-0.1, -3, -4, -4), Entailment(-3, -0.1, -4, -4)

    def carries(label: Label, first: tuple[Comparison, ...], further: tuple[Comparison, ...], said: Entailment) -> bool:
        return judge._carries(label, Reading(evidence, first, said), Reading(evidence, further, said))

    differs = Comparison(aspect=Aspect.NUMBER, claimed="311", sourced="312", agrees=False)
    agrees = Comparison(aspect=Aspect.NUMBER, claimed="312", sourced="312", agrees=True)
    silent = Comparison(aspect=Aspect.NUMBER, claimed="312", sourced=None, agrees=None)
    elsewhere = Comparison(aspect=Aspect.NUMBER, claimed="311", sourced="270", agrees=False)
    assert carries(Label.REFUTED, (differs,), (differs,), refutes)
    assert not carries(Label.REFUTED, (differs,), (differs,), supports)
    assert not carries(Label.REFUTED, (differs,), (elsewhere,), refutes)
    assert not carries(Label.REFUTED, (differs,), (agrees, silent), refutes)
    assert carries(Label.SUPPORTED, (agrees,), (agrees,), supports)
    assert not carries(Label.SUPPORTED, (agrees,), (agrees, silent), supports)


def test_a_refutation_says_what_differs(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    date = Comparison(aspect=Aspect.DATE, claimed="5 May 2024", sourced="2024-05-03", agrees=False)
    assert "The claim says 5 May 2024, the source 3 May 2024." in explain(Label.REFUTED, [(evidence, (date,))])


@pytest.mark.parametrize(
    ("iso", "language", "written"),
    [
        ("2024-05-03", "en", "3 May 2024"),
        ("2024-05-03", "ro", "3 mai 2024"),
        ("2024-05-03", "uk", "3 травня 2024"),
        ("2024-05-03", "ru", "3 мая 2024"),
        ("2024-05", "uk", "травень 2024"),
        ("2024", "ru", "2024"),
        ("2024-05-03/2024-06-01", "ru", "3 мая 2024 – 1 июня 2024"),
        ("late in May", "ro", "late in May"),
    ],
)
def test_the_day_of_a_source_is_told_in_the_readers_language(passage: Passage, iso: str, language: Language, written: str) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    date = Comparison(aspect=Aspect.DATE, claimed="5.05.2024", sourced=iso, agrees=False)
    assert sourced(date, language) == written
    assert f" {written}." in explain(Label.REFUTED, [(evidence, (date,))], language)


def test_an_abstention_names_what_the_sources_lack(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    name = Comparison(aspect=Aspect.NAME, claimed="Emil Krause", sourced=None, agrees=None)
    assert "Emil Krause (name)" in explain(Label.NOT_ENOUGH_EVIDENCE, [(evidence, (name,))])
    assert explain(Label.NOT_ENOUGH_EVIDENCE, []) == "The sources hold nothing on this."


def test_every_reason_not_to_check_has_its_sentence() -> None:
    assert len({not_checkable(reason) for reason in Reason}) == len(Reason)


@pytest.mark.parametrize(("language", "word"), [("en", "otherwise"), ("ro", "sursă"), ("uk", "джерел"), ("ru", "источник")])
def test_the_reasons_are_in_the_readers_language(passage: Passage, language: Language, word: str) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    assert word in explain(Label.REFUTED, [(evidence, ())], language)


def test_where_nothing_differs_the_reader_is_sent_to_the_words(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    agrees = Comparison(aspect=Aspect.NUMBER, claimed="3", sourced="3", agrees=True)
    differs = Comparison(aspect=Aspect.NUMBER, claimed="3", sourced="4", agrees=False)
    assert "compare the quoted words" in explain(Label.REFUTED, [(evidence, (agrees,))])
    assert "compare the quoted words" not in explain(Label.REFUTED, [(evidence, (agrees, differs))])


def _precedent(label: Label, *, differ: bool) -> Precedent:
    says_so = Entailment(-0.1, -3, -4, -4)
    wording = NearWording("The bridge cost EUR 7 million.", 0.95, "a1", label, {"ro": "Podul a costat 7 milioane de euro."})
    return Precedent(wording, says_so, says_so, beyond=differ, short=differ, contrary=differ, turned=False, language="en")


def test_a_true_claim_that_says_more_carries_over_and_one_that_says_less_does_not() -> None:
    exact = _precedent(Label.SUPPORTED, differ=False)
    more, less = exact._replace(short=True), exact._replace(beyond=True)
    within = [judge.precedent_features([one])[10] for one in (exact, more, less)]
    assert within == pytest.approx([-0.1, -0.1, within[2]])
    assert within[2] < -5


@pytest.mark.parametrize("label", [Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING])
def test_a_precedent_counts_as_the_same_only_where_no_date_or_number_differs(label: Label) -> None:
    same, other = (judge.precedent_features([_precedent(label, differ=differ)]) for differ in (False, True))
    at = LABELS.index(label)
    assert same[at] == pytest.approx(-0.1)
    assert other[at] < -5
    assert same.shape == other.shape


def test_a_checked_claim_that_differs_is_never_shown_as_the_same() -> None:
    assert _precedent(Label.SUPPORTED, differ=False).says_the_same(Limits())
    assert not _precedent(Label.SUPPORTED, differ=True).says_the_same(Limits())


def test_a_checked_claim_is_read_in_the_claims_language_where_it_was_translated() -> None:
    wording = _precedent(Label.SUPPORTED, differ=False).wording
    assert wording.told_in("ro") == "Podul a costat 7 milioane de euro."
    assert wording.told_in("uk") == wording.text


def test_words_are_compared_in_the_claims_language_or_not_at_all(passage: Passage) -> None:
    translated = Translated(language="ro", title="Podul din Altona", text="Podul s-a redeschis.")
    told = passage.model_copy(update={"provenance": passage.provenance.model_copy(update={"translations": (translated,)})})
    assert judge.words_in(told, "en") == told.text
    assert judge.words_in(told, "ro") == "Podul din Altona\nPodul s-a redeschis."
    assert judge.words_in(told, "uk") is None
