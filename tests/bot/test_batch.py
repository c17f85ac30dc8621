from __future__ import annotations

import json
from typing import Any

import pytest

from bot.batch import Item, passages, run


def _sources(item: Item) -> dict[str, Any]:
    return {"urls": [passage.source.url for passage in passages(item.evidence or ()) if passage.source]}


@pytest.mark.parametrize("url", ["http://[x", "https://", "https://:80", "http://a b", "ftp://example.org"])
def test_evidence_with_a_link_that_is_none_is_read_without_it(url: str) -> None:
    rows = [{"id": n, "evidence": [{"text": "The bridge reopened.", "url": each}]} for n, each in enumerate((url, "https://example.org/b"))]
    found = [json.loads(line) for line in run(map(json.dumps, rows), _sources)]
    assert [row["urls"] for row in found] == [[None], ["https://example.org/b"]]


def test_what_evidence_says_of_itself_in_half_a_pair_is_left_out() -> None:
    [row] = run([r'{"id": 1, "evidence": [{"text": "x", "id": "\ud800", "title": "\ud800", "url": "http://\ud800.org"}]}'], _sources)
    assert json.loads(row)["urls"] == [None]


def test_an_id_that_cannot_be_written_is_not_said_back() -> None:
    bad, good = run([r'{"id": "\ud800", "text": "x"}', '{"id": "b", "text": "x"}'], _sources)
    assert json.loads(bad)["id"] is None
    assert "error" in json.loads(bad)
    bad.encode()
    assert json.loads(good)["id"] == "b"
