"""Held-out claims, questions and sentences in, and claims about known entries where there are some; a report with intervals out: what `footnote eval` runs and `/accuracy` shows.

The intervals are percentile bootstrap intervals (95 %, 1,000 resamples), drawn by groups of rows that are versions of one another.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from bot.inputs import InputRefused
from bot.parts import Parts
from bot.texts import KNOWN
from knowledge.domain import Label
from knowledge.judge import CERTAINTIES

SHIPPED_REPORT = Path(__file__).parent / "samples" / "accuracy.json"
"""The report of the version that ships."""
RESAMPLES = 1000
EXAMPLES = 12
LABELS = tuple(label.value for label in Label)

Row = dict[str, Any]
Tick = Callable[[], None]


class Figure(BaseModel):
    """A measured share with its interval. `rows` is what it rests on; `target` what it is to reach, `at_most` turns that round."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    low: float
    high: float
    rows: int
    target: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


class Example(BaseModel):
    """A claim that was judged wrongly."""

    model_config = ConfigDict(frozen=True)

    text: str
    kind: str
    truth: str
    given: str


class Point(BaseModel):
    """What the embedded judge does at one operating point."""

    model_config = ConfigDict(frozen=True)

    certainty: float
    decided: float
    """Of the claims that can be checked."""
    right: float
    """Of the decided ones."""
    true_refuted: float
    """Of the true ones."""
    macro_f1: float


class Report(BaseModel):
    """All figures of one run. `confusion` counts verdicts by true label, in the order of `labels`."""

    model_config = ConfigDict(frozen=True)

    made: dt.date
    certainty: float
    claims: int
    questions: int
    sentences: int
    figures: tuple[Figure, ...]
    curve: tuple[Point, ...] = ()
    known_curve: tuple[Point, ...] = ()
    """The same on new claims about entries that the network knows from other claims."""
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    wrong_by_kind: dict[str, int]
    examples: tuple[Example, ...]


class _Target(NamedTuple):
    value: float
    at_most: bool = False


def read(folder: Path, name: str, every: int = 1) -> list[Row]:
    """The rows of a held-out file, or each n-th of them. InputRefused."""
    file = folder / f"{name}.jsonl"
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()][::every]
    except (OSError, ValueError) as exc:
        raise InputRefused(f"{file}: {exc}. Name the folder that holds claims.jsonl, questions.jsonl and sentences.jsonl.") from exc


# -- one row at a time


def judged(parts: Parts, rows: Sequence[Row], tick: Tick = lambda: None) -> list[Row]:
    """The rows with what was retrieved and the verdict."""
    return [_ticked(tick, {**row, **_judged(parts, row)}) for row in rows]


def _judged(parts: Parts, row: Row) -> Row:
    found = [evidence.passage.document_id for evidence in parts.retriever.search(row["text"], 20)]
    began = time.process_time()
    verdict = parts.fact_checker.check_claim(row["text"])
    return {
        "rank": min((found.index(entry) for entry in row["entries"] if entry in found), default=99),
        "given": verdict.label.value,
        "decided": verdict.label.decided,
        "cites": any(c.passage.document_id in row["entries"] for c in verdict.citations),
        "literal": all(c.passage.text[c.start : c.end] == c.quote for c in verdict.citations),
        "seconds": time.process_time() - began,
        "at": {c: label.value for c, label in parts.fact_checker.labels(row["text"]).items()} if verdict.label.checkable else {},
    }


def answered(parts: Parts, rows: Sequence[Row], tick: Tick = lambda: None) -> list[Row]:
    """The rows with whether the question was answered, and with the key fact."""
    return [_ticked(tick, {**row, **_answered(parts, row)}) for row in rows]


def _answered(parts: Parts, row: Row) -> Row:
    answer = parts.explainer.answer(row["question"], row.get("about"))
    return {
        "abstained": answer.abstained,
        "has_key": any(key.lower() in citation.quote.lower() for citation in answer.citations for key in row["key"]),
    }


def told_apart(parts: Parts, rows: Sequence[Row], tick: Tick = lambda: None) -> list[Row]:
    """The rows with whether the sentence was taken for checkable."""
    return [_ticked(tick, {**row, "given": parts.claim_finder.read(row["text"]).not_checkable is None}) for row in rows]


def _ticked(tick: Tick, row: Row) -> Row:
    tick()
    return row


# -- figures


