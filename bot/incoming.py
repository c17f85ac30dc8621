"""A message in, what it asks of us out. Pure; knows how a question, a claim and an article are told apart."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from telegram import Document, Message, MessageOrigin, MessageOriginChannel, MessageOriginChat, MessageOriginHiddenUser, MessageOriginUser

from bot.pages import units
from bot.render import Origin
from knowledge.language import sentences


class Kind(StrEnum):
    QUESTION = "question"
    CLAIM = "claim"
    ARTICLE = "article"
    LINK = "link"
    NOTHING = "nothing"
    """There is no word in it."""
    UNSAID = "unsaid"
    """A command that does not say what to check."""


class Request(NamedTuple):
    """What is to be done with a text; `about` is the passage that a question is about, `published` the day of a text that has one."""

    kind: Kind
    text: str
    about: str | None = None
    published: date | None = None
    origin: Origin | None = None


def request_of(pieces: list[Message]) -> Request:
    """What somebody asks by a message, which an app may have sent in several pieces."""
    first, text = pieces[0], _joined([said(piece) for piece in pieces])
    kind, about = kind_of(text, forwarded=first.forward_origin is not None), passage_of(first)
    asks_about = about and text and kind in (Kind.QUESTION, Kind.CLAIM, Kind.NOTHING)
    origin = origin_of(first)
    return (
        Request(Kind.QUESTION, text, about)
        if asks_about
        else Request(kind, text, published=origin.published if origin else None, origin=origin)
    )


def request_to_check(pieces: list[Message]) -> Request:
    """What somebody asks by `/check`: of the message it answers, else of the text behind it."""
    answered = pieces[0].reply_to_message
    text = passage_of(pieces[0]) or _argument(_joined([said(piece) for piece in pieces]))
    origin = origin_of(answered) if answered else None
    return Request(kind_of(text) if text else Kind.UNSAID, text, published=origin.published if origin else None, origin=origin)


def is_addressed(message: Message, bot_id: int, username: str) -> bool:
    """Whether a group's message is for us: a command that names no other bot, a mention, or an answer to a message of ours."""
    text, answered = message.text or message.caption or "", message.reply_to_message
    command = re.match(r"/\w+(?:@(\w+))?", text)
    if command:
        return command[1] is None or command[1].lower() == username.lower()
    if answered is not None and answered.from_user is not None and answered.from_user.id == bot_id:
        return True
    return bool(re.search(rf"(?<!\w)@{re.escape(username)}(?!\w)", text, re.IGNORECASE))


def asked_in_group(message: Message, username: str) -> Request | None:
    """What a mention or an answer to us asks; None where it asks nothing: “thanks” gets no reply.

    Of a message that is answered with a mention and few words (“@bot is this true?”), that message is checked; with a longer question, the
    question is about it.
    """
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)[\s,:—-]*", re.IGNORECASE)
    text = said(message)
    bare, mentioned = mention.sub("", text).strip(), bool(mention.search(text))
    answered = message.reply_to_message
    ours = answered is not None and answered.from_user is not None and (answered.from_user.username or "").lower() == username.lower()
    about = passage_of(message)
    if mentioned and about and not ours and len(bare.split()) <= _FEW_WORDS:
        origin = origin_of(answered) if answered else None
        return Request(kind_of(about), about, published=origin.published if origin else None, origin=origin)
    if mentioned and answered is not None and answered.document is not None and len(bare.split()) <= _FEW_WORDS:
        return Request(Kind.UNSAID, bare)
    if not mentioned and not _sounds_asked(bare):
        return None
    kind = kind_of(bare)
    if kind is Kind.NOTHING:
        return Request(Kind.UNSAID, bare)
    if about and kind in (Kind.QUESTION, Kind.CLAIM):
        return Request(Kind.QUESTION, bare, about)
    return Request(kind, bare)


def documents_of(pieces: list[Message], request: Request) -> list[Document]:
    """The files that are to be read: those of a message, or of the one that a bare `/check` answers."""
    answered = pieces[0].reply_to_message if request.kind is Kind.UNSAID else None
    return [piece.document for piece in ([answered] if answered else pieces) if piece.document is not None]


def with_files(request: Request, read: list[Request]) -> Request:
    """A message with files as one article: its words first, unless they only ask whether that is so, then each file's."""
    asks = request.kind in (Kind.QUESTION, Kind.NOTHING, Kind.UNSAID)
    origins = [one.origin for one in read if one.origin]
    titles = list(dict.fromkeys(origin.title for origin in origins if origin.title))
    origin = origins[0].model_copy(update={"title": " · ".join(titles) or None}) if origins else request.origin
    days = {one.published for one in read}
    return Request(
        Kind.ARTICLE,
        "\n\n".join([*([] if asks else [request.text]), *(one.text for one in read)]),
        published=days.pop() if len(days) == 1 else None,
        origin=origin,
    )


def asks_beside(request: Request) -> Request | None:
    """The question that somebody writes under a file, where a card of the file does not answer it."""
    return request if request.kind is Kind.QUESTION and len(request.text.split()) > _FEW_WORDS else None


def behind_command(message: Message) -> str:
    """What stands behind the command."""
    return _argument(said(message))


def _argument(text: str) -> str:
    return re.sub(r"^\S+\s*", "", text)


def origin_of(message: Message) -> Origin | None:
    """Who posted a forwarded message first, and when."""
    match message.forward_origin:
        case None:
            return None
        case MessageOriginChannel(chat=chat, message_id=number) as origin:
            name, url = chat.title, f"https://t.me/{chat.username}/{number}" if chat.username else None
        case MessageOriginChat(sender_chat=chat) as origin:
            name, url = chat.title, None
        case MessageOriginUser(sender_user=user) as origin:
            name, url = user.full_name, None
        case MessageOriginHiddenUser(sender_user_name=name) as origin:
            url = None
        case origin:
            name, url = None, None
    return Origin(name=_storable(name or "") or None, url=url, published=origin.date.date(), forwarded=message.date.date())


