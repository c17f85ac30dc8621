"""What is remembered of groups: in SQLite and, where FOOTNOTE_TEST_DATABASE_URL names one, in another database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text, update

from bot.group_state import Action, Agreement, Case, Group, Groups, Sighting
from bot.moderation import GRACE_DAYS, Choice, Digest, GroupSettings, Kind, Mode, Sender
from bot.state import MIGRATIONS, State, now, open_state
from tests.bot.test_state import state, url

__all__ = ("state", "url")
CHAT, ROOM, BOB, MIA = -1001, -1002, 5, 6


@pytest.fixture
def groups(state: State) -> Groups:
    made = Groups(state)
    made.join(CHAT, "Debate")
    return made


def case(number: int = 1, *, claim: str | None = "cc-1", shadow: bool = False, chat: int = CHAT) -> Case:
    return Case(
        id=f"case{chat}/{number}"[:16],
        chat_id=chat,
        message_id=number,
        topic=0,
        author_id=BOB,
        sender=Sender.PERSON.value,
        kind=Kind.WATCH.value,
        shadow=shadow,
        told=False,
        deletable=True,
        verdict=None,
        claim_id=claim,
        at=now(),
        decision=None,
        decided_by=None,
        decided=None,
    )


def action(of: Case, what: Choice = Choice.WARN) -> Action:
    return Action(
        chat_id=of.chat_id,
        case_id=of.id,
        moderator_id=MIA,
        moderator="Mia",
        what=what.value,
        message_id=of.message_id,
        author_id=of.author_id,
        why="watch",
        evidence="[]",
        sent=None,
        at=now(),
        undone_by=None,
        undone=None,
    )


def sight(groups: Groups, number: int, words: str, numbers: tuple[str, ...] = ()) -> None:
    groups.sighted(CHAT, number, 0, "cc-1", words, numbers)


def test_settings_are_kept_and_checked(groups: Groups) -> None:
    assert groups.settings(CHAT) == GroupSettings()
    groups.change(CHAT, watch={3: Mode.NOTES}, zone="Europe/Kyiv")
    assert groups.settings(CHAT).mode(3) is Mode.NOTES
    with pytest.raises(ValueError, match="time zone"):
        groups.change(CHAT, zone="Nowhere/Never")
    assert groups.settings(CHAT).zone == "Europe/Kyiv"


def test_a_claim_that_comes_up_again_is_counted_with_its_wordings_and_numbers(groups: Groups) -> None:
    sight(groups, 1, "it was 1,200", ("1,200",))
    sight(groups, 2, "It  was 1,200", ("1,200",))
    sight(groups, 3, "they say 12,000", ("12,000",))
    found = groups.recurrence(CHAT, "cc-1")
    assert found is not None
    assert found == (3, 2, ("1,200", "12,000"))


def test_only_the_claim_that_is_asked_for_is_read(groups: Groups, state: State) -> None:
    sight(groups, 1, "words")
    with state.session() as session:
        session.execute(update(Sighting).values(numbers="not to be read"))
    assert groups.sighted(CHAT, 2, 0, "cc-2", "other words", ("7",)) == (1, 1, ("7",))
    assert groups.recurrence(CHAT, "cc-2") == (1, 1, ("7",))


def test_of_a_sighting_no_word_is_stored(groups: Groups, state: State) -> None:
    sight(groups, 1, "rutabaga and nothing else")
    with state.session() as session:
        [row] = session.query(Sighting).all()
        assert "rutabaga" not in str({name: getattr(row, name) for name in (column.name for column in row.__table__.columns)})
        first = row.form
    groups.join(ROOM, "Other")
    groups.sighted(ROOM, 1, 0, "cc-1", "rutabaga and nothing else", ())
    with state.session() as session:
        assert {row.form for row in session.query(Sighting).all()} != {first}  # each group has a salt of its own


def test_a_case_is_opened_once_and_decided_by_one(groups: Groups) -> None:
    opened = case()
    assert groups.open(opened)
    assert not groups.open(case())
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(partial(groups.decide, opened.id, Choice.DELETE), range(8)))
    assert taken.count(True) == 1
    groups.reopen(opened.id)
    assert groups.decide(opened.id, Choice.WARN, MIA)


def test_an_action_is_undone_once_and_stays_in_the_log(groups: Groups) -> None:
    opened = case()
    groups.open(opened)
    groups.acted(action(opened))
    last = groups.last_action(opened.id)
    assert last is not None
    assert groups.warned(CHAT, BOB) == 1
    assert groups.undo(last.id, MIA)
    assert not groups.undo(last.id, MIA)
    assert groups.last_action(opened.id) is None
    assert groups.warned(CHAT, BOB) == 0
    [row] = groups.log(CHAT)
    assert (row["what"], row["undone_by"]) == (Choice.WARN, MIA)


def test_agreement_counts_what_moderators_decided(groups: Groups) -> None:
    for number, choice in enumerate((Choice.AGREE, Choice.DELETE, Choice.DISAGREE, Choice.IGNORE, None), 1):
        opened = case(number, shadow=True)
        groups.open(opened)
        if choice:
            groups.decide(opened.id, choice, MIA)
    groups.open(case(9, claim=None))
    assert groups.agreement(CHAT) == Agreement(3, 2, 1)  # who ignores says nothing of it


def test_a_message_is_reported_once_by_a_person(groups: Groups) -> None:
    assert groups.report(CHAT, 1, BOB)
    assert not groups.report(CHAT, 1, BOB)
    assert groups.report(CHAT, 1, MIA)
    assert groups.reported_lately(CHAT, BOB) == 1
    assert groups.forget(BOB) == 1
    assert groups.reporters(CHAT, 1) == [MIA]


def test_what_is_silenced_is_heard_again_after_its_time(groups: Groups) -> None:
    groups.silence(CHAT, "cc-1", 7)
    assert groups.is_silenced(CHAT, "cc-1")
    groups.silence(CHAT, "cc-1", -1)
    assert not groups.is_silenced(CHAT, "cc-1")


def test_all_that_belongs_to_a_group_moves_with_it(groups: Groups) -> None:
    groups.change(CHAT, language="uk")
    groups.change(ROOM, moderators=CHAT)
    sight(groups, 1, "words")
    groups.open(case())
    groups.report(CHAT, 1, MIA)
    groups.move(CHAT, -1009)
    assert groups.settings(-1009).language == "uk"
    assert groups.settings(CHAT).language is None
    assert groups.settings(ROOM).moderators == -1009
    groups.sighted(-1009, 1, 0, "cc-1", "other words", ())
    found = groups.recurrence(-1009, "cc-1")
    assert found is not None
    assert found.times == 2
    [moved] = groups.waiting(-1009)
    assert not moved.is_reachable
    assert groups.case_of(-1009, 1) is None
    assert groups.open(case(chat=-1009))
    assert groups.report(-1009, 1, BOB)
    assert groups.reporters(-1009, moved.message_id) == [MIA]


def test_a_group_that_removed_us_is_deleted_after_the_time_of_grace(groups: Groups, state: State) -> None:
    groups.open(case())
    groups.acted(action(case()))
    groups.leave(CHAT)
    assert groups.expire() == []
    assert groups.waiting(CHAT)
    with state.session() as session:
        session.execute(update(Group).values(left=now() - dt.timedelta(days=GRACE_DAYS + 1)))
    assert groups.expire() == [CHAT]
    assert groups.waiting(CHAT) == []
    assert groups.log(CHAT) == []
    assert groups.all() == []


def test_who_comes_back_in_time_loses_nothing(groups: Groups) -> None:
    groups.change(CHAT, language="ro")
    groups.leave(CHAT)
    groups.join(CHAT, "Debate")
    assert groups.expire() == []
    assert groups.settings(CHAT).language == "ro"


def test_what_is_older_than_the_group_keeps_is_deleted(groups: Groups, state: State) -> None:
    groups.change(CHAT, keep_days=7)
    sight(groups, 1, "old")
    with state.session() as session:
        session.execute(update(Sighting).values(at=now() - dt.timedelta(days=8)))
    sight(groups, 2, "new")
    groups.expire()
    found = groups.recurrence(CHAT, "cc-1")
    assert found is not None
    assert found.times == 1


def test_a_period_tells_what_happened_in_it(groups: Groups) -> None:
    sight(groups, 1, "it was 1,200", ("1,200",))
    groups.report(CHAT, 4, BOB)
    groups.missed(CHAT)
    found = groups.period(CHAT, now() - dt.timedelta(days=1))
    assert found.claims["cc-1"].times == 1
    assert (found.reports, found.unread) == (1, 1)
    groups.digested(CHAT)
    assert groups.period(CHAT, now()).unread == 0


def test_the_first_digest_covers_what_comes_after_it_was_chosen(groups: Groups, state: State) -> None:
    with state.session() as session:
        session.execute(update(Group).values(since=now() - dt.timedelta(days=40)))
    chosen = now()
    groups.change(CHAT, digest=Digest.WEEKLY)
    [(*_, last)] = groups.all()
    assert last >= chosen
    groups.change(CHAT, hour=20)
    assert groups.all()[0][3] == last


def test_a_vector_of_an_earlier_version_is_dropped_and_the_sighting_stays(url: str, state: State) -> None:
    state.close()
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        connection.execute(
            text(
                "INSERT INTO sightings (chat_id, message_id, topic, claim_id, form, vector, numbers, at) "
                "VALUES (:c, 1, 0, 'cc-1', :b, :b, '[]', :at)"
            ),
            {"c": CHAT, "b": b"\0\1", "at": now()},
        )
    again = open_state(url)
    with engine.connect() as connection:
        assert "vector" not in {column["name"] for column in inspect(connection).get_columns("sightings")}
        assert [index["column_names"] for index in inspect(connection).get_indexes("sightings")] == [["claim_id"]]
    engine.dispose()
    found = Groups(again).recurrence(CHAT, "cc-1")
    again.close()
    assert found == (1, 1, ())
