"""What was found for somebody in, JSON to keep out, and back; and what each button under it shows. Pure."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from bot import render
from bot.buttons import Press, View
from bot.render import Origin, Reply
from bot.texts import Texts
from knowledge.domain import Answer, Citation, Value, Verdict
from knowledge.fact_check import CheckedArticle


class Found(Value):
    """An article's verdicts, a claim's verdict, or an answer."""

    article: CheckedArticle | None = None
    verdict: Verdict | None = None
    answer: Answer | None = None
    origin: Origin | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(one is not None for one in (self.article, self.verdict, self.answer)) != 1:
            raise ValueError("what was found is an article, a verdict or an answer")
        return self

    def reply(self, texts: Texts) -> Reply:
        """What is sent first."""
        return self.shown(Press(View.CARD if self.article else View.CLAIM), texts)

    def shown(self, press: Press, texts: Texts) -> Reply:
        """What a button opens. IndexError where there is no such claim."""
        if self.answer is not None:
            return render.answer(self.answer, texts, press.page)
        if self.article is None:
            return render.claim(self.verdict_at(0), texts, page=press.page)
        if press.view is View.CARD:
            return render.card(self.article, texts, self.origin, press.page)
        if press.view is View.SOURCES:
            return render.all_sources(self.article, texts, press.page)
        return render.claim(self.verdict_at(press.number), texts, press.number, len(self.article.verdicts), press.page)

    def verdict_at(self, number: int) -> Verdict:
        """Of an article the claim's with that number, from 1; else the only one, by 0. IndexError."""
        verdicts = [self.verdict] if self.verdict else [None, *self.article.verdicts] if self.article else []
        found = verdicts[number]
        if found is None:
            raise IndexError(number)
        return found

    def asked(self, number: int) -> str:
        """The words of the claim or the question."""
        return self.answer.question if self.answer else self.verdict_at(number).claim.text

    def asked_whole(self, number: int) -> str:
        """As `asked`, after the passage that a question is about: alone it may ask nothing."""
        about = self.answer.about if self.answer else None
        return f"{about}\n{self.asked(number)}" if about else self.asked(number)

    def citations(self, number: int) -> list[Citation]:
        """What a claim rests on, or all of them for 0."""
        if self.answer is not None:
            return list(self.answer.citations)
        if number or self.verdict:
            return list(self.verdict_at(number).citations)
        assert self.article is not None
        return [citation for verdict in self.article.verdicts for citation in verdict.citations]
