"""Ten thousand messages of groups, and what a bot that watches would tell the moderators: `python -m tests.evals.chatter`.

`chat.jsonl` was written in four languages by people who had not seen the code, and is never used for tuning: everyday talk, politics, jokes, spam, true
news, and messages around the false claims that the packs know, each labelled with whether it states, denies, quotes or asks, or only sounds alike. A note is
right where its message states the claim that the note is about. Prints for each bar how many notes there are, how many are right (with a bootstrap
interval), how much of what is stated is found, and the wrong ones.

`--through-bot` sends so many of them, every language in a group of its own, to the real bot through the Bot API server on loopback, and counts
what it says in the groups: that must be nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import numpy as np
from rich.progress import track

from bot.botapi import BotApiServer, ChatHandle, FloodLimits, GroupHandle
from bot.botapi.report import Timeout
from bot.moderation import BARS, Mode
from bot.parts import Parts
from bot.settings import Settings
from bot.texts import texts_for
from knowledge.training.data import canonical
from tests.bot.scene import footnote

CHAT = Path(__file__).parent / "chat.jsonl"
LAST, LAST_CLAIM = "Russia fully controls all four Ukrainian regions that it annexed in 2022.", "cc-ua-four-regions-held"
"""What is said last, so that it is known when everything before was compared."""
_PATIENCE = 600.0


class Noted(NamedTuple):
    """A message with the claim that a note would be about, if any, and how sure that is."""

    kind: str
    claim: str | None
    text: str
    found: str | None
    share: float

    @property
    def right(self) -> bool:
        return self.kind == "state" and self.found is not None and canonical(self.found) == canonical(self.claim or "")


def messages(every: int = 1, first: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in CHAT.read_text(encoding="utf-8").splitlines()][first::every]


def noted(parts: Parts, rows: Sequence[dict[str, Any]], *, told: bool = False) -> list[Noted]:
    """What the lowest bar would bring of each message."""
    found = []
    for row in track(rows, "Reading messages", disable=not told):
        sighted = parts.circulating.look(row["text"], BARS[0])
        name, share = (sighted.checked_id, sighted.share) if sighted else (None, 0.0)
        found.append(Noted(row["kind"], row["claim"], row["text"], name, share))
    return found


def _part(folder: Path, first: int, every: int) -> list[Noted]:
    return noted(Parts(Settings(_env_file=None, data_dir=folder)), messages(every, first), told=first == 0)


def figures(found: Sequence[Noted], floor: float) -> tuple[int, float, tuple[float, float], float]:
    """At a threshold: notes, the share that is right with its interval, and the share of what is stated that is found."""
    given = np.array([one.right for one in found if one.found and one.share >= floor])
    stated = sum(one.kind == "state" for one in found)
    if not len(given):
        return 0, float("nan"), (float("nan"), float("nan")), 0.0
    rng = np.random.default_rng(7)
    again = [given[rng.integers(0, len(given), len(given))].mean() for _ in range(2000)]
    return (
        len(given),
        float(given.mean()),
        (float(np.quantile(again, 0.025)), float(np.quantile(again, 0.975))),
        float(given.sum() / stated),
    )


def _report(found: Sequence[Noted]) -> None:
    from knowledge.circulating import threshold

    print(f"{len(found)} messages: {dict(Counter(one.kind for one in found))}")
    for bar in BARS:
        notes, right, (low, high), recall = figures(found, threshold(bar))
        print(f"bar {bar:.0%}: {notes} notes, {right:.1%} right [{low:.1%}, {high:.1%}], of what is stated {recall:.1%} found")
        print(f"    by kind: {dict(Counter(one.kind for one in found if one.found and one.share >= threshold(bar)))}")
    for one in sorted((one for one in found if one.found and not one.right), key=lambda one: -one.share)[:25]:
        print(f"    wrong {one.share:.2f} {one.kind} {one.claim or ''} -> {one.found}: {' '.join(one.text.split())[:150]}")


# -- through the real bot


async def _through_bot(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with await BotApiServer.start(flood=FloodLimits.off()) as server, footnote(server, Path(folder), LOG_LEVEL="WARNING") as bot:
            await bot.ready(120)
            said, notes = await talk(server, messages(max(1, 10_000 // count)))
            print(f"said in the groups beside what was asked for: {said}; notes to the moderators: {notes}")
            server.assert_clean(allow_unanswered=False)


async def talk(server: BotApiServer, rows: Sequence[dict[str, Any]], patience: float = 60) -> tuple[int, int]:
    """Say it all in watched groups, one for each language; what the bot said there by itself, and how many notes it wrote."""
    owner = server.user("Olga", language_code="en")
    desk = server.group("Desk", owner)
    said = 0
    groups = {}
    for language in sorted({row["language"] for row in rows}):
        members = [server.user(f"Member {number}") for number in range(5)]
        groups[language] = (await _watched(server, language, owner, members, desk), members)
    theirs = desk.as_user(owner)
    before = len(theirs.bot_messages)
    known = {language: len(group.as_user(owner).bot_messages) for language, (group, _) in groups.items()}
    for at, row in enumerate(row for row in rows if row["claim"] != LAST_CLAIM):
        group, members = groups[row["language"]]
        await group.as_user(members[at % len(members)]).send(row["text"])
        if at % 100 == 99:
            await server.wait_until_consumed(timeout=_PATIENCE)
            await asyncio.sleep(4)  # what waits of a group is bounded
    await server.wait_until_consumed(timeout=_PATIENCE)
    for group, members in groups.values():  # each group's posts are compared in order: when the last brings a note, all were
        notes = len(theirs.bot_messages)
        await group.as_user(members[0]).send(LAST)
        with contextlib.suppress(Timeout):  # but six notes an hour are the most that a group brings
            await server.wait_until(partial(_more_than, notes, theirs), timeout=patience)
    said += sum(len(group.as_user(owner).bot_messages) - known[language] for language, (group, _) in groups.items())
    return said, len(theirs.bot_messages) - before


def _more_than(notes: int, desk: ChatHandle) -> bool:
    return len(desk.bot_messages) > notes


async def _watched(server: BotApiServer, language: str, owner: Any, members: list[Any], desk: GroupHandle) -> GroupHandle:
    ours = texts_for("en").group
    group = server.group(f"Group {language}", owner, members, bot_rights=["can_delete_messages"])
    here = group.as_user(owner)
    await here.wait_for_reply(timeout=_PATIENCE)
    await here.send("/settings")
    panel = await here.wait_for_reply(timeout=_PATIENCE)
    await panel.press(ours.options["moderators"])
    await server.wait_until(lambda: ours.link_chat in panel.buttons, timeout=_PATIENCE)
    [payload] = parse_qs(urlsplit(panel.button(ours.link_chat)["url"]).query)["startgroup"]
    theirs = desk.as_user(owner)
    theirs.skip_replies()
    await theirs.send(f"/start {payload}")
    await server.wait_until(lambda: any(ours.link_done(f"Group {language}") == one.text for one in theirs.bot_messages), timeout=_PATIENCE)
    await here.send("/settings")
    panel = await here.wait_for_reply(timeout=_PATIENCE)
    await panel.press(ours.options["bar"])
    await server.wait_until(lambda: "90%" in panel.buttons, timeout=_PATIENCE)
    await panel.press("90%")
    await server.wait_until(lambda: ours.options["watch"] in panel.buttons, timeout=_PATIENCE)
    await panel.press(ours.options["watch"])
    await server.wait_until(lambda: ours.modes[Mode.NOTES] in panel.buttons, timeout=_PATIENCE)
    await panel.press(ours.modes[Mode.NOTES])
    await server.wait_until(lambda: ours.modes[Mode.NOTES] in panel.text, timeout=_PATIENCE)
    return group


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="read one message in so many")
    parser.add_argument("--through-bot", type=int, metavar="COUNT", help="send so many to the real bot instead")
    options = parser.parse_args()
    if options.through_bot:
        asyncio.run(_through_bot(options.through_bot))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    processes = min(4, os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder:
        Parts(Settings(_env_file=None, data_dir=Path(folder))).ensure_index()
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:  # the embedded model hangs in a forked child
            every = options.every * processes
            parts = pool.map(_part, [Path(folder)] * processes, [at * options.every for at in range(processes)], [every] * processes)
            _report([one for part in parts for one in part])


if __name__ == "__main__":
    main()
