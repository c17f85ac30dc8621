"""Instructions and data in, a validated draft out: any chat model that LangChain reaches, within time and budget.

What a model says is a draft and nothing more (`knowledge/drafts.py` holds it against the sources). Every failure is a `ChatModelFailed`,
so that the flows can go on without the model.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import logging
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol, TypeVar

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableSequence
from langchain_core.utils.json import parse_partial_json
from pydantic import BaseModel, ValidationError

from knowledge.domain import Value

_log = logging.getLogger(__name__)
_T = TypeVar("_T", bound=BaseModel)

OnPart = Callable[[dict[str, Any]], None]
"""Takes what there is of a draft so far, in the thread that receives it."""

charged_to: ContextVar[str] = ContextVar("charged_to", default="")
"""Whose budget a call is charged to: a chat, or nobody's in a terminal."""

METHODS = ("json_schema", "function_calling", "json_mode", "plain")
"""Ways to a structured reply, the strictest first; not every server knows every one."""
EXTRAS = {
    "openai": ("langchain_openai", "openai"),
    "anthropic": ("langchain_anthropic", "anthropic"),
    "google_genai": ("langchain_google_genai", "google"),
    "mistralai": ("langchain_mistralai", "mistral"),
    "ollama": ("langchain_ollama", "ollama"),
}
"""LangChain's name of a provider, the package that reaches it, and the extra of Footnote that brings it."""
_CHARACTERS_A_TOKEN = 3
"""Of a reply that does not say what it cost."""
_EVERY_WAY = (401, 403, 429)
"""HTTP statuses of a key that is refused or a quota that is used up: another way meets the same."""


class ChatModelUnavailable(Exception):
    """The chat model that was asked for cannot be used; the message says what to do."""


class ChatModelFailed(Exception):
    """No usable draft this time; the message says in a few words why."""


class Price(NamedTuple):
    """Currency units for a million tokens in and out."""

    input: float
    output: float


class Spent(Value):
    """Tokens by chat, of one day (UTC)."""

    day: dt.date
    tokens: dict[str, int]


class Ledger(Protocol):
    """Where what was spent outlives the process. It raises nothing."""

    def read(self) -> Spent | None: ...

    def write(self, spent: Spent) -> None: ...


class Budget:
    """Tokens that may be spent in a day (UTC), by all and by each chat; 0 is without limit. Without a `Ledger` a new process begins anew. Threads may share it."""

    def __init__(self, day: int = 0, chat: int = 0, today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date()) -> None:
        self._limits = (day, chat)
        self._today = today
        self._lock = threading.Lock()
        self._date = today()
        self._spent: defaultdict[str, int] = defaultdict(int)
        self._ledger: Ledger | None = None

    def keep_in(self, ledger: Ledger) -> None:
        """Count what the ledger has of today, and write there what is spent from now on."""
        with self._lock:
            self._turn()
            self._ledger, kept = ledger, ledger.read()
            if kept is not None and kept.day == self._date:
                for chat, tokens in kept.tokens.items():
                    self._spent[chat] += tokens

    def check(self, chat: str) -> None:
        """ChatModelFailed where nothing is left."""
        with self._lock:
            self._turn()
            day, a_chat = self._limits
            if day and sum(self._spent.values()) >= day:
                raise ChatModelFailed("its budget for today is spent")
            if a_chat and chat and self._spent[chat] >= a_chat:
                raise ChatModelFailed("this chat's budget for today is spent")

    def spend(self, chat: str, tokens: int) -> int:
        """Returns what has been spent today by all."""
        with self._lock:
            self._turn()
            self._spent[chat] += tokens
            if self._ledger is not None:
                self._ledger.write(Spent(day=self._date, tokens=dict(self._spent)))
            return sum(self._spent.values())

    def _turn(self) -> None:
        if self._today() != self._date:
            self._date = self._today()
            self._spent.clear()