def claim_figures(rows: Sequence[Row]) -> list[Figure]:
    by_group = _grouped(rows, "group")
    entries = [row for row in rows if row["entries"]]
    decided = [row for row in rows if row["decided"]]
    known = [row for row in decided if row["entries"]]
    true = [row for row in rows if row["label"] == "supported"]
    pairs = [pair for group in by_group.values() for pair in _pairs(group)]
    same = [group for labels in by_group.values() for group in _translations(labels)]
    return [
        _bootstrapped("macro-F1 over five labels", rows, macro_f1, _Target(0.85)),
        _share("true claims called refuted", true, lambda row: row["given"] == "refuted", _Target(0.01, True)),
        _share("decided verdicts that are right", decided, _right, _Target(0.95)),
        _share("claims decided", [row for row in rows if row["label"] in LABELS[:3]], lambda row: bool(row["decided"])),
        _share("a swapped point changes the verdict", pairs, lambda pair: pair["true"] != pair["false"], _Target(0.95)),
        _share("same verdict in every language", same, lambda group: len(set(group["given"])) == 1, _Target(0.9)),
        _share("deciding entry first", entries, lambda row: row["rank"] < 1),
        _share("deciding entry among the first five", entries, lambda row: row["rank"] < 5, _Target(0.98)),
        _share("deciding entry cited in decided verdicts", known, lambda row: bool(row["cites"]), _Target(0.95)),
        _share("quotes literal", rows, lambda row: bool(row["literal"]), _Target(1.0)),
        _share(
            "claims set aside as not checkable",
            [r for r in rows if r["label"] != "not_checkable"],
            lambda row: row["given"] == "not_checkable",
        ),
    ]


def known_figures(rows: Sequence[Row]) -> list[Figure]:
    """New claims about entries that the network knows from other claims, as it does most of the shipped ones."""
    decided, true = [row for row in rows if row["decided"]], [row for row in rows if row["label"] == "supported"]
    return [
        _bootstrapped(f"{KNOWN}macro-F1 over four labels", rows, macro_f1),
        _share(f"{KNOWN}true claims called refuted", true, lambda row: row["given"] == "refuted"),
        _share(f"{KNOWN}decided verdicts that are right", decided, _right),
        _share(f"{KNOWN}claims decided", [row for row in rows if row["label"] in LABELS[:3]], lambda row: bool(row["decided"])),
    ]


def curve(rows: Sequence[Row]) -> tuple[Point, ...]:
    """Risk and coverage: the embedded judge at each of its operating points."""
    return tuple(_point(certainty, [{**row, "given": row["at"].get(certainty, row["given"])} for row in rows]) for certainty in CERTAINTIES)


def _point(certainty: float, rows: Sequence[Row]) -> Point:
    checkable = [row for row in rows if row["label"] != Label.NOT_CHECKABLE]
    decided = [row for row in checkable if Label(row["given"]).decided]
    true = [row for row in rows if row["label"] == Label.SUPPORTED]
    return Point(
        certainty=certainty,
        decided=round(len(decided) / max(1, len(checkable)), 4),
        right=round(sum(map(_right, decided)) / max(1, len(decided)), 4),
        true_refuted=round(sum(row["given"] == Label.REFUTED for row in true) / max(1, len(true)), 4),
        macro_f1=round(macro_f1(rows), 4),
    )


def question_figures(rows: Sequence[Row]) -> list[Figure]:
    known = [row for row in rows if row["answerable"]]
    return [
        _share("answerable questions answered", known, lambda row: not row["abstained"]),
        _share("answered with the key fact", known, lambda row: bool(row["has_key"]), _Target(0.9)),
        _share(
            "unanswerable questions abstained on",
            [r for r in rows if not r["answerable"]],
            lambda row: bool(row["abstained"]),
            _Target(0.95),
        ),
    ]


def sentence_figures(rows: Sequence[Row]) -> list[Figure]:
    return [_share("sentences told rightly to be checkable or not", rows, lambda row: row["checkable"] == row["given"])]


def macro_f1(rows: Sequence[Row]) -> float:
    """Over the labels that some row has."""
    truth, given = Counter(row["label"] for row in rows), Counter(row["given"] for row in rows)
    hits = Counter(row["label"] for row in rows if _right(row))
    present = [label for label in LABELS if truth[label]]
    return sum(2 * hits[label] / (truth[label] + given[label]) for label in present) / max(1, len(present))


def _right(row: Row) -> bool:
    return bool(row["label"] == row["given"])


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.get(key) or row["id"]].append(row)
    return groups


def _pairs(group: Sequence[Row]) -> Iterator[Row]:
    """Each false version of a true claim, in the same language where there is one."""
    for false in (row for row in group if row["label"] == "refuted"):
        true = sorted((row for row in group if row["label"] == "supported"), key=lambda row: row["language"] != false["language"])
        if true:
            yield {"id": false["id"], "group": false["group"], "true": true[0]["given"], "false": false["given"]}


def _translations(group: Sequence[Row]) -> Iterator[Row]:
    """The versions of a claim that have the same label in several languages."""
    for label, rows in _grouped(group, "label").items():
        if len({row["language"] for row in rows}) > 1:
            yield {"id": f"{rows[0]['id']}-{label}", "group": rows[0]["group"], "given": [row["given"] for row in rows]}


def _share(name: str, rows: Sequence[Row], hit: Callable[[Row], bool], target: _Target | None = None) -> Figure:
    return _bootstrapped(name, rows, lambda drawn: sum(map(hit, drawn)) / max(1, len(drawn)), target)


