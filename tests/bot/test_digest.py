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
from telegram import Chat, Message, User

from bot import watch
from bot.digest import digest_of, uncovered
from bot.digest_picture import Bar, drawn
from bot.found import Found
from bot.group_state import Groups
from bot.moderation import Digest, GroupSettings, Mode
from bot.parts import Parts
from bot.services import Services
from bot.state import open_state
from bot.turns import Workers
from bot.watch import Watch

CHAT = -1001
SETTINGS = GroupSettings(digest=Digest.DAILY, watch={0: Mode.NOTES})


@pytest.fixture
def services(parts: Parts, tmp_path: Path) -> Services:
    state = open_state(f"sqlite:///{tmp_path / 'state.db'}")
    made = SimpleNamespace(parts=parts, state=state, groups=Groups(state), workers=Workers())
    made.groups.join(CHAT, "Debate")
    return cast(Services, made)


def test_a_digest_says_what_came_up_how_it_grew_and_what_is_not_known(services: Services, parts: Parts) -> None:
    for number, count in enumerate(("1,200", "12,000"), 1):
        services.groups.sighted(CHAT, number, 0, "cc-ua-14000-civilians", f"{count} of them", b"", (count,))
    unknown = parts.fact_checker.check_claim("The mayor of Cluj bought nine coffee machines on 6 December 2024.")
    services.state.keep("one", CHAT, 5, Found(verdict=unknown).model_dump_json())
    made = digest_of(CHAT, "Debate", SETTINGS, services)
    assert "2 times" in made.text
    assert "1,200 → 12,000" in made.text
    assert "coffee machines" in made.text
    assert made.picture is not None
    assert made.picture.startswith(b"\x89PNG")


def test_a_day_without_anything_is_one_sentence_and_no_picture(services: Services) -> None:
    made = digest_of(CHAT, "Debate", SETTINGS, services)
    assert made.picture is None
    assert "Nothing came up." in made.text


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


async def test_a_noisy_group_does_not_keep_a_quiet_one_waiting(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
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
        await queues.put(_post(-1, number, text), text, SETTINGS, services)
    await queues.put(_post(-2, 1, text), text, SETTINGS, services)
    running = asyncio.create_task(queues.run(cast(Any, None), services))
    await all_looked_at.wait()
    running.cancel()
    assert looked.index(-2) == 1
    assert looked.count(-1) == 200
    assert services.groups.period(-1, dt.datetime.min).unread == 100


def _post(chat_id: int, number: int, text: str) -> Message:
    return Message(number, dt.datetime.now(dt.UTC), Chat(chat_id, "supergroup"), from_user=User(5, "Bob", False), text=text)
