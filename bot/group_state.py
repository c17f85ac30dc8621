"""What a group's moderation must remember in, and out again: settings, what came up, cases, reports, what was done and by whom.

Of posts that were not addressed to us only a salted hash, the numbers they name and their place are kept, for as long as the group
chose. A case knows the number of a message and of its author, never its text. Blocking; threads may share it. StateError from every method.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, LargeBinary, String, Text, UniqueConstraint, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from bot.moderation import AGREES, DISAGREES, GRACE_DAYS, Choice, Digest, GroupSettings, Kind, Sender
from bot.state import Base, State, now, touched


class Group(Base):
    """A group that we are or were in."""

    __tablename__ = "groups"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(255), default="")
    settings: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[dt.datetime]
    left: Mapped[dt.datetime | None]
    digested: Mapped[dt.datetime | None]
    unread: Mapped[int] = mapped_column(default=0)
    """Posts that were not looked at because too many came at once, since the last digest."""


class Sighting(Base):
    """That a claim came up in a post."""

    __tablename__ = "sightings"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    topic: Mapped[int] = mapped_column(BigInteger)
    claim_id: Mapped[str] = mapped_column(String(128), index=True)
    form: Mapped[bytes] = mapped_column(LargeBinary)
    """The salted hash of its words."""
    numbers: Mapped[str] = mapped_column(Text)
    """What it counts, as a JSON list."""
    at: Mapped[dt.datetime]


class Case(Base):
    """A message that waits, or waited, for a moderator."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("chat_id", "message_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    message_id: Mapped[int] = mapped_column(BigInteger)
    topic: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int | None] = mapped_column(BigInteger)
    sender: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    shadow: Mapped[bool]
    """Only kept to be looked at: nobody was told."""
    told: Mapped[bool]
    """Whether the moderators have been told."""
    deletable: Mapped[bool]
    verdict: Mapped[str | None] = mapped_column(Text)
    """Of the checked claim, in the words of its own, as JSON."""
    claim_id: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[dt.datetime]
    decision: Mapped[str | None] = mapped_column(String(16))
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided: Mapped[dt.datetime | None]

    @property
    def is_reachable(self) -> bool:
        """Whether Telegram knows the message by its number: not where it was written before the group was upgraded."""
        return self.message_id > 0

    @property
    def of_kind(self) -> Kind:
        return Kind(self.kind)

    @property
    def of_sender(self) -> Sender:
        return Sender(self.sender)


class Notice(Base):
    """A message of ours that shows a case."""

    __tablename__ = "notices"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[str] = mapped_column(String(16), index=True)


class Report(Base):
    """That somebody reported a message."""

    __tablename__ = "reports"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)
    at: Mapped[dt.datetime]


class Silenced(Base):
    """Whose reports are not heard, or which claim brings no note, for a while."""

    __tablename__ = "silenced"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(String(128), primary_key=True)
    until: Mapped[dt.datetime]


class Action(Base):
    """What a moderator did: who, what, to which message, why and on what evidence."""

    __tablename__ = "actions"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    case_id: Mapped[str] = mapped_column(String(16), index=True)
    moderator_id: Mapped[int] = mapped_column(BigInteger)
    moderator: Mapped[str] = mapped_column(String(255))
    what: Mapped[str] = mapped_column(String(16))
    message_id: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    """Addresses of the cited sources, as a JSON list."""
    sent: Mapped[int | None] = mapped_column(BigInteger)
    """The message that we wrote for it."""
    at: Mapped[dt.datetime]
    undone_by: Mapped[int | None] = mapped_column(BigInteger)
    undone: Mapped[dt.datetime | None]


_NUMBERED = (Sighting, Case, Report, Action)


_OPEN: dict[str, None] = {"decision": None, "decided_by": None, "decided": None}


class Recurrence(NamedTuple):
    """How often a claim came up in a group, in how many wordings, and what the posts counted, in their order."""

    times: int
    forms: int
    numbers: tuple[str, ...]


class Agreement(NamedTuple):
    """Of the proposals that a moderator has decided on: how many, and how many were right by it; and how many wait."""

    decided: int
    right: int
    waiting: int


class Period(NamedTuple):
    """What happened in a group in a time."""

    claims: dict[str, Recurrence]
    """What came up, by checked claim."""
    agreement: Agreement
    actions: dict[str, int]
    reports: int
    checks: list[str]
    """What was found for those who asked, as JSON."""
    unread: int


