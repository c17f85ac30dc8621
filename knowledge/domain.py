"""The vocabulary: frozen values that every other module speaks in. Imports pydantic and nothing else of ours.

Domain types are what we stand behind: a decided `Verdict` without a `Citation` and a `Citation`
outside its passage cannot be built.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Language = Literal["en", "ro", "uk", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ro", "uk", "ru")

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Share = Annotated[float, Field(ge=0, le=1)]


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Value):
    """Where a text was published. `published` is ISO 8601, to the month where only that is known."""

    publisher: Text
    title: Text
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")] | None
    published: Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    kind: Literal["primary", "media"] = "media"


Precision = Literal["day", "month", "year", "range"]
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Period(Value):
    """A stretch of days, both ends included. `precision` says how exactly the source dates it."""

    first: dt.date
    last: dt.date
    precision: Precision

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"the period ends ({self.last}) before it begins ({self.first})")
        return self

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read `2024`, `2024-12`, `2024-12-06` or two of these joined by `/`. ValueError on anything else."""
        begin, slash, end = text.partition("/")
        first = cls._of(begin)
        if not slash:
            return first
        return cls(first=first.first, last=cls._of(end).last, precision="range")

    @classmethod
    def _of(cls, text: str) -> Period:
        match = _ISO_DATE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a date such as 2024-12-06, 2024-12 or 2024")
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        if month is None:
            return cls(first=dt.date(year, 1, 1), last=dt.date(year, 12, 31), precision="year")
        if day is None:
            last_day = calendar.monthrange(year, month)[1]
            return cls(first=dt.date(year, month, 1), last=dt.date(year, month, last_day), precision="month")
        exact = dt.date(year, month, day)
        return cls(first=exact, last=exact, precision="day")

    @property
    def iso(self) -> str:
        """The form that `parse` reads."""
        if self.precision == "day":
            return self.first.isoformat()
        if self.precision == "month":
            return f"{self.first:%Y-%m}"
        if self.precision == "year":
            return f"{self.first:%Y}"
        return f"{self.first.isoformat()}/{self.last.isoformat()}"

    def contains(self, other: Period) -> bool:
        return self.first <= other.first and other.last <= self.last

    def overlaps(self, other: Period) -> bool:
        return self.first <= other.last and other.first <= self.last


class Translated(Value):
    """A document's title and words in another language than its own: read beside the original and shown as a translation, never quoted."""

    language: Language
    title: Text
    text: Text


class Provenance(Value):
    """All that a reader must be told about a text besides the text itself."""

    pack: str
    topic: str
    title: str
    language: str = "en"
    period: Period | None = None
    sources: tuple[Source, ...] = ()
    entities: tuple[str, ...] = ()
    contested: str | None = None
    confidence: Literal["high", "medium", "low"] | None = None
    as_of: dt.date | None = None
    translations: tuple[Translated, ...] = ()
    overtaken_by: tuple[str, ...] = ()
    """The documents whose later events ended or reversed what this one states."""

    def translated(self, language: Language) -> Translated | None:
        return next((one for one in self.translations if one.language == language), None)


class Document(Value):
    """One source's text; of a timeline, one dated entry."""

    id: Text
    text: Text
    provenance: Provenance


class Passage(Value):
    """A stretch of a document: `text` stands at `document.text[start : start + len(text)]`."""

    id: Text
    document_id: Text
    start: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(min_length=1)]
    provenance: Provenance

    @property
    def source(self) -> Source | None:
        """The source that is named first to a reader: a primary one where there is one."""
        ranked = sorted(self.provenance.sources, key=lambda source: source.kind != "primary")
        return ranked[0] if ranked else None


class Span(Value):
    """A sentence of a passage, at `[start, end)` of its text; `similarity` is its cosine to what was looked for, or that of a fact that it states."""

    start: int
    end: int
    similarity: float


class Evidence(Value):
    """A passage found for a text. `score` orders one search, higher is nearer; `similarity` is the cosine.

    `spans` are the passage's sentences, the nearest to the text first.
    """

    passage: Passage
    score: float
    similarity: float
    spans: tuple[Span, ...] = ()


class Citation(Value):
    """Words of a passage, by position: the quote is cut from the passage, so it cannot misquote (W3C text position selector)."""

    passage: Passage
    start: Annotated[int, Field(ge=0)]
    end: int

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.start < self.end <= len(self.passage.text):
            raise ValueError(f"[{self.start}, {self.end}) does not lie inside passage {self.passage.id}")
        return self

    @property
    def quote(self) -> str:
        return self.passage.text[self.start : self.end]


class Reason(StrEnum):
    """Why a sentence cannot be checked."""

    OPINION = "opinion"
    PREDICTION = "prediction"
    QUESTION = "question"
    RHETORIC = "rhetoric"
    WISH = "wish"
    PERSONAL = "personal"


