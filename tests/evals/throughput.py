"""What one bot answers in a minute: `python -m tests.evals.throughput` sends questions from 200 chats through the Bot API server on loopback.

Three questions in four come from a few that many ask, as in a group chat that is loud; the rest from a hundred and fifty others. Prints how many were
answered once, the times from question to answer, and what memory the bot takes before and after. `--warm` asks each of them once before, as if
the bot had been up for a while. At the end somebody sends an article of 40 sentences in each language.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path

from bot.botapi import BotApiServer, BotProcess, ChatHandle
from knowledge.domain import LANGUAGES
from tests.bot.scene import footnote

QUESTIONS = Path(__file__).parent / "questions.jsonl"
SENTENCES = Path(__file__).parent / "sentences.jsonl"
CHATS = 200
OFTEN = 12


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=30, help="questions a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--often", type=float, default=0.75, help="the share of questions that many ask")
    parser.add_argument("--warm", action="store_true", help="ask every question once before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        async with await BotApiServer.start() as server, footnote(server, Path(folder), LOG_LEVEL="WARNING") as bot:
            await bot.ready(120)
            if options.warm:
                await _warm(server)
            before = _memory(bot)
            chats = [server.private(server.user(f"P{number}")) for number in range(CHATS)]
            asked = await _ask(chats, options.rate, options.seconds, options.often)
            await _until_quiet(server, chats, len(asked))
            _report(chats, asked, before, _memory(bot))
            await _check_articles(server)
            await bot.stop()


async def _warm(server: BotApiServer) -> None:
    chat = server.private(server.user("Early"))
    for question in _questions():
        await chat.ask(question, timeout=60)


async def _check_articles(server: BotApiServer) -> None:
    """From the article to the card with its verdicts, nothing else going on; one in each language, so that none helps another."""
    rows = [json.loads(line) for line in SENTENCES.open(encoding="utf-8")]
    for language in LANGUAGES:
        chat = server.private(server.user(f"Reader {language}", language_code=language))
        article = " ".join([row["text"] for row in rows if row["language"] == language][:40])
        began = time.time()
        await chat.send(article)
        await server.wait_until(lambda chat=chat: any(one.buttons for one in chat.bot_messages), timeout=120)  # type: ignore[misc]
        print(f"an article of 40 sentences ({language}): {time.time() - began:.1f} seconds to the card")


def _questions() -> list[str]:
    return [json.loads(line)["question"] for line in QUESTIONS.open(encoding="utf-8")]


async def _ask(chats: list[ChatHandle], rate: float, seconds: float, often: float) -> list[float]:
    """When each was asked."""
    questions = _questions()
    rng, asked, began = random.Random(7), list[float](), time.time()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.time()))
        question = rng.choice(questions[:OFTEN]) if rng.random() < often else rng.choice(questions[OFTEN:])
        await chats[number % len(chats)].send(question)
        asked.append(time.time())
    return asked


async def _until_quiet(server: BotApiServer, chats: list[ChatHandle], wanted: int) -> None:
    await server.wait_until(lambda: sum(len(chat.bot_messages) for chat in chats) >= wanted, timeout=600)
    await asyncio.sleep(2)


def _report(chats: list[ChatHandle], asked: list[float], before: float, after: float) -> None:
    waits = []
    for chat in chats:
        answers = {message.reply_to.id: message.raw.sent_at for message in chat.bot_messages if message.reply_to}
        waits += [answers[message.id] - message.raw.sent_at for message in chat.messages if message.id in answers]
    waits.sort()
    given = sum(len(chat.bot_messages) for chat in chats)
    print(f"{len(asked)} asked in {asked[-1] - asked[0]:.0f} s from {len(chats)} chats, {given} answers, {len(waits)} questions with one")
    print(f"seconds to the answer: median {waits[len(waits) // 2]:.2f}, p95 {waits[int(len(waits) * 0.95)]:.2f}, longest {waits[-1]:.2f}")
    print(f"memory of the bot: {before:.0f} MB before, {after:.0f} MB after")


def _memory(bot: BotProcess) -> float:
    assert bot.process is not None
    status = Path(f"/proc/{bot.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


if __name__ == "__main__":
    asyncio.run(main())
