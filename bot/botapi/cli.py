"""``python -m bot.botapi``: serve the emulator on its own, or talk to a bot in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from .chat import TerminalChat, print_report, save_transcript
from .config import BotConfig, FloodLimits
from .driver import BotApiServer
from .faults import Faults


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    default = BotConfig()
    parser = argparse.ArgumentParser(prog="botapi", description="A strict Telegram Bot API server on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (loopback only)")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=default.token)
    parser.add_argument("--username", default=default.username)
    parser.add_argument("--no-flood", action="store_true", help="no 429 answers")
    parser.add_argument("--no-privacy", action="store_true", help="the bot sees every group message")
    parser.add_argument("--guest", action="store_true", help="the bot supports guest queries")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:METHOD[:PROBABILITY]]")
    parser.add_argument("--seed", type=int, default=0, help="seed of the fault probabilities")
    parser.add_argument("--chat", action="store_true", help="talk to the bot in this terminal")
    parser.add_argument("--user", default="Alice", help="who you are in --chat")
    parser.add_argument("--language", default="en", help="the user's language_code in --chat")
    parser.add_argument("--transcript", type=Path, help="write a transcript here at the end (.json, .txt, .html)")
    return parser


async def serve(args: argparse.Namespace) -> int:
    """Run until interrupted; the exit status is 1 when the bot broke the specification."""
    if args.host not in ("127.0.0.1", "localhost", "::1"):
        raise SystemExit("the emulator listens on loopback only")
    faults = Faults(seed=args.seed)
    for text in args.fault:
        parts = text.split(":")
        method = parts[1] if len(parts) > 1 else "*"
        faults.add(parts[0], method, probability=float(parts[2]) if len(parts) > 2 else 1.0)
    server = await BotApiServer.start(
        token=args.token,
        username=args.username,
        host=args.host,
        port=args.port,
        flood=FloodLimits.off() if args.no_flood else None,
        faults=faults,
        can_read_all_group_messages=args.no_privacy,
        supports_guest_queries=args.guest,
        control=True,
    )
    print(f"Bot API server ({server.backend.spec.version}) for @{args.username}")
    print(f"  base_url      {server.base_url}")
    print(f"  base_file_url {server.base_file_url}")
    print(f"  control       {server.url}/control/", flush=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    if args.chat:
        chat = asyncio.create_task(TerminalChat(server, args.user, args.language).run())
        waiter = asyncio.create_task(stop.wait())
        await asyncio.wait({chat, waiter}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
    else:
        await stop.wait()
    print_report(server)
    if args.transcript:
        save_transcript(server, args.transcript)
    await server.stop()
    return 1 if server.violations else 0


def main() -> None:
    """Entry point."""
    raise SystemExit(asyncio.run(serve(build_parser().parse_args())))
