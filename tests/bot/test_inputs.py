from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.inputs import InputRefused, lines, read_text


@pytest.mark.parametrize("text", ["слово " * 30, "word " * 60, "я" * 130])
def test_words_longer_than_a_name_of_a_file_are_the_text(text: str) -> None:
    assert read_text(text) == text


def test_a_file_is_read_and_a_folder_refused(tmp_path: Path) -> None:
    (tmp_path / "claim.txt").write_text("The bridge reopened.", encoding="utf-8")
    assert read_text(str(tmp_path / "claim.txt")) == "The bridge reopened."
    with pytest.raises(InputRefused, match="a folder"):
        read_text(str(tmp_path))


def test_a_batch_may_begin_with_a_byte_order_mark_also_on_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"\xef\xbb\xbf{}\n\n{}\n"
    (tmp_path / "in.jsonl").write_bytes(content)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert [line.strip() for line in lines(tmp_path / "in.jsonl")] == ["{}", "{}"]
    assert [line.strip() for line in lines(Path("-"))] == ["{}", "{}"]
