"""Settings and parts in, the running Telegram bot out: which message goes where, and how the bot starts and ends."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import secrets
import signal
import sys
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeAlias

from telegram import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode, UpdateType
from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    Defaults,
    ExtBot,
    InlineQueryHandler,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot import group_handlers, handlers, inline, membership, presses
from bot.buttons import Signer
from bot.delivery import NotedRequest, Pace
from bot.digest import send_digests
from bot.errors import on_error, report
from bot.excerpts import Excerpts
from bot.group_state import Groups
from bot.incoming import is_addressed
from bot.moderation import is_group, is_service
from bot.parts import Parts
from bot.recent import Recent
from bot.rights import Rights
from bot.services import Context, Services
from bot.settings import Settings
from bot.spending import StoredSpending
from bot.state import State, StateError, open_state
from bot.texts import Texts, texts_for
from bot.turns import ChatOrder, Inbox, Workers
from bot.watch import Watch
from bot.wishes import grant_wishes
from knowledge.domain import LANGUAGES

App: TypeAlias = Application[ExtBot[int], Context, dict[Any, Any], dict[Any, Any], dict[str, Services], None]
_log = logging.getLogger(__name__)

_NOT_SET = "No Telegram token: set FOOTNOTE_TELEGRAM_TOKEN, in the environment or in .env, to the token that @BotFather gave you."
_NOT_ACCEPTED = "The Bot API at {url} does not accept the token. Compare FOOTNOTE_TELEGRAM_TOKEN with what @BotFather shows."
_UNREACHABLE = "The Bot API at {url} cannot be reached ({reason}). Check the network and FOOTNOTE_TELEGRAM_BASE_URL."
_NOT_THE_BOT_API = "What answers at {url} is not the Bot API ({reason}). Check FOOTNOTE_TELEGRAM_BASE_URL."
_SECOND_INSTANCE = "Another program receives the messages of this bot. Stop one of the two: a token serves one program at a time."
_RUNNING = "Footnote runs as @{name}. Ctrl+C ends it."

_RECEIVED = [
    UpdateType.MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.INLINE_QUERY,
    UpdateType.MY_CHAT_MEMBER,
    UpdateType.CHAT_MEMBER,
]

IN_PRIVATE = (
    *("check", "timeline", "language", "sources", "accuracy", "help", "privacy"),
    *("settings", "export", "forget", "feedback", "queue", "cancel"),
)
IN_GROUPS = ("check", "whisper", "report", "timeline", "sources", "help", "privacy", "cancel")
FOR_ADMINISTRATORS = ("check", "whisper", "report", "queue", "settings", "export", "timeline", "sources", "help", "privacy", "cancel")

_RECENT = 512
"""So many questions and claims, and what was found for them, are kept in memory."""
_QUICK, _SLOW = 4, 4
"""Threads."""
_PAUSES = (0.5, 1, 2)
"""Seconds before each further try to reach the Bot API at the start."""
NEW_FOR = 8
"""Seconds after which we no longer give way to another program with our token: whoever comes second does."""


def routes(app: App) -> None:
    """Which message goes to which function; the first that fits gets it. Edited messages and channel posts go nowhere."""
    new = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
    typed = new & ~filters.FORWARDED
    private = new & filters.ChatType.PRIVATE
    group = new & filters.ChatType.GROUPS
    asked = typed & filters.ChatType.GROUPS
    table = [
        CommandHandler("start", handlers.start, typed),
        CommandHandler("help", handlers.show_help, typed),
        CommandHandler("privacy", handlers.show_privacy, typed),
        CommandHandler("accuracy", handlers.show_accuracy, typed),
        CommandHandler("sources", handlers.show_sources, typed),
        CommandHandler("check", group_handlers.check, asked),
        CommandHandler("whisper", group_handlers.whisper, asked),
        CommandHandler("report", group_handlers.report, asked),
        CommandHandler("queue", group_handlers.queue, typed),
        CommandHandler("settings", group_handlers.show_settings, asked),
        CommandHandler("export", group_handlers.export_log, asked),
        CommandHandler("check", handlers.check, typed),
        CommandHandler("timeline", handlers.show_timeline, typed),
        CommandHandler("language", handlers.choose_language, typed),
        CommandHandler("settings", handlers.show_settings, typed),
        CommandHandler("export", handlers.export_own, typed),
        CommandHandler("forget", handlers.forget, typed),
        CommandHandler("feedback", handlers.give_feedback, typed),
        CommandHandler("cancel", handlers.cancel, typed),
        MessageHandler(private & typed & filters.COMMAND, handlers.unknown_command),
        MessageHandler(private, handlers.read),
        MessageHandler(asked & ~filters.COMMAND & Addressed(), group_handlers.ask),
        MessageHandler(group & ~filters.COMMAND & (filters.TEXT | filters.CAPTION), group_handlers.seen),
        CallbackQueryHandler(presses.press),
        InlineQueryHandler(inline.answer),
        ChatMemberHandler(membership.changed, ChatMemberHandler.MY_CHAT_MEMBER),
        ChatMemberHandler(membership.member_changed, ChatMemberHandler.CHAT_MEMBER),
        MessageHandler(filters.StatusUpdate.MIGRATE, membership.migrated),
    ]
    app.add_handlers(table)
    app.add_error_handler(on_error)


class Addressed(filters.MessageFilter):
    """A group's message that mentions us or answers us."""

    def filter(self, message: Message) -> bool:
        me = message.get_bot()
        return is_addressed(message, me.id, me.username)