class Claim(Value):
    """A statement of an author. `text` stands alone; `quote` are the author's words at `[start, end)` of the article."""

    text: Text
    quote: Annotated[str, Field(min_length=1)]
    start: Annotated[int, Field(ge=0)]
    end: int
    worth: Share = 1.0
    not_checkable: Reason | None = None

    @field_validator("quote")
    @classmethod
    def _not_blank(cls, quote: str) -> str:
        if not quote.strip():
            raise ValueError("a claim quotes at least one word")
        return quote

    @model_validator(mode="after")
    def _spans_its_quote(self) -> Self:
        if self.end - self.start != len(self.quote):
            raise ValueError("a claim's span has the length of its quote")
        return self

    @classmethod
    def whole(cls, text: str) -> Claim:
        """A text that is itself the claim."""
        return cls(text=text, quote=text, start=0, end=len(text))


class Label(StrEnum):
    """AVeriTeC's four labels, and one for what evidence cannot settle."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    CONFLICTING = "conflicting"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    NOT_CHECKABLE = "not_checkable"

    @property
    def decided(self) -> bool:
        return self in (Label.SUPPORTED, Label.REFUTED, Label.CONFLICTING)

    @property
    def checkable(self) -> bool:
        return self is not Label.NOT_CHECKABLE


class QuotedWords(Value):
    """Words that stand in an entry of a pack."""

    entry: Text
    words: Text


class CheckedClaim(Value):
    """A claim that was checked before it reached us: its wordings by language, what the entries say of it, and why. Shaped after ClaimReview.

    One of a pack's archive has a single wording in a language and no `why` of its own: the quoted words say it.
    """

    id: Text
    pack: str
    topic: str
    label: Label
    claim: dict[str, Text]
    also: dict[str, tuple[Text, ...]] = {}
    translations: dict[str, Text] = {}
    """Of an archived claim, by language: read beside a new claim; searched where it is a wording too."""
    why: dict[str, Text] = {}
    quotes: Annotated[tuple[QuotedWords, ...], Field(min_length=1)]
    as_of: dt.date | None = None
    fact: bool = False
    """Whether it is one of the single facts that an entry states: what is near to it bears on that entry."""

    @property
    def wordings(self) -> list[tuple[str, str]]:
        """Language and text of every wording, the main one of each language first."""
        return [*self.claim.items(), *((language, text) for language, texts in self.also.items() for text in texts)]


class Match(Value):
    """A checked claim that says the same as a claim, and the wording of it that came nearest; `similarity` is their cosine."""

    checked: CheckedClaim
    wording: str
    similarity: float


class Aspect(StrEnum):
    """What a comparison of a claim with a source is about."""

    DATE = "date"
    NUMBER = "number"
    NAME = "name"
    NEGATION = "negation"
    WORDING = "wording"


class Comparison(Value):
    """The claim's value beside the sourced one. `sourced` is None where the source is silent; `agrees` is None likewise."""

    aspect: Aspect
    claimed: str
    sourced: str | None
    agrees: bool | None


class Verdict(Value):
    """What the sources say of a claim. `confidence` is the estimated chance that `label` is right."""

    claim: Claim
    label: Label
    confidence: Share
    rationale: Text
    citations: tuple[Citation, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    as_of: dt.date | None = None
    match: Match | None = None
    note: str | None = None
    """What a reader must know of how it came about, such as that a language model did not answer."""
    later: tuple[Citation, ...] = ()
    """What ended or reversed afterwards what is cited: it was so then, and is no longer."""

    @model_validator(mode="after")
    def _decided_on_evidence(self) -> Self:
        if self.label.decided and not self.citations:
            raise ValueError(f"a {self.label.value} verdict needs a citation")
        return self


class WordingNote(Value):
    """A loaded word of a quoted passage: who puts it so and how others put it, with words of the sources that bear that out."""

    word: Text
    note: Text
    citations: Annotated[tuple[Citation, ...], Field(min_length=1)]


class PassagePart(Value):
    """A stretch of a quoted passage, and why it cannot be checked; `reason` is None where it can."""

    text: Text
    reason: Reason | None = None


class Answer(Value):
    """Sentences that stand in the sources, or, with none, what is missing to answer. About a quoted passage also what in it is what."""

    question: Text
    text: str
    about: str | None = None
    """The passage that the question is about."""
    citations: tuple[Citation, ...] = ()
    missing: str | None = None
    as_of: dt.date | None = None
    note: str | None = None
    later: tuple[Citation, ...] = ()
    """What ended or reversed afterwards what is cited."""
    wording: tuple[WordingNote, ...] = ()
    parts: tuple[PassagePart, ...] = ()

    @model_validator(mode="after")
    def _cited_or_abstained(self) -> Self:
        if bool(self.citations) == bool(self.missing):
            raise ValueError("an answer has either citations or a note of what is missing")
        return self

    @property
    def abstained(self) -> bool:
        return not self.citations
