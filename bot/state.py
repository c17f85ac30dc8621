"""What must outlive a restart in, and out again: updates that wait, what was found, people's choices. The only module that speaks to the database.

SQLAlchemy over SQLite in the data folder, or over whatever FOOTNOTE_DATABASE_URL names; the tables are made and changed by the Alembic scripts in
`migrations/`. Blocking; threads may share it. What a user wrote is kept as long as it waits for its answer, what we found as long as its
buttons live.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import BigInteger, Engine, LargeBinary, String, Text, create_engine, delete, event, func, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

MIGRATIONS = Path(__file__).parent / "migrations"
REPEATED_WITHIN = dt.timedelta(days=2)
"""Telegram keeps an update for a day."""
WISHED_FOR = dt.timedelta(days=365)
"""A wish that no source has settled by then is forgotten."""


class StateError(Exception):
    """The database cannot be read or written; the message says which and why."""


class Base(DeclarativeBase):
    pass


class Received(Base):
    """An update of Telegram: its JSON until it has been worked on, then its number alone, so that a repeated one is known."""

    __tablename__ = "received"

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    body: Mapped[str | None] = mapped_column(Text)
    answered: Mapped[bool]
    """Whether an answer has left, and perhaps arrived."""
    at: Mapped[dt.datetime]


class Known(Base):
    """A message that we have received, or that we sent and Telegram has taken."""

    __tablename__ = "messages"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)
    at: Mapped[dt.datetime]


class Check(Base):
    """What was found for somebody, as JSON: what the buttons under it open."""

    __tablename__ = "checks"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime]


class Opinion(Base):
    """What somebody thinks of a verdict or an answer."""

    __tablename__ = "opinions"

    check_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    good: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(Text)
    """The claim or question, and what we said of it, as JSON."""
    at: Mapped[dt.datetime]


class Wish(Base):
    """Somebody wants to hear when the sources settle what they asked."""

    __tablename__ = "wishes"

    check_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int] = mapped_column(BigInteger, index=True)
    asked: Mapped[str] = mapped_column(Text)
    question: Mapped[bool]
    language: Mapped[str] = mapped_column(String(8))
    """In which it was asked: whoever wishes may never have chosen one."""
    at: Mapped[dt.datetime]


class Person(Base):
    """What somebody chose."""

    __tablename__ = "people"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    language: Mapped[str | None] = mapped_column(String(8))


class Fact(Base):
    """What we must know of ourselves, by name."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class Kept(NamedTuple):
    """A check as it was kept."""

    id: str
    chat_id: int
    user_id: int
    body: str


