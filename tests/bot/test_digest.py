"""A group's digest: what stands in it, and how it looks; and that groups take turns where posts are compared."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from matplotlib.image import imread
from sqlalchemy import update
from telegram import Bot, Chat, Message, User

from bot import watch
from bot.digest import digest_of, send_digests, uncovered
from bot.digest_picture import Bar, drawn
from bot.found import Found
from bot.group_state import Group, Groups, Sighting
from bot.moderation import Digest, GroupSettings, Mode
from bot.parts import Parts
from bot.services import Services
from bot.state import now, open_state
from bot.turns import Workers
from bot.watch import Watch
from tests.bot.test_cases import Telegram

CHAT = -1001
SETTINGS = GroupSettings(digest=Digest.DAILY, watch={0: Mode.NOTES})


@pytest.fixture
def services(parts: Parts, tmp_path: Path) -> Services:
    return _services(parts, tmp_path)


@pytest.fixture
def quick(tmp_path: Path) -> Services:
    """Without sources."""
    store = SimpleNamespace(checked_claims=lambda _: [])
    return _services(cast(Parts, SimpleNamespace(store=store)), tmp_path)


def _services(parts: Parts, folder: Path) -> Services:
    state = open_state(f"sqlite:///{folder / 'state.db'}")
    made = SimpleNamespace(parts=parts, state=state, groups=Groups(state), workers=Workers(1), thinkers=Workers(1))
    made.groups.join(CHAT, "Debate")
    return cast(Services, made)


def a_day_ago() -> dt.datetime:
    return now() - dt.timedelta(days=1)


def test_a_digest_says_what_came_up_how_it_grew_and_what_is_not_known(services: Services, parts: Parts) -> None:
    for number, count in enumerate(("1,200", "12,000"), 1):
        services.groups.sighted(CHAT, number, 0, "cc-ua-14000-civilians", f"{count} of them", (count,))
    unknown = parts.fact_checker.check_claim("The mayor of Cluj bought nine coffee machines on 6 December 2024.")
    services.state.keep("one", CHAT, 5, Found(verdict=unknown).model_dump_json())
    made = digest_of(CHAT, "Debate", SETTINGS, a_day_ago(), services)
    assert "2 times" in made.text
    assert "1,200 → 12,000" in made.text
    assert "coffee machines" in made.text
    assert made.picture is not None
    assert made.picture.startswith(b"\x89PNG")


def test_a_day_without_anything_is_one_sentence_and_no_picture(services: Services) -> None:
    made = digest_of(CHAT, "Debate", SETTINGS, a_day_ago(), services)
    assert made.picture is None
    assert "Nothing came up." in made.text


def test_a_digest_covers_and_names_the_time_since_the_last_one(quick: Services) -> None:
    settings = SETTINGS.model_copy(update={"digest": Digest.WEEKLY})
    quick.groups.report(CHAT, 4, 5)
    assert "1 report" not in digest_of(CHAT, "Debate", settings, now(), quick).text
    found = digest_of(CHAT, "Debate", settings, a_day_ago() - dt.timedelta(days=2), quick)
    assert "the last 3 days" in found.text
    assert "1 report" in found.text
    short = settings.model_copy(update={"keep_days": 1})
    assert "the last 1 day" in digest_of(CHAT, "Debate", short, a_day_ago() - dt.timedelta(days=2), quick).text


def test_what_another_version_kept_is_left_out() -> None:
    assert uncovered(['{"of_another_version": 1}', "{"]) == []


async def test_one_groups_failure_does_not_keep_the_digest_of_another(quick: Services) -> None:
    telegram = Telegram()
    bot = Bot("1:a", request=telegram, get_updates_request=telegram)
    for chat_id in (CHAT, CHAT - 1):
        quick.groups.join(chat_id, f"Group {chat_id}")
        quick.groups.change(chat_id, moderators=5, digest=Digest.DAILY)
    quick.groups.sighted(CHAT, 1, 0, "cc-1", "words", ())
    with quick.state.session() as session:
        session.execute(update(Sighting).values(numbers="["))
        session.execute(update(Group).values(digested=now() - dt.timedelta(days=2)))
    running = asyncio.create_task(send_digests(bot, quick))
    await asyncio.wait_for(telegram.calls.acquire(), 30)
    running.cancel()
    [(_, sent)] = telegram.asked
    assert f"Group {CHAT - 1}" in sent["text"]


def test_only_what_stayed_open_is_uncovered(parts: Parts) -> None:
    known = parts.fact_checker.check_claim("Romania's Constitutional Court annulled the presidential election on 6 December 2024.")
    open_ = parts.fact_checker.check_claim("The mayor of Cluj bought nine coffee machines on 6 December 2024.")
    found = [Found(verdict=one).model_dump_json() for one in (known, open_, open_)]
    assert uncovered(found) == [open_.claim.text]


def test_the_longest_bar_is_that_of_the_commonest_claim_and_nothing_leaves_the_picture() -> None:
    picture = drawn("“Debate” $5", [Bar("A claim that is told often " * 8, 40, "1,200 → 12,000"), Bar("Rarely: Донбас, țară, ґанок", 1)])
    pixels = imread(io.BytesIO(picture))
    assert pixels.shape[1] == 1200
    blue = (abs(pixels[..., 0] - 47 / 255) < 0.02) & (abs(pixels[..., 2] - 143 / 255) < 0.02)
    lengths = [row.sum() for row in blue if row.sum()]
    assert max(lengths) > 10 * min(lengths)
    edge = pixels[:, -20:, :3]
    assert edge.min() > 0.9  # paper up to the edge: no text runs out of it


async def test_a_noisy_group_does_not_keep_a_quiet_one_waiting(quick: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    all_looked_at = asyncio.Event()

    async def look(_bot: Any, message: Message, _text: str, _services: Services) -> None:
        looked.append(message.chat_id)
        if len(looked) == 201:
            all_looked_at.set()

    monkeypatch.setattr(watch, "look", look)
    queues = Watch()
    text = "a post that says something or other"
    for number in range(300):
        await queues.put(_post(-1, number, text), text, SETTINGS, quick)
    await queues.put(_post(-2, 1, text), text, SETTINGS, quick)
    running = asyncio.create_task(queues.run(cast(Any, None), quick))
    await all_looked_at.wait()
    running.cancel()
    assert looked.index(-2) == 1
    assert looked.count(-1) == 200
    assert quick.groups.period(-1, dt.datetime.min).unread == 100


def _post(chat_id: int, number: int, text: str) -> Message:
    return Message(number, dt.datetime.now(dt.UTC), Chat(chat_id, "supergroup"), from_user=User(5, "Bob", False), text=text)