class Groups:
    """Over the same database as the State."""

    def __init__(self, state: State) -> None:
        self._session = state.session

    # -- groups

    def join(self, chat_id: int, title: str) -> None:
        """We are in a group, perhaps again: what belongs to it stays."""
        with self._session() as session:
            group = self._group(session, chat_id)
            group.left, group.title = None, title[:255]

    def leave(self, chat_id: int) -> None:
        """What belongs to the group is deleted after a time of grace."""
        with self._session() as session:
            if group := session.get(Group, chat_id):
                group.left = now()

    def all(self) -> list[tuple[int, str, GroupSettings, dt.datetime]]:
        """Every group that we are in: its number, title, settings and last digest."""
        with self._session() as session:
            found = session.scalars(select(Group).where(Group.left.is_(None)))
            return [(one.chat_id, one.title, GroupSettings.model_validate_json(one.settings), one.digested or one.since) for one in found]

    def settings(self, chat_id: int) -> GroupSettings:
        with self._session() as session:
            found = session.get(Group, chat_id)
            return GroupSettings.model_validate_json(found.settings) if found else GroupSettings()

    def title(self, chat_id: int) -> str:
        with self._session() as session:
            found = session.get(Group, chat_id)
            return found.title if found else ""

    def change(self, chat_id: int, **values: Any) -> GroupSettings:
        """Set some of the settings; all of them as they are then. The first digest covers what comes after it was chosen. ValidationError."""
        with self._session() as session:
            group = self._group(session, chat_id)
            before = GroupSettings.model_validate_json(group.settings)
            changed = GroupSettings.model_validate({**before.model_dump(), **values})
            group.settings = changed.model_dump_json()
            if before.digest is Digest.OFF and changed.digest is not Digest.OFF:
                group.digested, group.unread = now(), 0
            return changed

    def move(self, old: int, new: int) -> None:
        """A group became a supergroup, which numbers its messages anew: those of before get numbers below zero, which no message has."""
        with self._session() as session:
            if group := session.get(Group, old):
                if there := session.get(Group, new):
                    session.delete(there)
                    session.flush()
                group.chat_id = new
            for table in _NUMBERED:
                session.execute(update(table).where(table.chat_id == old).values(chat_id=new, message_id=-table.message_id))
            session.execute(update(Silenced).where(Silenced.chat_id == old).values(chat_id=new))
            for other in session.scalars(select(Group)):
                settings = GroupSettings.model_validate_json(other.settings)
                if settings.moderators == old:
                    other.settings = settings.model_copy(update={"moderators": new}).model_dump_json()

    def expire(self) -> list[int]:
        """Delete what is older than each group wants to keep, and everything of groups that we left a while ago, which are returned."""
        forgotten = []
        with self._session() as session:
            for group in list(session.scalars(select(Group))):
                gone = group.left is not None and group.left < now() - dt.timedelta(days=GRACE_DAYS)
                kept = GroupSettings.model_validate_json(group.settings).keep_days
                before = now() if gone else now() - dt.timedelta(days=kept)
                for table in _NUMBERED:
                    session.execute(delete(table).where(table.chat_id == group.chat_id, table.at <= before))
                session.execute(delete(Silenced).where(Silenced.chat_id == group.chat_id, Silenced.until <= now()))
                if gone:
                    forgotten.append(group.chat_id)
                    session.execute(delete(Silenced).where(Silenced.chat_id == group.chat_id))
                    session.delete(group)
            session.execute(delete(Notice).where(Notice.case_id.not_in(select(Case.id))))
        return forgotten

    def forget(self, user_id: int) -> int:
        """Delete what somebody reported, and that messages were theirs; how many reports."""
        with self._session() as session:
            session.execute(update(Case).where(Case.author_id == user_id).values(author_id=None))
            session.execute(update(Action).where(Action.author_id == user_id).values(author_id=None))
            return touched(session, delete(Report).where(Report.user_id == user_id))

    # -- what comes up

    def sighted(self, chat_id: int, message_id: int, topic: int, claim_id: str, words: str, numbers: Sequence[str]) -> Recurrence:
        """Remember that a claim came up; how often it has by now."""
        with self._session() as session:
            form = hmac.digest(self._group(session, chat_id).salt, " ".join(words.lower().split()).encode(), "sha256")[:16]
            session.merge(
                Sighting(
                    chat_id=chat_id,
                    message_id=message_id,
                    topic=topic,
                    claim_id=claim_id,
                    form=form,
                    numbers=json.dumps(list(numbers), ensure_ascii=False),
                    at=now(),
                )
            )
            session.flush()
            return self._recurrences(session, chat_id, claim_id=claim_id)[claim_id]

    def recurrence(self, chat_id: int, claim_id: str) -> Recurrence | None:
        """How often a claim has come up."""
        with self._session() as session:
            return self._recurrences(session, chat_id, claim_id=claim_id).get(claim_id)

    def is_silenced(self, chat_id: int, what: str) -> bool:
        with self._session() as session:
            found = session.get(Silenced, (chat_id, what))
            return found is not None and found.until > now()

    def silence(self, chat_id: int, what: str, days: float) -> None:
        with self._session() as session:
            session.merge(Silenced(chat_id=chat_id, what=what, until=now() + dt.timedelta(days=days)))

    def unsilence(self, chat_id: int, what: str) -> None:
        with self._session() as session:
            session.execute(delete(Silenced).where(Silenced.chat_id == chat_id, Silenced.what == what))

    def notes_within(self, chat_id: int, hours: float, claim_id: str | None = None) -> int:
        """How many notes the moderators have got, of a claim or of all."""
        with self._session() as session:
            asked = select(func.count()).select_from(Case).where(Case.chat_id == chat_id, Case.kind == Kind.WATCH)
            asked = asked.where(Case.at > now() - dt.timedelta(hours=hours), Case.told.is_(True))
            return session.scalar(asked.where(Case.claim_id == claim_id) if claim_id else asked) or 0

    def missed(self, chat_id: int) -> None:
        """A post was not looked at: too many wait."""
        with self._session() as session:
            self._group(session, chat_id).unread += 1

    # -- cases

    def open(self, case: Case) -> bool:
        """Keep a case. False where there is one of that message."""
        try:
            with self._session() as session:
                session.add(case)
        except IntegrityError:
            return False
        return True

    def case(self, case_id: str) -> Case | None:
        with self._session() as session:
            return session.get(Case, case_id)

    def case_of(self, chat_id: int, message_id: int) -> Case | None:
        with self._session() as session:
            return session.scalars(select(Case).where(Case.chat_id == chat_id, Case.message_id == message_id)).first()

    def told(self, case_id: str) -> None:
        """The moderators know of it now."""
        with self._session() as session:
            session.execute(update(Case).where(Case.id == case_id).values(told=True, shadow=False))

    def reported(self, case_id: str) -> None:
        """What was only kept has been reported by people: it is a case now like any other, also where it was judged before."""
        with self._session() as session:
            session.execute(update(Case).where(Case.id == case_id).values(shadow=False, kind=Kind.REPORT.value, **_OPEN))

    def waiting(self, chat_id: int, *, shadow: bool = False) -> list[Case]:
        """The cases that nobody has decided on, oldest first."""
        with self._session() as session:
            asked = select(Case).where(Case.chat_id == chat_id, Case.decision.is_(None), Case.shadow.is_(shadow))
            return list(session.scalars(asked.order_by(Case.at)))

    def untold(self, since: dt.datetime, until: dt.datetime) -> list[Case]:
        """The cases of a time, in every group that we are in, that the moderators should have been told of and were not, oldest first."""
        with self._session() as session:
            ours = select(Group.chat_id).where(Group.left.is_(None))
            asked = select(Case).where(Case.chat_id.in_(ours), Case.decision.is_(None), Case.shadow.is_(False), Case.told.is_(False))
            return list(session.scalars(asked.where(Case.at.between(since, until)).order_by(Case.at)))

    def undecided_of(self, chat_id: int, author_id: int, hours: float) -> list[Case]:
        """The cases about a claim of somebody's messages that nobody has decided on, of the last hours."""
        with self._session() as session:
            asked = select(Case).where(Case.chat_id == chat_id, Case.author_id == author_id, Case.decision.is_(None))
            return list(session.scalars(asked.where(Case.claim_id.is_not(None), Case.at > now() - dt.timedelta(hours=hours))))

    def decide(self, case_id: str, choice: Choice, moderator_id: int) -> bool:
        """Take a case. False where somebody else was first."""
        with self._session() as session:
            taken = update(Case).where(Case.id == case_id, Case.decision.is_(None))
            return bool(touched(session, taken.values(decision=choice.value, decided_by=moderator_id, decided=now())))

    def reopen(self, case_id: str) -> None:
        with self._session() as session:
            session.execute(update(Case).where(Case.id == case_id).values(**_OPEN))

    def show(self, case_id: str, chat_id: int, message_id: int) -> None:
        """Remember a message of ours that shows a case."""
        with self._session() as session:
            session.merge(Notice(chat_id=chat_id, message_id=message_id, case_id=case_id))

    def shown(self, case_id: str) -> list[tuple[int, int]]:
        """Chat and message of every message of ours that shows a case."""
        with self._session() as session:
            found = session.scalars(select(Notice).where(Notice.case_id == case_id))
            return [(one.chat_id, one.message_id) for one in found]

    def agreement(self, chat_id: int, since: dt.datetime = dt.datetime.min) -> Agreement:
        """How often moderators found that what was proposed was right."""
        with self._session() as session:
            cases = list(session.scalars(select(Case).where(Case.chat_id == chat_id, Case.claim_id.is_not(None), Case.at >= since)))
        right = sum(case.decision in AGREES for case in cases)
        wrong = sum(case.decision in DISAGREES for case in cases)
        return Agreement(right + wrong, right, sum(case.decision is None for case in cases))

    # -- reports

    def report(self, chat_id: int, message_id: int, user_id: int) -> bool:
        """Remember a report. False where this person has reported the message before."""
        try:
            with self._session() as session:
                session.add(Report(chat_id=chat_id, message_id=message_id, user_id=user_id, at=now()))
        except IntegrityError:
            return False
        return True

    def reporters(self, chat_id: int, message_id: int) -> list[int]:
        with self._session() as session:
            return list(session.scalars(select(Report.user_id).where(Report.chat_id == chat_id, Report.message_id == message_id)))

    def reported_lately(self, chat_id: int, user_id: int) -> int:
        """How many messages somebody has reported within a day."""
        with self._session() as session:
            asked = select(func.count()).select_from(Report).where(Report.chat_id == chat_id, Report.user_id == user_id)
            return session.scalar(asked.where(Report.at > now() - dt.timedelta(days=1))) or 0

    # -- what was done

    def acted(self, action: Action) -> None:
        with self._session() as session:
            session.add(action)

    def last_action(self, case_id: str) -> Action | None:
        """The newest action on a case that is not undone."""
        with self._session() as session:
            asked = select(Action).where(Action.case_id == case_id, Action.undone.is_(None)).order_by(Action.id.desc())
            return session.scalars(asked.limit(1)).first()

    def undo(self, action_id: int, moderator_id: int) -> bool:
        """Note that an action was undone, and leave its case to be decided anew. False where somebody else was first."""
        with self._session() as session:
            asked = update(Action).where(Action.id == action_id, Action.undone.is_(None))
            if not touched(session, asked.values(undone=now(), undone_by=moderator_id)):
                return False
            of_action = select(Action.case_id).where(Action.id == action_id).scalar_subquery()
            session.execute(update(Case).where(Case.id == of_action).values(**_OPEN))
            return True

    def warned(self, chat_id: int, author_id: int | None) -> int:
        """How often an author was warned."""
        with self._session() as session:
            asked = select(func.count()).select_from(Action).where(Action.chat_id == chat_id, Action.what == Choice.WARN)
            return session.scalar(asked.where(Action.author_id == author_id, Action.undone.is_(None))) or 0 if author_id else 0

    def log(self, chat_id: int) -> list[dict[str, Any]]:
        """Every action in a group, oldest first."""
        with self._session() as session:
            found = session.scalars(select(Action).where(Action.chat_id == chat_id).order_by(Action.id))
            return [{column.name: getattr(one, column.name) for column in Action.__table__.columns} for one in found]

    # -- the digest

    def period(self, chat_id: int, since: dt.datetime) -> Period:
        """What happened since then. `checks` are for the caller to add."""
        with self._session() as session:
            claims = self._recurrences(session, chat_id, since=since)
            actions = session.execute(
                select(Action.what, func.count()).where(Action.chat_id == chat_id, Action.at >= since).group_by(Action.what)
            )
            reports = session.scalar(select(func.count()).select_from(Report).where(Report.chat_id == chat_id, Report.at >= since)) or 0
            group = session.get(Group, chat_id)
            counted = {str(what): int(count) for what, count in actions}
            unread = group.unread if group else 0
        return Period(claims, self.agreement(chat_id, since), counted, reports, [], unread)

    def digested(self, chat_id: int) -> None:
        with self._session() as session:
            group = self._group(session, chat_id)
            group.digested, group.unread = now(), 0

    def _recurrences(
        self, session: Any, chat_id: int, *, claim_id: str | None = None, since: dt.datetime = dt.datetime.min
    ) -> dict[str, Recurrence]:
        """Of one claim or of all."""
        asked = select(Sighting.claim_id, Sighting.form, Sighting.numbers).where(Sighting.chat_id == chat_id, Sighting.at >= since)
        if claim_id is not None:
            asked = asked.where(Sighting.claim_id == claim_id)
        by_claim: dict[str, list[tuple[bytes, str]]] = {}
        for claim, form, numbers in session.execute(asked.order_by(Sighting.at)):
            by_claim.setdefault(claim, []).append((form, numbers))
        return {
            claim: Recurrence(
                len(found),
                len({form for form, _ in found}),
                tuple(dict.fromkeys(number for _, numbers in found for number in json.loads(numbers))),
            )
            for claim, found in by_claim.items()
        }

    def _group(self, session: Any, chat_id: int) -> Group:
        found: Group | None = session.get(Group, chat_id)
        if found is None:
            found = Group(
                chat_id=chat_id,
                title="",
                settings=GroupSettings().model_dump_json(),
                salt=secrets.token_bytes(16),
                since=now(),
                left=None,
                digested=None,
                unread=0,
            )
            session.add(found)
        return found
