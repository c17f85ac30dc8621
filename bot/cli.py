"""The `footnote` command: reads what a person typed, builds the parts, connects them, runs."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot import batch, show
from bot.inputs import SAMPLE, InputRefused, checked, lines, read_file, read_text
from bot.parts import Parts
from bot.settings import SettingsInvalid, load_settings
from ingest.ingester import ingest as ingest_packs
from ingest.ingester import remove as remove_pack
from ingest.packs import PackError
from knowledge.chat_model import ChatModelUnavailable
from knowledge.domain import Period
from knowledge.embeddings import EmbeddingsUnavailable
from knowledge.language import sentences
from knowledge.store import StoreError

EXPLAINABLE = (InputRefused, SettingsInvalid, PackError, StoreError, EmbeddingsUnavailable, ChatModelUnavailable)
"""Failures that a person can act on: one sentence, no traceback."""

app = typer.Typer(
    name="footnote",
    help="Check claims and answer questions against sources you chose, every sentence cited word for word.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class As(StrEnum):
    """How a text is read."""

    CLAIM = "claim"
    ARTICLE = "article"
    AUTO = "auto"


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Batch = Annotated[
    Path | None,
    typer.Option("--batch", metavar="FILE", help="Read one JSON object a line from FILE (- for standard input), write one a line."),
]
Words = Annotated[
    str | None, typer.Argument(metavar="TEXT|FILE|-", help="The text, a file that holds it, or - for standard input.", show_default=False)
]


@app.command()
def check(
    text: Words = None,
    as_: Annotated[As, typer.Option("--as", help="Read the text as one claim or as an article; auto decides by its length.")] = As.AUTO,
    sample: Annotated[bool, typer.Option("--sample", help="Check the op-ed that comes with Footnote.")] = False,
    published: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The day of the article, so that 'last year' can be told."),
    ] = None,
    json_: Json = False,
    batch_: Batch = None,
) -> None:
    """Check a claim, or an article claim by claim.

    A batch line is {"id", "text"}, with "evidence": [{"text", "url"?, "title"?, "date"?}] to use these texts instead of the index.
    """
    parts = _parts()
    if batch_ is not None:
        _batch(batch_, batch.checking_articles(parts) if as_ is As.ARTICLE else batch.checking(parts))
        return
    given = checked(read_file(SAMPLE)) if sample else read_text(_given(text, "a text to check, or --sample"))
    if as_ is As.CLAIM or (as_ is As.AUTO and _is_one_claim(given)):
        found = parts.fact_checker.check_claim(given.strip())
        _print(batch.verdict_json(found), show.verdict(found), json_)
        return
    with _progress() as progress:
        task = progress.add_task("Checking", total=None)
        day = published.date() if published else None
        article = parts.fact_checker.check(given, day, on_progress=lambda done, total: progress.update(task, completed=done, total=total))
    _print(batch.article_json(article), show.article(article), json_)


@app.command()
def ask(
    question: Words = None,
    about: Annotated[str | None, typer.Option(help="A quoted passage that the question is about.")] = None,
    json_: Json = False,
    batch_: Batch = None,
) -> None:
    """Answer a question from the sources, or say what is missing to answer it.

    A batch line is {"id", "question"}, with "about" for a quoted passage and "evidence" as for check.
    """
    parts = _parts()
    if batch_ is not None:
        _batch(batch_, batch.asking(parts))
        return
    given = read_text(_given(question, "a question"))
    found = parts.explainer.answer(given.strip(), checked(about) if about else None)
    _print(batch.answer_json(found), show.answer(found), json_)


@app.command()
def search(
    text: Words = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=100, help="How many passages: 5 where a person reads, 20 as JSON.", show_default=False)
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be given several times.")] = None,
    period: Annotated[
        str | None, typer.Option("--dated", metavar="FROM[/TO]", help="Only entries dated within or across, such as 2024-11/2024-12-06.")
    ] = None,
    json_: Json = False,
    batch_: Batch = None,
) -> None:
    """Show the passages that bear on a text, best first. A batch line is {"id", "text"}."""
    try:
        dated = Period.parse(period) if period else None
    except ValueError as exc:
        raise InputRefused(f"--dated: {exc}") from exc
    parts = _parts()
    if batch_ is not None:
        _batch(batch_, batch.searching(parts, limit or 20, dated, topic or ()))
        return
    wanted = limit or (20 if json_ else 5)
    found = parts.retriever.search(read_text(_given(text, "a text to look for")), wanted, period=dated, topics=topic or ())
    _print(batch.results_json(found), show.results(found), json_)


@app.command()
def claims(text: Words = None, json_: Json = False, batch_: Batch = None) -> None:
    """List the sentences of a text by how much they deserve a check. A batch line is {"id", "text"}."""
    parts = _parts(index=False)
    if batch_ is not None:
        _batch(batch_, batch.finding(parts))
        return
    given = read_text(_given(text, "a text"))
    _print(batch.claims_json(parts, given), show.claims(parts.claim_finder.find(given)), json_)


@app.command()
def ingest(
    packs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PACK|DIR]...", help="Source packs, or folders of them; the shipped ones where none is named.", show_default=False
        ),
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Build the index anew from what it holds: after a change of the embedding model, or to repair it."),
    ] = False,
    remove: Annotated[str | None, typer.Option(metavar="PACK", help="Take the pack of this id out of the index.")] = None,
) -> None:
    """Bring the index up to date with source packs: all of a pack, or nothing."""
    parts = Parts(load_settings())
    if remove is not None:
        _say(show.counts(remove_pack(parts.store, remove)))
        return
    with _Indexing() as progress:
        made = ingest_packs(parts.store, packs or (), rebuild=rebuild, progress=progress)
    _say(show.counts(made))


@app.command(name="eval")
def evaluate(
    data: Annotated[
        Path, typer.Option(help="The folder with claims.jsonl, questions.jsonl and sentences.jsonl; in a checkout: tests/evals.")
    ] = Path("tests/evals"),
    out: Annotated[
        Path | None, typer.Option(help="Where accuracy.md and accuracy.json go: FOOTNOTE_DATA_DIR unless named.", show_default=False)
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Measure each n-th row alone: quicker and less exact.")] = 1,
) -> None:
    """Measure retrieval, verdicts, answers and claim finding on held-out material, and write a report that /accuracy shows."""
    from bot import evaluation

    parts = _parts()
    with _progress() as progress:
        task = progress.add_task("Measuring", total=None)
        made = evaluation.report(parts, data, every, lambda total: progress.update(task, total=total), lambda: progress.advance(task))
    files = evaluation.write(made, out or parts.settings.data_dir.expanduser())
    show.console().print(show.report(made))
    _say(f"Written: {files[0]}, {files[1]}", stderr=True)


@app.command()
def run() -> None:
    """Run the Telegram bot. Needs FOOTNOTE_TELEGRAM_TOKEN, in the environment or in .env."""
    from bot.app import run as serve  # the terminal commands do without python-telegram-bot

    settings = load_settings()
    raise typer.Exit(serve(settings, Parts(settings)))


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port on this computer; 0 takes any that is free.")] = 8765,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
) -> None:
    """Chat with the bot in the browser: no token, no Telegram, nothing leaves this computer."""
    import asyncio

    from bot.demo import serve

    _parts()  # the index with a progress bar, before the bot needs it
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port, lambda text: print(text, flush=True), open_page=open_))


@app.command()
def feedback() -> None:
    """Print what people said of verdicts and answers, one JSON object a line: for whoever reviews them. It does not say who."""
    from bot.state import open_state

    state = open_state(load_settings().state_url)
    for row in state.opinions():
        print(json.dumps({**row, "about": json.loads(row["about"])}, ensure_ascii=False))


def main() -> None:
    """The entry point: an explainable failure is one sentence, a bug a number and a traceback in a file."""
    try:
        app()
    except _explainable() as exc:
        _say(f"footnote: {exc}", stderr=True)
        sys.exit(2 if isinstance(exc, InputRefused | SettingsInvalid) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception:  # a bug, wherever it is: the person gets a number, we get the traceback
        _say(_report(traceback.format_exc()), stderr=True)
        sys.exit(70)


def _explainable() -> tuple[type[Exception], ...]:
    """With those of modules that only some commands load."""
    further = [(sys.modules.get("bot.demo"), "DemoFailed"), (sys.modules.get("bot.state"), "StateError")]
    return (*EXPLAINABLE, *(getattr(module, name) for module, name in further if module is not None))


def _report(trace: str) -> str:
    number = secrets.token_hex(3).upper()
    try:
        folder = load_settings().data_dir.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "errors.log").open("a", encoding="utf-8") as file:
            file.write(f"error {number}\n{trace}\n")
        return f"footnote: Something went wrong inside Footnote (error {number}). The details are in {folder / 'errors.log'}."
    except (OSError, SettingsInvalid):
        return (
            f"footnote: Something went wrong inside Footnote (error {number}), and its details could not be written to FOOTNOTE_DATA_DIR."
        )


def _parts(*, index: bool = True) -> Parts:
    parts = Parts(load_settings())
    if index:
        with _Indexing() as progress:
            parts.ensure_index(progress)
    return parts


def _given(text: str | None, what: str) -> str:
    if text is None:
        raise InputRefused(f"Give {what}. `footnote --help` shows how.")
    return text


def _is_one_claim(text: str) -> bool:
    return len(text) <= 600 and len(sentences(text)) <= 2


def _print(as_json: dict[str, Any], readable: Any, json_: bool) -> None:
    if json_:
        print(json.dumps(as_json, ensure_ascii=False, indent=2))
    else:
        show.console().print(readable)


def _say(text: str, *, stderr: bool = False) -> None:
    print(text, file=sys.stderr if stderr else sys.stdout)


def _batch(path: Path, work: Callable[[batch.Item], dict[str, Any]]) -> None:
    rows: Iterable[str] = lines(path)
    total = None
    if str(path) != "-":
        rows = list(rows)
        total = len(rows)
    with _progress() as progress:
        task = progress.add_task("Working", total=total)
        for line in batch.run(rows, work):
            print(line, flush=True)
            progress.advance(task)


def _progress() -> Progress:
    columns: Sequence[Any] = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=show.console(stderr=True), transient=True, disable=not sys.stderr.isatty())


class _Indexing:
    """A progress bar that appears when there is something to embed."""

    def __init__(self) -> None:
        self._bar = _progress()
        self._task: TaskID | None = None

    def __enter__(self) -> _Indexing:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def start(self, total: int) -> None:
        self._bar.start()
        self._task = self._bar.add_task("Indexing", total=total)

    def advance(self, count: int) -> None:
        if self._task is not None:
            self._bar.advance(self._task, count)