def _bootstrapped(name: str, rows: Sequence[Row], figure: Callable[[Sequence[Row]], float], target: _Target | None = None) -> Figure:
    groups, draw = list(_grouped(rows, "group").values()), np.random.default_rng(7)
    drawn = [
        figure([row for at in draw.integers(0, len(groups), len(groups)) for row in groups[at]]) for _ in range(RESAMPLES if groups else 0)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (0.0, 1.0)
    bound = target or _Target(0)
    return Figure(
        name=name,
        value=round(figure(rows), 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
        rows=len(rows),
        target=bound.value if target else None,
        at_most=bound.at_most,
    )


# -- the report


def report(
    parts: Parts, folder: Path, every: int = 1, started: Callable[[int], None] = lambda _: None, tick: Tick = lambda: None
) -> Report:
    """Measure everything on the material in a folder. InputRefused, StoreError."""
    claims, questions, sentences = (read(folder, name, every) for name in ("claims", "questions", "sentences"))
    known = read(folder, "known", every) if (folder / "known.jsonl").exists() else []
    started(len(claims) + len(known) + len(questions) + len(sentences))
    verdicts, of_known = judged(parts, claims, tick), judged(parts, known, tick)
    wrong = [row for row in verdicts if not _right(row)]
    return Report(
        made=dt.datetime.now(dt.UTC).date(),
        certainty=parts.settings.certainty,
        claims=len(claims),
        questions=len(questions),
        sentences=len(sentences),
        figures=(
            *claim_figures(verdicts),
            *(known_figures(of_known) if known else ()),
            *question_figures(answered(parts, questions, tick)),
            *sentence_figures(told_apart(parts, sentences, tick)),
        ),
        curve=curve(verdicts),
        known_curve=curve(of_known) if known else (),
        labels=LABELS,
        confusion=tuple(tuple(sum(r["label"] == truth and r["given"] == given for r in verdicts) for given in LABELS) for truth in LABELS),
        wrong_by_kind=dict(Counter(row["kind"] for row in wrong).most_common()),
        examples=tuple(
            Example(text=row["text"], kind=row["kind"], truth=row["label"], given=row["given"]) for row in _worst(wrong)[:EXAMPLES]
        ),
    )


def _worst(wrong: Sequence[Row]) -> list[Row]:
    """Wrong decisions before wrong abstentions, true claims called false first of all."""
    return sorted(wrong, key=lambda row: (not (row["label"] == "supported" and row["given"] == "refuted"), not row["decided"], row["id"]))


def markdown(made: Report) -> str:
    lines = [
        "# What was measured",
        "",
        f"{made.made.isoformat()}, certainty {made.certainty:g}: {made.claims} claims, {made.questions} questions and {made.sentences} sentences, held out, "
        "in four languages. Brackets are 95 % bootstrap intervals.",
        "",
        "| figure | measured | rows | target | reached |",
        "|---|---|---|---|---|",
        *(_line(figure) for figure in made.figures),
        "",
        "## Risk and coverage of the embedded judge",
        "",
        *_curve(made.curve),
        "",
        *(
            ["### On claims about entries that the network knows from other claims", "", *_curve(made.known_curve), ""]
            if made.known_curve
            else []
        ),
        "## Verdicts by true label (rows) and given label (columns)",
        "",
        f"| | {' | '.join(made.labels)} |",
        f"|---|{'---|' * len(made.labels)}",
        *(f"| {label} | {' | '.join(map(str, row))} |" for label, row in zip(made.labels, made.confusion, strict=True)),
        "",
        "## Wrong verdicts by kind of claim",
        "",
        *(f"- {kind}: {count}" for kind, count in made.wrong_by_kind.items()),
        "",
        "## Examples, wrong decisions first",
        "",
        *(f"- {one.truth} called {one.given} ({one.kind}): {one.text}" for one in made.examples),
    ]
    return "\n".join(lines) + "\n"


def _curve(points: Sequence[Point]) -> list[str]:
    return [
        "| certainty | claims decided | of these right | true claims called refuted | macro-F1 |",
        "|---|---|---|---|---|",
        *(f"| {p.certainty:g} | {p.decided:.1%} | {p.right:.1%} | {p.true_refuted:.1%} | {p.macro_f1:.2f} |" for p in points),
    ]


def _line(figure: Figure) -> str:
    target = "" if figure.target is None else f"{'at most' if figure.at_most else 'at least'} {figure.target:.1%}"
    reached = "" if figure.reached is None else "yes" if figure.reached else "no"
    return f"| {figure.name} | {figure.value:.1%} [{figure.low:.1%}, {figure.high:.1%}] | {figure.rows} | {target} | {reached} |"


def write(made: Report, folder: Path) -> tuple[Path, Path]:
    """`accuracy.md` and `accuracy.json`. InputRefused where the folder cannot be written to."""
    files = (folder / "accuracy.md", folder / "accuracy.json")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files[0].write_text(markdown(made), encoding="utf-8")
        files[1].write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as exc:
        raise InputRefused(f"{folder}: {exc.strerror or exc}") from exc
    return files


def last_report(data_dir: Path) -> Report | None:
    """The report of the operator's own last run, else that of the version that ships."""
    for file in (data_dir.expanduser() / "accuracy.json", SHIPPED_REPORT):
        try:
            return Report.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
    return None
