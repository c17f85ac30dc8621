"""A source pack's YAML file in, a validated `Pack` out; every complaint names the file, the line and the entry.

Beside `NAME.yaml` there may be `NAME.claims.jsonl`: the pack's archive of checked claims, one JSON object a line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from knowledge.domain import Label, Language, Period, Precision, QuotedWords, Source, Text

SHIPPED_PACKS = Path(__file__).parent.parent / "knowledge" / "timelines"
READING = "7"
"""Raised when the same file gives other documents or passages than before: shipped packs are then indexed anew."""
MAX_PACK_BYTES = 32 * 1024 * 1024

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]


class PackError(Exception):
    """A pack cannot be taken as it is; the message names file, line or entry, and reason."""


class Entry(BaseModel):
    """One dated entry of a timeline. `seen` says how much of its sources' pages its author read.

    `overtaken_by` names later entries that ended or reversed what this one states, the decisive one first: whoever reads this one is told of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    date: str
    date_precision: Precision | None = None
    title: Text
    statement: Text
    entities: tuple[Text, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    contested: Text | None = None
    confidence: Literal["high", "medium", "low"]
    seen: str | None = None
    language: str = "en"
    overtaken_by: tuple[Identifier, ...] = ()

    @field_validator("date")
    @classmethod
    def _is_a_period(cls, date: str) -> str:
        Period.parse(date)
        return date

    @model_validator(mode="after")
    def _precision_fits_date(self) -> Self:
        if self.date_precision not in (None, self.period.precision):
            raise ValueError(f"date {self.date!r} has precision {self.period.precision!r}, the entry says {self.date_precision!r}")
        return self

    @property
    def period(self) -> Period:
        return Period.parse(self.date)


class Translation(BaseModel):
    """An entry's words in another language. Shown as a translation, never quoted as the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Text
    statement: Text
    contested: Text | None = None


class CheckedClaimItem(BaseModel):
    """A claim as it circulates, with what the pack's entries say of it. `also` are further wordings of the same claim."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    label: Label
    claim: Annotated[dict[Language, Text], Field(min_length=1)]
    also: dict[Language, tuple[Text, ...]] = {}
    why: Annotated[dict[Language, Text], Field(min_length=1)]
    quotes: Annotated[tuple[QuotedWords, ...], Field(min_length=1)]

    @field_validator("label")
    @classmethod
    def _decides(cls, label: Label) -> Label:
        if not label.decided:
            raise ValueError("a checked claim is supported, refuted or conflicting")
        return label


FACT = "fact"
"""The kind of a claim that is one of the single facts an entry states, in all languages."""


class ArchivedClaim(BaseModel):
    """A claim that was checked against an entry: one wording, what the entry says of it, and the words of the entry that carry that.

    Under `not_enough_evidence` these are the words that come nearest. Claims of one `group` are versions of one another; `kind` says of what sort
    the claim is: both are for measuring and training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    label: Label
    language: Language
    text: Text
    translations: dict[Language, Text] = {}
    entry: Identifier
    quote: Text
    group: str | None = None
    kind: str | None = None

    @field_validator("label")
    @classmethod
    def _can_be_checked(cls, label: Label) -> Label:
        if label is Label.NOT_CHECKABLE:
            raise ValueError("a checked claim can be checked")
        return label


class Pack(BaseModel):
    """A source pack: entries and what a reader must know about them. `as_of` is the day its knowledge ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    title: Text
    topic: Identifier
    languages: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")], ...], Field(min_length=1)]
    licence: Text
    as_of: dt.date
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]
    checked_claims: tuple[CheckedClaimItem, ...] = ()
    translations: dict[Identifier, dict[Language, Translation]] = {}
    """By the entry's id."""
    archive: tuple[ArchivedClaim, ...] = ()
    """From the file beside the pack's."""

    @model_validator(mode="after")
    def _translations_have_entries(self) -> Self:
        unknown = sorted(set(self.translations) - {entry.id for entry in self.entries})
        if unknown:
            raise ValueError(f"translations of {unknown[0]!r}, an entry that the pack does not have")
        return self

    @model_validator(mode="after")
    def _overtaken_by_later_entries(self) -> Self:
        known = {entry.id: entry for entry in self.entries}
        for entry in self.entries:
            for later in entry.overtaken_by:
                if later not in known:
                    raise ValueError(f"entry {entry.id!r} is overtaken by {later!r}, which the pack does not have")
                if known[later].period.last <= entry.period.first:
                    raise ValueError(f"entry {entry.id!r} is overtaken by {later!r}, which is not later")
        return self

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for item_id in (*(entry.id for entry in self.entries), *(checked.id for checked in self.checked_claims)):
            if item_id in seen:
                raise ValueError(f"two entries have the id {item_id!r}")
            seen.add(item_id)
        return self

    @model_validator(mode="after")
    def _checked_claims_quote_entries(self) -> Self:
        texts = {entry.id: _quotable(entry) for entry in self.entries}
        for checked in self.checked_claims:
            for quote in checked.quotes:
                if quote.entry not in texts:
                    raise ValueError(f"checked claim {checked.id!r} quotes entry {quote.entry!r}, which the pack does not have")
                if quote.words not in texts[quote.entry]:
                    raise ValueError(f"checked claim {checked.id!r}: {quote.words[:60]!r} does not stand in entry {quote.entry!r}")
        return self


