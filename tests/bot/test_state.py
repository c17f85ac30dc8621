"""What is remembered, in SQLite and, where FOOTNOTE_TEST_DATABASE_URL names one, in another database."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, update

from bot import state as module
from bot.state import Base, Check, Known, Received, State, StateError, open_state

OTHER = os.environ.get("FOOTNOTE_TEST_DATABASE_URL")


@pytest.fixture(
    params=["sqlite", pytest.param("other", marks=pytest.mark.skipif(OTHER is None, reason="FOOTNOTE_TEST_DATABASE_URL is not set"))]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'state.db'}" if request.param == "sqlite" else str(OTHER)


@pytest.fixture
def state(url: str) -> Iterator[State]:
    engine = create_engine(url) if url == OTHER else None
    if engine is not None:
        Base.metadata.drop_all(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        engine.dispose()
    opened = open_state(url)
    yield opened
    opened.close()


def aged(state: State, days: int) -> None:
    """Make everything older."""
    with state.session() as session:
        for table in (Received, Known, Check):
            session.execute(update(table).values(at=dt.datetime.now(dt.UTC).replace(tzinfo=None) - dt.timedelta(days=days)))


def test_the_migrations_make_the_tables_that_the_code_knows(state: State) -> None:
    with state._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_an_update_is_received_once_and_waits_until_it_is_finished(state: State) -> None:
    assert state.receive(7, "{}", (1, 2))
    assert not state.receive(7, "{}", (1, 2))
    assert state.unfinished() == ["{}"]
    assert not state.has_left(7)
    state.leaving(7)
    assert state.has_left(7)
    state.finish(7)
    assert state.unfinished() == []
    assert not state.receive(7, "{}")


def test_numbers_of_messages_that_we_know_are_not_looked_for(state: State) -> None:
    state.receive(7, "{}", (1, 10))
    state.sent(2, 12)
    assert state.unknown_between(9, 14, 12) == [13, 11]
    assert state.unknown_between(9, 14, 1) == [13]


def test_what_is_found_anew_for_a_message_takes_the_place_of_the_old(state: State) -> None:
    for body in ("first", "second"):
        state.keep("id", 1, 2, body)
    kept = state.kept("id")
    assert kept is not None
    assert kept.body == "second"
    assert state.latest(1, 2) == kept
    assert state.latest(1, 3) is None


def test_what_is_somebodys_is_exported_and_forgotten_and_nobody_elses(state: State) -> None:
    for user in (1, 2):
        state.keep(f"c{user}", 9, user, "{}")
        state.judge(f"c{user}", 0, user, "{}", good=False, reason="label")
        state.wish(f"c{user}", 0, 9, user, "What?", "ro", question=True)
        state.choose_language(user, "uk")
    assert {name: len(rows) for name, rows in state.export(1).items()} == {"checks": 1, "opinions": 1, "wishes": 1, "people": 1}
    assert state.forget(1) == {"checks": 1, "opinions": 1, "wishes": 1, "people": 1}
    assert not any(state.export(1).values())
    assert state.kept("c2") is not None
    assert state.language(2) == "uk"
    assert [one["reason"] for one in state.opinions()] == ["label"]


def test_what_is_old_is_deleted_but_never_what_still_waits(state: State) -> None:
    state.receive(1, "waits")
    state.receive(2, "done")
    state.finish(2)
    state.keep("old", 1, 1, "{}")
    aged(state, 40)
    state.keep("new", 1, 1, "{}")
    assert state.expire(30) == 2
    assert state.unfinished() == ["waits"]
    assert state.kept("old") is None
    assert state.kept("new") is not None


def test_a_chat_that_is_left_is_forgotten_and_one_that_moves_is_kept(state: State) -> None:
    state.keep("a", -1, 1, "{}")
    state.keep("b", -2, 1, "{}")
    state.move_chat(-1, -100)
    state.forget_chat(-2)
    moved = state.kept("a")
    assert moved is not None
    assert moved.chat_id == -100
    assert state.kept("b") is None


def test_the_numbers_of_another_bot_mean_nothing(state: State) -> None:
    for bot, new in ((b"one", True), (b"one", False), (b"two", True)):
        state.belong_to(bot)
        assert state.receive(7, "{}", (1, 2)) is new


def test_several_that_start_at_once_all_find_the_tables(tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        opened = list(pool.map(lambda _: open_state(f"sqlite:///{tmp_path / 'state.db'}"), range(6)))
    assert [one.size()["checks"] for one in opened] == [0] * 6
    for one in opened:
        one.close()


def test_a_key_once_made_stays(state: State, url: str) -> None:
    assert state.fact("key", b"1") == b"1"
    again = open_state(url)
    assert again.fact("key", b"2") == b"1"
    again.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle://x", "sqlite:////proc/nowhere/state.db"])
def test_a_database_that_cannot_be_opened_is_one_sentence(url: str) -> None:
    with pytest.raises(StateError, match=r"^The database of FOOTNOTE_DATABASE_URL cannot be opened \([^\n]+\)\.$"):
        open_state(url)


def test_its_scripts_ship_with_the_package() -> None:
    assert sorted(file.name for file in (module.MIGRATIONS / "versions").glob("*.py")) == [
        "0001_first.py",
        "0002_groups.py",
        "0003_no_vectors.py",
    ]