class ChatModel:
    """A chat model that gives drafts. Threads may share it."""

    def __init__(
        self, model: BaseChatModel, name: str, *, timeout: float = 20, budget: Budget | None = None, price: Price | None = None
    ) -> None:
        self._model = model
        self.name = name
        self._timeout = timeout
        self._budget = budget or Budget()
        self._price = price
        self._working: str | None = None
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="chat-model")

    def ask(self, schema: type[_T], instructions: str, data: Mapping[str, Any], on_part: OnPart | None = None) -> _T:
        """A draft of the shape asked for. `data` goes in as JSON, apart from the instructions. `on_part` gets what has come so far, where the model streams. ChatModelFailed."""
        try:
            return self._asked(schema, instructions, data, on_part)
        except ChatModelFailed as exc:
            _log.warning("The chat model %s gave no draft: %s", self.name, exc)
            raise

    def _asked(self, schema: type[_T], instructions: str, data: Mapping[str, Any], on_part: OnPart | None) -> _T:
        """The draft by the first way that works."""
        chat, ends = charged_to.get(), time.monotonic() + self._timeout
        self._budget.check(chat)
        messages = [SystemMessage(instructions), HumanMessage(json.dumps(data, ensure_ascii=False))]
        why = "it gave no usable reply"
        for method in [self._working] if self._working else METHODS:
            try:
                draft = self._draft(schema, method, messages, chat, ends, on_part)
            except (ChatModelFailed, TookTooLong):
                raise
            except Exception as exc:  # whatever a provider's package throws: another way may work
                status = _status(exc)
                why = f"it failed ({type(exc).__name__}{f' {status}' if status else ''})"
                _log.info("The chat model %s by %s: %s", self.name, method, why)
                if status in _EVERY_WAY:
                    raise ChatModelFailed(why) from exc
                continue
            self._working = method
            return draft
        self._working = None
        raise ChatModelFailed(why)

    def _draft(self, schema: type[_T], method: str, messages: list[BaseMessage], chat: str, ends: float, on_part: OnPart | None) -> _T:
        """One try and, where the reply has another shape, one more that says what was wrong."""
        reply = self._call(schema, method, messages, chat, ends, on_part)
        try:
            return _parsed(schema, reply)
        except (ValidationError, ValueError) as exc:
            again = [
                *messages,
                HumanMessage(f"Your reply did not have the shape asked for: {str(exc)[:400]}. Reply again, in that shape only."),
            ]
        return _parsed(schema, self._call(schema, method, again, chat, ends, on_part))

    def _call(
        self, schema: type[_T], method: str, messages: list[BaseMessage], chat: str, ends: float, on_part: OnPart | None
    ) -> AIMessage:
        self._budget.check(chat)
        left = ends - time.monotonic()
        if left <= 0:
            raise ChatModelFailed("it did not answer in time")

        def told(part: dict[str, Any]) -> None:
            if time.monotonic() > ends:
                raise ChatModelFailed("it did not answer in time")  # nobody waits any more: this ends the stream
            if on_part is not None:
                on_part(part)

        future: Future[AIMessage] = self._threads.submit(self._charged, chat, schema, method, messages, told if on_part else None)
        try:
            reply = future.result(left)
        except TookTooLong:
            future.cancel()
            raise ChatModelFailed("it did not answer in time") from None
        if reply.additional_kwargs.get("refusal"):
            raise ChatModelFailed("it refused")
        return reply

    def _charged(self, chat: str, schema: type[BaseModel], method: str, messages: list[BaseMessage], on_part: OnPart | None) -> AIMessage:
        """The whole reply. The call is charged however it ends, also where nobody waits for it any more, unless it was turned away."""
        reply: AIMessage | None = None
        costs = True
        try:
            for reply in _replies(self._model, schema, method, messages, streamed=on_part is not None):
                if on_part is not None and isinstance(part := _part(reply), dict):
                    on_part(part)
            if reply is None:
                raise ValueError("the reply is empty")
            return reply
        except Exception as exc:
            costs = not _turned_away(exc)
            raise
        finally:
            if costs:
                self._account(chat, messages, reply)

    def _account(self, chat: str, messages: list[BaseMessage], reply: AIMessage | None) -> None:
        """What a call cost, by the reply or by the length of what has come."""
        usage = reply.usage_metadata if reply else None
        given = usage["input_tokens"] if usage else sum(len(str(message.content)) for message in messages) // _CHARACTERS_A_TOKEN
        made = usage["output_tokens"] if usage else _length(reply) // _CHARACTERS_A_TOKEN
        today = self._budget.spend(chat, given + made)
        cost = f", cost {(given * self._price.input + made * self._price.output) / 1e6:.6f}" if self._price else ""
        _log.info("Chat model %s: %d tokens in, %d out%s; %d today", self.name, given, made, cost, today)


def _length(reply: AIMessage | None) -> int:
    """The characters of a reply, the calls of functions in it included."""
    if reply is None:
        return 0
    calls = [*reply.tool_calls, *reply.invalid_tool_calls]
    return len(str(reply.content)) + sum(len(str(call["args"])) for call in calls)


