"""Transcripts: what was said, as JSON, as text and as a page."""

from __future__ import annotations

import html
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import entities as ent
from .backend import Backend

_QUIET = frozenset({"api_error", "bad_token", "webhook_set", "webhook_error", "violation", "fault", "restart"})


class Transcript:
    """A view of a server's journal."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def to_data(self) -> dict[str, Any]:
        """Everything, as plain data."""
        backend = self.backend
        return {
            "bot_api": backend.spec.version,
            "bot": backend.config.bot.username,
            "chats": {str(c.id): {"type": c.type, "name": c.name} for c in backend.world.chats.values()},
            "events": [asdict(e) for e in backend.journal.events],
            "calls": [_call(c) for c in backend.journal.calls],
            "violations": [asdict(v) for v in backend.journal.violations],
            "warnings": list(backend.journal.warnings),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """As JSON; written to a file if a path is given."""
        return _write(json.dumps(self.to_data(), ensure_ascii=False, indent=1, default=str), path)

    def to_text(self, path: str | Path | None = None) -> str:
        """As text for people."""
        lines = [line for event in self.backend.journal.events if (line := self._line(event))]
        for violation in self.backend.journal.violations:
            lines.append(f"VIOLATION {violation}")
        for warning in self.backend.journal.warnings:
            lines.append(f"WARNING {warning}")
        return _write("\n".join(lines) + "\n", path)

    def _line(self, event: Any) -> str:
        chat = self.backend.world.chats.get(event.chat_id or 0)
        stamp = time.strftime("%H:%M:%S", time.localtime(event.time))
        where = f"{stamp} [{chat.name if chat else '-'}]"
        data = event.data
        if event.kind in (
            "user_message",
            "bot_message",
            "user_edit",
            "bot_edit",
            "service",
            "inline_message",
        ):
            body = summary(data["message"])
            who = sender_name(data["message"])
            mark = " (edited)" if event.kind.endswith("_edit") else ""
            return f"{where} #{data['message_id']} {who}{mark}: {body}{_buttons(data.get('reply_markup'))}"
        if event.kind in _QUIET:
            return f"{stamp} -- {event.kind}: {json.dumps(data, ensure_ascii=False)}"
        return f"{where} * {event.kind} {json.dumps(data, ensure_ascii=False)}"

    def to_html(self, path: str | Path | None = None) -> str:
        """As a page that looks like a chat."""
        rows = []
        for event in self.backend.journal.events:
            rows.append(self._row(event))
        problems = "".join(f"<li>{html.escape(str(v))}</li>" for v in [*self.backend.journal.violations, *self.backend.journal.warnings])
        head = f"<p>{html.escape(self.backend.spec.version)} · @{html.escape(self.backend.config.bot.username)}</p>"
        page = _PAGE.format(head=head, problems=f"<ul class=bad>{problems}</ul>" if problems else "", rows="".join(rows))
        return _write(page, path)

    def _row(self, event: Any) -> str:
        data = event.data
        chat = self.backend.world.chats.get(event.chat_id or 0)
        stamp = time.strftime("%H:%M:%S", time.localtime(event.time))
        label = html.escape(chat.name) if chat else ""
        if "message" not in data or not isinstance(data["message"], dict):
            text = html.escape(json.dumps(data, ensure_ascii=False, default=str)[:400])
            return f"<div class=note>{stamp} {label} <b>{event.kind}</b> {text}</div>"
        message = data["message"]
        side = "bot" if event.kind.startswith("bot") else "user"
        text = ent.to_html(
            message.get("text") or message.get("caption") or "",
            message.get("entities") or message.get("caption_entities") or [],
        )
        extra = html.escape(attachment(message))
        reply = message.get("reply_to_message")
        quoted = message.get("quote", {}).get("text") or (summary(reply)[:80] if reply else "")
        quote = f"<div class=quote>{html.escape(quoted)}</div>" if quoted else ""
        keys = "".join(
            "<div>" + "".join(f"<span>{html.escape(b if isinstance(b, str) else b['text'])}</span>" for b in row) + "</div>"
            for row in _rows(data.get("reply_markup"))
        )
        mark = " (edited)" if event.kind.endswith("_edit") else ""
        return (
            f"<div class='msg {side}'><small>{stamp} {label} #{message['message_id']} "
            f"{html.escape(sender_name(message))}{mark}</small>{quote}<div class=text>{text}</div>"
            f"{f'<div class=file>{extra}</div>' if extra else ''}<div class=keys>{keys}</div></div>"
        )


def _call(record: Any) -> dict[str, Any]:
    data = asdict(record)
    data["params"] = {k: v if len(str(v)) < 5000 else f"{str(v)[:5000]}..." for k, v in data["params"].items()}
    return data


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _rows(markup: dict[str, Any] | None) -> list[list[Any]]:
    markup = markup or {}
    return markup.get("inline_keyboard") or markup.get("keyboard") or []


def _buttons(markup: dict[str, Any] | None) -> str:
    rows = _rows(markup)
    if not rows:
        return ""
    return "".join("\n        " + " ".join(f"[{b if isinstance(b, str) else b['text']}]" for b in row) for row in rows)


def sender_name(message: dict[str, Any]) -> str:
    """Who sent a message."""
    sender = message.get("from") or message.get("sender_chat") or {}
    name = sender.get("title") or f"{sender.get('first_name', '?')} {sender.get('last_name', '')}".strip()
    return f"{name} (bot)" if sender.get("is_bot") else str(name)


def attachment(message: dict[str, Any]) -> str:
    """What is attached to a message, in words."""
    parts = []
    if "forward_origin" in message:
        parts.append(f"forwarded from {message['forward_origin']['type']}")
    for kind in ("photo", "document", "audio", "video", "animation", "voice", "video_note", "sticker"):
        if kind in message:
            value = message[kind]
            parts.append(f"{kind} {value.get('file_name', '')}".strip() if isinstance(value, dict) else kind)
    for kind in ("location", "contact", "poll", "dice", "venue", "rich_message"):
        if kind in message:
            parts.append(kind)
    return ", ".join(parts)


def summary(message: dict[str, Any]) -> str:
    """A message in one line."""
    text = message.get("text") or message.get("caption") or ""
    extra = attachment(message)
    service = [k for k in message if k.startswith(("new_chat", "left_chat", "pinned", "migrate", "forum_topic"))]
    body = " ".join(part for part in (f"<{extra}>" if extra else "", text, *service) if part)
    if quote := message.get("quote", {}).get("text"):
        body = f"(quoting {quote!r}) {body}"
    return body


_PAGE = """<!doctype html><meta charset=utf-8><title>Transcript</title><style>
body{{font:15px/1.4 sans-serif;max-width:760px;margin:1em auto;background:#e7ebf0}}
.msg{{background:#fff;border-radius:10px;padding:6px 10px;margin:6px 0;max-width:80%}}
.msg.user{{background:#eeffde;margin-left:auto}}small{{color:#888}}.text{{white-space:pre-wrap}}
.note{{color:#777;font-size:12px;margin:2px 8px;overflow-wrap:anywhere}}.bad{{background:#fdd;padding:8px 24px}}
.quote{{border-left:3px solid #5a9;padding-left:6px;color:#476}}.file{{color:#37a}}
.keys span{{display:inline-block;border:1px solid #9bc;border-radius:6px;padding:2px 8px;margin:2px}}
blockquote{{border-left:3px solid #9bc;margin:2px;padding-left:6px}}
</style>{head}{problems}{rows}
"""
