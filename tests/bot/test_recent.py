"""What was found lately is not looked for again."""

from __future__ import annotations

import threading

import pytest

from bot.recent import Recent


def test_the_same_is_made_once_and_the_oldest_is_dropped() -> None:
    recent, made = Recent[str](2), list[str]()

    def ask(key: str) -> str:
        return recent.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    assert [ask(key) for key in ("a", "b", "a", "c", "a", "b")] == ["a", "b", "a", "c", "a", "b"]
    assert made == ["a", "b", "c", "b"]


def test_whoever_asks_for_what_is_being_made_waits_for_it() -> None:
    recent, begun, go_on, got = Recent[int](2), threading.Event(), threading.Event(), list[int]()

    def make() -> int:
        begun.set()
        go_on.wait(5)
        return 7

    threads = [threading.Thread(target=lambda: got.append(recent.get("k", make))) for _ in range(3)]
    for thread in threads:
        thread.start()
    begun.wait(5)
    go_on.set()
    for thread in threads:
        thread.join()
    assert got == [7, 7, 7]


def test_a_failure_is_tried_again() -> None:
    recent = Recent[int](2)
    with pytest.raises(ZeroDivisionError):
        recent.get("k", lambda: 1 // 0)
    assert recent.get("k", lambda: 1) == 1
