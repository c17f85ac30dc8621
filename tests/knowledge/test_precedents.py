"""What a checked claim settles, over an index of one invented entry with a checked claim: real index, real networks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.parts import Parts
from bot.settings import Settings
from knowledge.assisted import Assistant, AssistedFactChecker
from knowledge.chat_model import chat_model_for
from knowledge.circulating import Candidate, Circulating
from knowledge.domain import CheckedClaim, Claim, Label, QuotedWords
from knowledge.entailment import Entailment
from knowledge.fact_check import FactChecker
from knowledge.judge import Judge
from tests.chat_server import ChatServer, content, serving
from tests.conftest import make_passage

BAR = 0.8
MET = "On 3 May 2024 Donald Trump met Vladimir Putin in Altona."
ALTONA = make_passage(f"Trump and Putin meet in Altona\n{MET} It was their first meeting in five years.")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("small")))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with serving(lambda _: 500) as one:
        yield one


def _checked(label: Label, claim: str) -> CheckedClaim:
    quotes = (QuotedWords(entry="altona", words=MET),)
    return CheckedClaim(
        id="met", pack="invented", topic="invented", label=label, claim={"en": claim}, why={"en": "It is told."}, quotes=quotes
    )


@pytest.mark.parametrize(
    ("claim", "same"),
    [
        ("On 3 May 2024 Donald Trump met Vladimir Putin in Altona.", True),
        ("Donald Trump met Vladimir Putin in Altona on 3 May 2024.", True),
        ("On 3 May 2024 Joe Biden met Vladimir Putin in Altona.", False),
        ("On 3 May 2024 Donald Trump met him in Altona.", False),
    ],
    ids=["itself", "reworded", "another name", "no name"],
)
def test_a_claim_about_other_people_is_not_the_same(small: Parts, claim: str, same: bool) -> None:
    small.store.write([], [ALTONA], [_checked(Label.SUPPORTED, MET)])
    [precedent] = small.checked_claims.precedents(claim)
    surely = Entailment(0.0, -9.0, -9.0, -9.0)
    assert (small.checked_claims.match([precedent._replace(implied=surely, implies=surely)]) is not None) is same


def test_a_model_does_not_decide_against_an_earlier_check(small: Parts, server: ChatServer) -> None:
    small.store.write([], [ALTONA], [_checked(Label.REFUTED, MET)])
    assistant = Assistant(chat_model_for("openai:scripted", url=server.url), small.entailment)
    parts = (small.claim_finder, small.retriever, Judge(small.entailment, certainty=0.8), small.checked_claims)
    checker, own = AssistedFactChecker(assistant, *parts), FactChecker(*parts).judge(Claim.whole(MET))
    assert own.match is not None and own.label is Label.NOT_ENOUGH_EVIDENCE
    told = {"text": "Trump met Putin in Altona.", "quotes": [{"passage": "p1", "words": MET}]}
    server.reply = lambda _: content({"label": "supported", "sentences": [told]})
    verdict = checker.judge(Claim.whole(MET))
    assert verdict.label is Label.NOT_ENOUGH_EVIDENCE
    assert verdict.match is None and "differently" in verdict.rationale


class Replaced(Circulating):
    """The index is replaced while a post is looked at."""

    def candidates(self, post: str) -> list[Candidate]:
        found = super().candidates(post)
        assert [one.wording.checked_id for one in found] == ["met"]
        self._store.write([], [])
        return found


def test_a_falsehood_that_another_index_has_no_more_is_not_told(small: Parts) -> None:
    small.store.write([], [ALTONA], [_checked(Label.REFUTED, "Donald Trump secretly met Vladimir Putin in Altona in May 2020.")])
    parts = (small.encoder, small.encoder, small.store, small.checked_claims, small.fact_checker)
    post = "Donald Trump secretly met Vladimir Putin in Altona in May 2020!"
    assert Circulating(*parts).look(post, BAR) is not None
    assert Replaced(*parts).look(post, BAR) is None