class State:
    """Made by `open_state`. StateError from every method."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- updates

    def receive(self, update_id: int, body: str | None, message: tuple[int, int] | None = None) -> bool:
        """Remember an update, and the chat and number of its message; `body` is None where it need not be worked on again. False where it is already known."""
        try:
            with self.session() as session:
                if message is not None:
                    session.merge(Known(chat_id=message[0], message_id=message[1], at=now()))
                session.add(Received(update_id=update_id, body=body, answered=False, at=now()))
        except IntegrityError:
            return False
        return True

    def leaving(self, update_id: int) -> None:
        """Remember that the answer leaves now."""
        with self.session() as session:
            session.execute(update(Received).where(Received.update_id == update_id).values(answered=True))

    def has_left(self, update_id: int) -> bool:
        """Whether an answer to an update has left, of which we do not know that it arrived."""
        with self.session() as session:
            return bool(session.scalar(select(Received.answered).where(Received.update_id == update_id)))

    def sent(self, chat_id: int, message_id: int) -> None:
        with self.session() as session:
            session.merge(Known(chat_id=chat_id, message_id=message_id, at=now()))

    def unknown_between(self, first: int, last: int, limit: int) -> list[int]:
        """The numbers between two messages, the latest first, under which we know of no message in any chat."""
        with self.session() as session:
            known = set(session.scalars(select(Known.message_id).where(Known.message_id > first, Known.message_id < last)))
        return list(islice((number for number in range(last - 1, first, -1) if number not in known), limit))

    def finish(self, update_id: int) -> None:
        """Forget what an update said: it has been worked on."""
        with self.session() as session:
            session.execute(update(Received).where(Received.update_id == update_id).values(body=None))

    def unfinished(self) -> list[str]:
        """The updates that still wait, oldest first."""
        with self.session() as session:
            found = session.scalars(select(Received.body).where(Received.body.is_not(None)).order_by(Received.update_id))
            return [body for body in found if body is not None]

    # -- what was found

    def keep(self, check_id: str, chat_id: int, user_id: int, body: str) -> None:
        """Keep what was found. What is found anew for the same message takes its place."""
        with self.session() as session:
            session.merge(Check(id=check_id, chat_id=chat_id, user_id=user_id, body=body, at=now()))

    def kept(self, check_id: str) -> Kept | None:
        with self.session() as session:
            found = session.get(Check, check_id)
            return Kept(found.id, found.chat_id, found.user_id, found.body) if found else None

    def latest(self, chat_id: int, user_id: int) -> Kept | None:
        """The newest check of somebody in a chat."""
        with self.session() as session:
            mine = select(Check).where(Check.chat_id == chat_id, Check.user_id == user_id)
            found = session.scalars(mine.order_by(Check.at.desc()).limit(1)).first()
            return Kept(found.id, found.chat_id, found.user_id, found.body) if found else None

    # -- what people say and wish

    def judge(self, check_id: str, number: int, user_id: int, about: str, *, good: bool, reason: str | None = None) -> None:
        """Keep somebody's opinion; a later one replaces it."""
        with self.session() as session:
            session.merge(Opinion(check_id=check_id, number=number, user_id=user_id, good=good, reason=reason, about=about, at=now()))

    def opinions(self) -> list[dict[str, Any]]:
        """Every opinion, without whose it is, oldest first."""
        with self.session() as session:
            found = session.scalars(select(Opinion).order_by(Opinion.at))
            return [
                {"at": one.at.isoformat(timespec="seconds"), "good": one.good, "reason": one.reason, "about": one.about} for one in found
            ]

    def wish(self, check_id: str, number: int, chat_id: int, user_id: int, asked: str, language: str, *, question: bool) -> None:
        with self.session() as session:
            session.merge(
                Wish(
                    check_id=check_id,
                    number=number,
                    chat_id=chat_id,
                    user_id=user_id,
                    asked=asked,
                    question=question,
                    language=language,
                    at=now(),
                )
            )

    def wishes(self) -> list[Wish]:
        with self.session() as session:
            return list(session.scalars(select(Wish).order_by(Wish.at)))

    def granted(self, wish: Wish) -> None:
        with self.session() as session:
            session.execute(delete(Wish).where(Wish.check_id == wish.check_id, Wish.number == wish.number))

    # -- people

    def language(self, user_id: int) -> str | None:
        """What somebody chose; None where the app's language is to decide."""
        with self.session() as session:
            found = session.get(Person, user_id)
            return found.language if found else None

    def choose_language(self, user_id: int, language: str | None) -> None:
        with self.session() as session:
            session.merge(Person(user_id=user_id, language=language))

    def forget(self, user_id: int) -> dict[str, int]:
        """Delete all that is somebody's; how much of what."""
        with self.session() as session:
            return {
                table.__tablename__: touched(session, delete(table).where(table.user_id == user_id))
                for table in (Check, Opinion, Wish, Person)
            }

    def export(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """All that is somebody's."""
        with self.session() as session:
            return {
                table.__tablename__: [_row(one) for one in session.scalars(select(table).where(table.user_id == user_id))]
                for table in (Check, Opinion, Wish, Person)
            }

    def checks_since(self, chat_id: int, since: dt.datetime) -> list[str]:
        """What was found in a chat since then, oldest first."""
        with self.session() as session:
            return list(session.scalars(select(Check.body).where(Check.chat_id == chat_id, Check.at >= since).order_by(Check.at)))

    def forget_chat(self, chat_id: int) -> None:
        """Delete what was found in a chat."""
        with self.session() as session:
            session.execute(delete(Known).where(Known.chat_id == chat_id))
            session.execute(delete(Check).where(Check.chat_id == chat_id))
            session.execute(delete(Wish).where(Wish.chat_id == chat_id))

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: what was found in it lives on under the new id."""
        with self.session() as session:
            session.execute(update(Check).where(Check.chat_id == old).values(chat_id=new))
            session.execute(update(Wish).where(Wish.chat_id == old).values(chat_id=new))

    def expire(self, days: int) -> int:
        """Delete what is older than so many days, wishes after a year; how many rows."""
        before = now() - dt.timedelta(days=days)
        with self.session() as session:
            lately = now() - REPEATED_WITHIN
            done = delete(Received).where(Received.at < lately, Received.body.is_(None)), delete(Known).where(Known.at < lately)
            old = (delete(table).where(table.at < before) for table in (Check, Opinion))
            hopeless = delete(Wish).where(Wish.at < now() - WISHED_FOR)
            return sum(touched(session, statement) for statement in (*done, *old, hopeless))

    def size(self) -> dict[str, int]:
        """How many rows there are."""
        with self.session() as session:
            tables = (Received, Known, Check, Opinion, Wish, Person)
            return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    # -- ourselves

    def fact(self, name: str, first: bytes) -> bytes:
        """What is known under a name; `first` where nothing is yet, which is then kept."""
        with self.session() as session:
            found = session.get(Fact, name)
            if found is None:
                session.add(Fact(name=name, value=first))
            return found.value if found else first

    def belong_to(self, bot: bytes) -> None:
        """Updates and messages have the numbers of one bot: those of another are forgotten."""
        if self.fact("bot", bot) != bot:
            with self.session() as session:
                session.execute(delete(Received))
                session.execute(delete(Known))
            self.note("bot", bot)

    def note(self, name: str, value: bytes) -> None:
        with self.session() as session:
            session.merge(Fact(name=name, value=value))

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """What is read and written within happens at once or not at all. StateError; IntegrityError."""
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except SQLAlchemyError as exc:
            raise StateError(f"{self._engine.url.render_as_string()}: {exc.__class__.__name__}") from exc


def open_state(url: str) -> State:
    """Connect, and bring the tables to what this version needs. StateError."""
    try:
        engine = create_engine(url, connect_args={"timeout": 30} if url.startswith("sqlite") else {}, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            if engine.url.database not in (None, "", ":memory:"):
                Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine, "connect", _tune)
        _migrate(engine)
    except (SQLAlchemyError, ImportError, OSError) as exc:
        raise StateError(
            f"The database of FOOTNOTE_DATABASE_URL cannot be opened ({exc.__class__.__name__}: {str(exc).splitlines()[0]})."
        ) from exc
    return State(engine)


def _tune(connection: Any, _: object) -> None:
    """Readers do not wait for a writer, and what is written survives the end of the process."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _migrate(engine: Engine) -> None:
    """One process at a time."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    with FileLock(f"{file}.lock") if file else nullcontext(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def touched(session: Session, statement: Any) -> int:
    """Carry a statement out; how many rows it changed or deleted."""
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _row(one: Base) -> dict[str, Any]:
    return {column.name: getattr(one, column.name) for column in one.__table__.columns}


def now() -> dt.datetime:
    """UTC, without a zone: SQLite knows none."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


__all__: Sequence[str] = ("Base", "Kept", "State", "StateError", "Wish", "now", "open_state", "touched")