def _status(failure: Exception) -> int | None:
    """The HTTP status that a provider's package failed with; it stands in one of two places."""
    found = getattr(failure, "status_code", None) or getattr(getattr(failure, "response", None), "status_code", None)
    return found if isinstance(found, int) else None


def _turned_away(failure: Exception) -> bool:
    """Whether no model has worked on a call: the server refused it, or there was none, which packages tell in errors of their own."""
    under: BaseException | None = failure
    while under is not None and not isinstance(under, (ConnectionRefusedError, socket.gaierror)):
        under = under.__cause__ or under.__context__
    return under is not None or (_status(failure) or 0) >= 400


def _replies(
    model: BaseChatModel, schema: type[BaseModel], method: str, messages: list[BaseMessage], *, streamed: bool
) -> Iterator[AIMessage]:
    """The reply as it grows, the whole last; where it is not streamed, the whole alone."""
    shape = f"\nReply with one JSON object of this schema and nothing else: {json.dumps(schema.model_json_schema())}"
    given = [SystemMessage(str(messages[0].content) + shape), *messages[1:]] if method in ("json_mode", "plain") else messages
    if streamed:
        yield from _streamed(_bound(model, schema, method), given)
    else:
        yield _invoked(model, schema, method, given)


def _invoked(model: BaseChatModel, schema: type[BaseModel], method: str, given: list[BaseMessage]) -> AIMessage:
    if method == "plain":
        reply = model.invoke(given)
    else:
        result = model.with_structured_output(schema, method=method, include_raw=True).invoke(given)
        assert isinstance(result, dict)
        reply = result["raw"]
        if isinstance(reply, AIMessage) and result.get("parsed") is not None:
            reply = reply.model_copy(update={"content": result["parsed"].model_dump_json()})
    if not isinstance(reply, AIMessage):
        raise TypeError("a chat model replies with a message")
    return reply


def _bound(model: BaseChatModel, schema: type[BaseModel], method: str) -> Runnable[Any, Any]:
    """The model as it is asked for structure, without the parser behind it, which waits for the whole."""
    if method == "plain":
        return model
    structured = model.with_structured_output(schema.model_json_schema() if method == "json_schema" else schema, method=method)
    return structured.first if isinstance(structured, RunnableSequence) else structured


def _streamed(bound: Runnable[Any, Any], given: list[BaseMessage]) -> Iterator[AIMessage]:
    """As `invoke`, each state of the reply that grows."""
    whole: AIMessageChunk | None = None
    for piece in bound.stream(given):
        if not isinstance(piece, AIMessageChunk):
            raise TypeError("a chat model replies with a message")
        whole = piece if whole is None else whole + piece
        yield whole


def _part(reply: AIMessage) -> Any:
    """What there is of the draft in what there is of a reply."""
    return reply.tool_calls[0]["args"] if reply.tool_calls else _begun(str(reply.text))


def _begun(text: str) -> Any:
    """The JSON that a text begins; None where it does not."""
    try:
        return parse_partial_json(text[text.index("{") :])
    except ValueError:
        return None


def _parsed(schema: type[_T], reply: AIMessage) -> _T:
    """ValueError (ValidationError is one) where the text is not the JSON asked for."""
    if reply.tool_calls and not reply.content:
        return schema.model_validate(reply.tool_calls[0]["args"])
    text = str(reply.content)
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("the reply holds no JSON object")
    return schema.model_validate_json(text[start : end + 1])


def chat_model_for(
    name: str, *, url: str | None = None, timeout: float = 20, budget: Budget | None = None, price: Price | None = None
) -> ChatModel:
    """The model that LangChain's `init_chat_model` makes of a name such as `openai:gpt-5-mini`. ChatModelUnavailable."""
    provider = name.partition(":")[0] if ":" in name else ""
    if provider in EXTRAS and importlib.util.find_spec(EXTRAS[provider][0]) is None:
        raise ChatModelUnavailable(
            f"FOOTNOTE_CHAT_MODEL={name} needs a package that is not installed: pip install 'footnote[{EXTRAS[provider][1]}]'."
        )
    options: dict[str, Any] = {"timeout": timeout, "max_retries": 0, "temperature": 0}
    if url:
        options["base_url"] = url
    try:
        model = init_chat_model(name, **options)
    except Exception as exc:  # a missing key, an unknown provider, a refused option: each package has its own errors
        reason = str(exc).strip().splitlines()
        raise ChatModelUnavailable(f"FOOTNOTE_CHAT_MODEL={name} cannot be used: {reason[0] if reason else type(exc).__name__}") from exc
    return ChatModel(model, name, timeout=timeout, budget=budget, price=price)