def build_application(settings: Settings, parts: Parts, state: State) -> App:
    """StateError."""
    assert settings.telegram_token is not None
    token = settings.telegram_token.get_secret_value()
    state.belong_to(hashlib.sha256(f"{settings.telegram_base_url} {token.partition(':')[0]}".encode()).digest())
    inbox = Inbox(state, _is_for_us)
    order = ChatOrder(state, inbox, _is_at_once)
    signer = Signer(state.fact("key", secrets.token_bytes(32)))
    parts.budget.keep_in(StoredSpending(state))
    app: App = (
        ApplicationBuilder()
        .token(token)
        .base_url(settings.telegram_base_url)
        .base_file_url(settings.telegram_file_url)
        .defaults(
            Defaults(
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                allow_sending_without_reply=True,
            )
        )
        .rate_limiter(Pace(max_retries=5))
        .concurrent_updates(order)
        .update_queue(inbox)
        .context_types(ContextTypes(context=Context))
        .job_queue(None)
        .request(NotedRequest(state, connection_pool_size=64, pool_timeout=20, connect_timeout=10, read_timeout=20, write_timeout=20))
        .get_updates_request(HTTPXRequest(connection_pool_size=4, connect_timeout=10, read_timeout=10))
        .build()
    )
    app.bot_data["services"] = Services(
        parts, order, Workers(_QUICK), Workers(_SLOW), state, signer, {}, Recent(_RECENT), Groups(state), Rights(), Excerpts(), Watch()
    )
    routes(app)
    return app


def _is_at_once(update: Update) -> bool:
    """What stops the work that other messages of the chat wait for must not wait for it."""
    return update.message is not None and (update.message.text or "").startswith("/cancel")


def _is_for_us(update: Update) -> bool:
    """What members of a group say to one another is not kept, not even until it has been compared."""
    message = update.message
    if message is None or not is_group(message) or is_service(message):
        return True
    me = message.get_bot()
    return is_addressed(message, me.id, me.username)


def run(settings: Settings, parts: Parts) -> int:
    """Serve until told to end; the exit status of `footnote run`. Says on stderr why Telegram refuses us. StoreError, PackError, EmbeddingsUnavailable."""
    if settings.telegram_token is None:
        return _refused(2, _NOT_SET)
    _log_without_texts(settings.log_level)
    url = settings.telegram_base_url
    if not re.fullmatch(r"\d+:[\w-]+", settings.telegram_token.get_secret_value()):
        return _refused(1, _NOT_ACCEPTED.format(url=url))
    try:
        asyncio.run(_serve(build_application(settings, parts, open_state(settings.state_url))))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except InvalidToken:
        return _refused(1, _NOT_ACCEPTED.format(url=url))
    except Conflict:
        return _refused(1, _SECOND_INSTANCE)
    except NetworkError as exc:
        return _refused(1, _UNREACHABLE.format(url=url, reason=_reason(exc)))
    except TelegramError as exc:
        return _refused(1, _NOT_THE_BOT_API.format(url=url, reason=_reason(exc)))
    except StateError as exc:
        return _refused(1, str(exc))
    return 0


def _refused(status: int, why: str) -> int:
    print(f"footnote: {why}", file=sys.stderr, flush=True)
    return status


def _reason(error: TelegramError) -> str:
    return type(error.__cause__ or error).__name__


