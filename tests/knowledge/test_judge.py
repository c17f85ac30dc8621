from __future__ import annotations

import numpy as np
import pytest

from bot.parts import Parts
from knowledge import judge
from knowledge.domain import Aspect, Citation, Claim, Comparison, Evidence, Label, Passage, Reason
from knowledge.judge import LABELS, decide
from knowledge.rationale import explain, not_checkable


def test_a_share_below_the_operating_point_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = judge._weights()._replace(thresholds=np.array([0.8, 0.9, 0.9, 0.0], dtype=np.float32))
    monkeypatch.setattr(judge, "_weights", lambda: weights)
    assert decide([0.79, 0.1, 0.06, 0.05]) is Label.NOT_ENOUGH_EVIDENCE
    assert decide([0.81, 0.1, 0.05, 0.04]) is Label.SUPPORTED
    assert decide([0.05, 0.89, 0.03, 0.03]) is Label.NOT_ENOUGH_EVIDENCE
    assert decide([0.1, 0.1, 0.1, 0.7]) is Label.NOT_ENOUGH_EVIDENCE


def test_the_shares_of_the_labels_add_up_to_one(parts: Parts) -> None:
    found = parts.retriever.find("Trump won 312 electoral votes.", 4)
    instrument = judge.Judge(parts.encoder)
    shares = judge._shares(
        instrument.features("Trump won 312 electoral votes.", instrument.read("Trump won 312 electoral votes.", found.evidence), found)
    )
    assert len(shares) == len(LABELS)
    assert sum(shares) == pytest.approx(1)


def test_an_undecided_claim_shows_what_is_near_and_what_is_linked_to_it(parts: Parts) -> None:
    verdict = parts.fact_checker.judge(Claim.whole("beyond the four regions already liberated"))
    if not verdict.label.decided:
        assert len(verdict.citations) == judge.NEARBY + judge.LINKED
    assert all(isinstance(citation, Citation) for citation in verdict.citations)


def test_a_further_source_is_cited_only_where_it_says_the_same_itself() -> None:
    differs = Comparison(aspect=Aspect.NUMBER, claimed="311", sourced="312", agrees=False)
    agrees = Comparison(aspect=Aspect.NUMBER, claimed="312", sourced="312", agrees=True)
    silent = Comparison(aspect=Aspect.NUMBER, claimed="312", sourced=None, agrees=None)
    elsewhere = Comparison(aspect=Aspect.NUMBER, claimed="311", sourced="270", agrees=False)
    assert judge._carries(Label.REFUTED, (differs,), (differs,))
    assert not judge._carries(Label.REFUTED, (differs,), (elsewhere,))
    assert not judge._carries(Label.REFUTED, (differs,), (agrees, silent))
    assert judge._carries(Label.SUPPORTED, (agrees,), (agrees,))
    assert not judge._carries(Label.SUPPORTED, (agrees,), (agrees, silent))
    assert not judge._carries(Label.SUPPORTED, (agrees,), ())


def test_a_refutation_says_what_differs(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    date = Comparison(aspect=Aspect.DATE, claimed="5 May 2024", sourced="3 May 2024", agrees=False)
    assert "The claim says 5 May 2024, the source 3 May 2024." in explain(Label.REFUTED, [(evidence, (date,))])


def test_an_abstention_names_what_the_sources_lack(passage: Passage) -> None:
    evidence = Evidence(passage=passage, score=0.9, similarity=0.9)
    name = Comparison(aspect=Aspect.NAME, claimed="Emil Krause", sourced=None, agrees=None)
    assert "Emil Krause (name)" in explain(Label.NOT_ENOUGH_EVIDENCE, [(evidence, (name,))])
    assert explain(Label.NOT_ENOUGH_EVIDENCE, []) == "The sources hold nothing on this."


def test_every_reason_not_to_check_has_its_sentence() -> None:
    assert len({not_checkable(reason) for reason in Reason}) == len(Reason)