def said(message: Message | None) -> str:
    """Text or caption."""
    return _storable(message.text or message.caption or "") if message else ""


def passage_of(message: Message) -> str | None:
    """What a message replies to: the quoted part of it, or all of it."""
    return (_storable(message.quote.text) if message.quote else said(message.reply_to_message)) or None


def _storable(text: str) -> str:
    """Without what no program can store: NUL and halves of surrogate pairs."""
    return re.sub(r"[\x00\ud800-\udfff]", " ", text).strip()


def _joined(pieces: list[str]) -> str:
    """A cut within a sentence leaves no trace."""
    return "".join(f"{piece}\n" if piece.endswith(_ENDS) else f"{piece} " for piece in pieces if piece).strip()


_ENDS = (".", "!", "?", "…", ":", "”", "»", '"')
_ARTICLE_CHARACTERS = 280
_ARTICLE_SENTENCES = 3
_TOPIC_WORDS = 3
_ADDRESS = re.compile(r"(?<!\S)(?:https?://\S+|[^\s/]+\.\w{2,}(?:/\S*)?(?!\S))")
_LETTER = re.compile(r"[^\W\d_]")
_QUESTION_MARKS = "?？؟⸮"
_ASKS = re.compile(
    r"\W*(?:"
    r"(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should"
    r"|explain|describe|tell me|what's|who's|where's|how's"
    r"|cine|cui|ce|c[aâ]nd|unde|cum|care|c[aâ]t|c[aâ][tț]i|c[aâ]te|oare|explic[aă]|spune-mi|(?:este|e) adev[aă]rat"
    r"|хто|кого|кому|чий|що|коли|де|куди|звідки|чому|навіщо|як|який|яка|яке|які|скільки|чи|поясни|розкажи"
    r"|кто|чей|что|когда|где|куда|откуда|почему|зачем|как|какой|какая|какое|какие|сколько|объясни|расскажи)\b"
    r"|de ce\b|[^\W\d_]+ ли\b)",
    re.IGNORECASE,
)


def first_address(text: str) -> str:
    """Of a text that has one."""
    found = _ADDRESS.search(text)
    assert found is not None
    return found[0]


def kind_of(text: str, *, forwarded: bool = False) -> Kind:
    """A forwarded or long text is an article, a short one a question where it sounds like one, else a claim."""
    if not _LETTER.search(bare := _ADDRESS.sub("", text)):
        return Kind.LINK if bare != text else Kind.NOTHING
    if forwarded:
        return Kind.ARTICLE
    count = len(sentences(text[: 4 * _ARTICLE_CHARACTERS]))
    if _asks(text, count):
        return Kind.QUESTION
    return Kind.ARTICLE if len(text) > _ARTICLE_CHARACTERS or count >= _ARTICLE_SENTENCES else Kind.CLAIM


def _asks(text: str, count: int) -> bool:
    """Few words are a topic to look up. A full stop says that what begins like a question is none: “When he left, the talks ended.”"""
    short = len(text) <= _ARTICLE_CHARACTERS or count < _ARTICLE_SENTENCES
    begins = count < _ARTICLE_SENTENCES and bool(_ASKS.match(text)) and not text.endswith(".")
    return short and (_ends_asking(text) or begins or len(text.split()) <= _TOPIC_WORDS)


def _ends_asking(text: str) -> bool:
    end = next((char for char in reversed(text) if char.isalnum() or char in _QUESTION_MARKS), "")
    return end in _QUESTION_MARKS and end != ""


# -- albums, and texts that an app cut into several messages

_CUT_FROM = 2000
"""UTF-16 units: apps cut at 4096, some of them at the end of an earlier paragraph."""
_CUT_WITHIN = timedelta(seconds=3)


_FEW_WORDS = 6


def _sounds_asked(text: str) -> bool:
    return _ends_asking(text) or (bool(_ASKS.match(text)) and not text.endswith("."))


def may_go_on(piece: Message) -> bool:
    """Is the message of an album, or so long that it may be the first piece of a text?"""
    return piece.media_group_id is not None or units(said(piece)) >= _CUT_FROM


def goes_on(piece: Message, following: Message) -> bool:
    """Is `following` the next of the album, or the next piece of the text, that `piece` belongs to?"""
    if piece.media_group_id is not None or following.media_group_id is not None:
        return piece.media_group_id == following.media_group_id
    own_text = bool(said(following)) and not following.reply_to_message and not said(following).startswith("/")
    same_hand = piece.from_user == following.from_user and _same_origin(piece.forward_origin, following.forward_origin)
    return own_text and same_hand and following.date - piece.date <= _CUT_WITHIN


def _same_origin(one: MessageOrigin | None, other: MessageOrigin | None) -> bool:
    """Whether two messages were first written in one go: by the same hand, at the same time."""
    if one is None or other is None:
        return one is other
    return _whose(one) == _whose(other) and abs(other.date - one.date) <= _CUT_WITHIN


def _whose(origin: MessageOrigin) -> tuple[str, object]:
    match origin:
        case MessageOriginChannel(chat=chat) | MessageOriginChat(sender_chat=chat):
            return origin.type, chat.id
        case MessageOriginUser(sender_user=user):
            return origin.type, user.id
        case MessageOriginHiddenUser(sender_user_name=name):
            return origin.type, name
    return origin.type, None