def _log_without_texts(level: str) -> None:
    """Only our own modules may log more than warnings: httpx logs the token, python-telegram-bot the messages."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)  # what it has to say comes to us as an exception
    for ours in ("bot", "ingest", "knowledge"):
        logging.getLogger(ours).setLevel(level)


async def _serve(app: App) -> None:
    _end_on(signal.SIGTERM)
    aside: list[asyncio.Task[None]] = []
    try:
        await _connect(app)
        services: Services = app.bot_data["services"]
        await asyncio.to_thread(services.parts.warm_up)
        assert isinstance(app.update_queue, Inbox)
        if left := await app.update_queue.bring_back(app.bot):
            _log.info("%d updates of an earlier run are worked on now.", left)
        refused = await _poll(app)
        await app.start()
        aside += [asyncio.create_task(work) for work in _aside(app.bot, services)]
        for task in aside:
            task.add_done_callback(_tell_of_an_end)
        print(_RUNNING.format(name=app.bot.username), flush=True)
        await refused
    finally:
        for task in aside:
            task.cancel()
        await asyncio.gather(*aside, return_exceptions=True)
        await _stop(app)


def _aside(bot: ExtBot[int], services: Services) -> tuple[Coroutine[Any, Any, None], ...]:
    """What goes on beside answering."""
    return (
        _introduce(bot),
        grant_wishes(bot, services),
        _expire(services),
        services.watch.run(bot, services),
        send_digests(bot, services),
    )


def _tell_of_an_end(task: asyncio.Task[None]) -> None:
    """What goes on beside answering must not die unheard."""
    if not task.cancelled() and (error := task.exception()):
        _log.error("Some work beside answering has ended.\n%s", report(error))


async def _expire(services: Services) -> None:
    """Delete what is older than may be kept, now and every hour."""
    while True:
        try:
            await services.workers.run(services.state.expire, services.parts.settings.keep_days)
            for chat_id in await services.workers.run(services.groups.expire):
                await services.workers.run(services.state.forget_chat, chat_id)
        except Exception as exc:  # tried again in an hour: what is to be deleted must not stay because of it
            _log.error("What is old could not be deleted.\n%s", report(exc))
        await asyncio.sleep(3600)


def _end_on(number: signal.Signals) -> None:
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # on Windows: there the process is ended without us
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _connect(app: App) -> None:
    """InvalidToken; NetworkError after a few tries."""
    for pause in _PAUSES:
        try:
            await app.initialize()
            return
        except NetworkError as exc:
            _log.warning("The Bot API cannot be reached (%s); trying again.", _reason(exc))
            await asyncio.sleep(pause)
    await app.initialize()


async def _poll(app: App) -> Awaitable[None]:
    """Start to receive updates. What is returned never ends well: Conflict for a second instance, InvalidToken for a revoked token."""
    assert app.updater is not None
    loop = asyncio.get_running_loop()
    refused: asyncio.Future[None] = loop.create_future()
    rivalry = _Rivalry(loop.time())

    def on_failed_poll(error: TelegramError) -> None:
        if not isinstance(error, Conflict):
            _log.warning("The Bot API cannot be reached (%s); trying again.", _reason(error))
        elif not rivalry.is_lost(loop.time()):
            _log.warning(_SECOND_INSTANCE)
        elif not refused.done():
            refused.set_exception(error)

    await app.updater.start_polling(timeout=30, bootstrap_retries=-1, allowed_updates=_RECEIVED, error_callback=on_failed_poll)
    _tell_when_polling_dies(refused)
    return refused


class _Rivalry:
    """Tells from the times of conflicts, in seconds, whether it is we who came second."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._met_early = False

    def is_lost(self, now: float) -> bool:
        """At the second early conflict: a single one may be due to a poll that we left behind when we last ended."""
        age = now - self._started
        lost = self._met_early and age < 4 * NEW_FOR
        self._met_early |= age < NEW_FOR
        return lost


def _tell_when_polling_dies(refused: asyncio.Future[None]) -> None:
    """python-telegram-bot gives up on a revoked token without a word: only its task knows."""

    def tell(task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) and not refused.done():
            refused.set_exception(error)

    for task in asyncio.all_tasks():
        if task.get_name() == "Updater:start_polling:polling_task":
            task.add_done_callback(tell)


async def _stop(app: App) -> None:
    """Let running answers be finished and confirm what was received."""
    if app.updater is not None and app.updater.running:
        await app.updater.stop()
    if app.running:
        await app.stop()
    await app.shutdown()


async def _introduce(bot: ExtBot[int]) -> None:
    """Tell Telegram our commands and descriptions in each language where they differ: it punishes bots that set them at every start."""
    try:
        for language in LANGUAGES:
            await _introduce_in(bot, texts_for(language), None if language == "en" else language)
    except TelegramError as exc:
        _log.warning("The list of commands could not be set (%s).", _reason(exc))


async def _introduce_in(bot: ExtBot[int], texts: Texts, code: str | None) -> None:
    """`code` is None for the language of everybody whose own we do not speak."""
    scopes = (
        (BotCommandScopeAllPrivateChats(), IN_PRIVATE),
        (BotCommandScopeAllGroupChats(), IN_GROUPS),
        (BotCommandScopeAllChatAdministrators(), FOR_ADMINISTRATORS),
    )
    for scope, names in scopes:
        commands = [BotCommand(name, texts.commands[name]) for name in names]
        if list(await bot.get_my_commands(scope, code)) != commands:
            await bot.set_my_commands(commands, scope, code)
    if (await bot.get_my_description(code)).description != texts.description:
        await bot.set_my_description(texts.description, code)
    if (await bot.get_my_short_description(code)).short_description != texts.short_description:
        await bot.set_my_short_description(texts.short_description, code)
