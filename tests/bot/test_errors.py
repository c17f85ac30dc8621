"""What the log says of a failure: where it was, never what somebody wrote."""

from __future__ import annotations

from telegram.error import BadRequest

from bot.errors import report
from knowledge.store import IndexMissing

SECRET = "rhubarb"


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as exc:
        return exc


def test_a_report_names_the_exception_and_the_place_but_repeats_no_text() -> None:
    said = report(raised(KeyError(SECRET), raised(ValueError(f"cannot read {SECRET}"))))
    assert SECRET not in said
    assert said.index("builtins.ValueError") < said.index("builtins.KeyError")
    assert "test_errors.py" in said


def test_a_report_says_what_is_wrong_with_the_index() -> None:
    assert "Run `footnote ingest`" in report(raised(IndexMissing("Nothing is indexed. Run `footnote ingest`.")))


def test_a_report_leaves_out_what_telegram_quotes() -> None:
    said = report(raised(BadRequest(f'Can\'t parse entities: unsupported start tag "{SECRET}" at byte offset 3')))
    assert "unsupported start tag" in said
    assert SECRET not in said