def pack_files(paths: Sequence[Path]) -> list[Path]:
    """The YAML files named, and those directly inside the folders named. PackError where there are none."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for suffix in ("*.yaml", "*.yml") for file in path.glob(suffix))
            if not inside:
                raise PackError(f"{path}: there is no .yaml file in this folder")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise PackError(f"{path}: there is no such file or folder")
    return files


def archive_file(path: Path) -> Path:
    """Where the archive of checked claims of the pack at `path` is, if it has one."""
    return path.with_suffix(".claims.jsonl")


def digest(path: Path) -> str:
    """A hash of the bytes of the pack's files and of how we read them: it changes when the pack does."""
    archive = archive_file(path)
    return hashlib.sha256(READING.encode() + path.read_bytes() + (archive.read_bytes() if archive.exists() else b"")).hexdigest()


def read_pack(path: Path) -> Pack:
    """PackError, with file, line or entry id, and reason."""
    pack = _parse(path, _text(path))
    archive = archive_file(path)
    return pack.model_copy(update={"archive": tuple(_archived(archive, pack))}) if archive.exists() else pack


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_PACK_BYTES:
            raise PackError(f"{path}: larger than {MAX_PACK_BYTES // 1024 // 1024} MB; split it into several packs")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise PackError(f"{path}: not UTF-8 text (byte {exc.start})") from exc
    except OSError as exc:
        raise PackError(f"{path}: {exc.strerror or exc}") from exc


def _archived(path: Path, pack: Pack) -> Iterator[ArchivedClaim]:
    texts = {entry.id: _quotable(entry) for entry in pack.entries}
    seen = {item.id for item in pack.checked_claims}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            claim = ArchivedClaim.model_validate_json(line)
        except ValidationError as exc:
            problem = exc.errors(include_url=False)[0]
            raise PackError(f"{path}: line {number}: {'.'.join(map(str, problem['loc'])) or 'claim'}: {problem['msg']}") from exc
        if claim.entry not in texts:
            raise PackError(f"{path}: line {number}: the pack {pack.id!r} has no entry {claim.entry!r}")
        if claim.quote not in texts[claim.entry]:
            raise PackError(f"{path}: line {number}: {claim.quote[:60]!r} does not stand in entry {claim.entry!r}")
        if claim.id in seen:
            raise PackError(f"{path}: line {number}: the id {claim.id!r} is given twice")
        seen.add(claim.id)
        yield claim


def _quotable(entry: Entry) -> str:
    """The words of an entry as its passages have them."""
    return "\n".join(" ".join(part.split()) for part in (entry.title, entry.statement, entry.contested or ""))


def _parse(path: Path, text: str) -> Pack:
    try:
        node = yaml.compose(text, Loader=_Loader)
        if not isinstance(node, yaml.MappingNode):
            raise PackError(f"{path}: a pack is a mapping with id, title, topic, languages, licence, as_of and entries")
        _refuse_repeated_keys(path, node)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a safe loader
    except yaml.YAMLError as exc:
        raise PackError(f"{path}: {_where(exc)}not valid YAML: {getattr(exc, 'problem', None) or exc}") from exc
    except RecursionError as exc:
        raise PackError(f"{path}: nested too deeply") from exc
    try:
        return Pack.model_validate(content)
    except ValidationError as exc:
        raise PackError("\n".join(_complaints(path, node, content, exc))) from exc


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C loader is there or it is not
    """A safe loader that leaves dates as they are written: their precision is in the form."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}: " if mark is not None else ""


def _refuse_repeated_keys(path: Path, node: yaml.Node) -> None:
    """YAML lets a later key silently replace an earlier one: something an entry says would be lost."""
    for mapping in _mappings(node):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                raise PackError(f"{path}: line {key.start_mark.line + 1}: {key.value!r} is given twice")
            seen.add(str(key.value))


def _mappings(node: yaml.Node, depth: int = 0) -> Iterator[yaml.MappingNode]:
    if depth > 20:
        raise RecursionError
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value, depth + 1)


def _complaints(path: Path, node: yaml.Node, content: Any, error: ValidationError) -> Iterator[str]:
    problems = error.errors(include_url=False)
    within = [problem for problem in problems if len(problem["loc"]) > 1]
    for problem in (within or problems)[:10]:  # a list with a bad item is reported as too short as well
        location = problem["loc"]
        entry = _entry_id(content, location)
        field = ".".join(str(part) for part in (location[2:] if entry else location)) or "pack"
        yield f"{path}: line {_line(node, location)}: {f'entry {entry}: ' if entry else ''}{field}: {problem['msg']}"


def _entry_id(content: Any, location: tuple[int | str, ...]) -> str | None:
    if len(location) > 1 and location[0] == "entries" and isinstance(location[1], int):
        entry = content["entries"][location[1]]
        return str(entry.get("id")) if isinstance(entry, dict) and entry.get("id") else f"number {location[1] + 1}"
    return None


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """The line of the innermost part of `location` that the file has, counted from 1."""
    for part in location:
        inner: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            inner = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            inner = node.value[part]
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1
