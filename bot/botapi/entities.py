"""Formatted text: the HTML, MarkdownV2 and Markdown modes, and entities the server finds by itself.

Offsets and lengths are in UTF-16 code units, as everywhere in the Bot API. The rules (and the wording of the
refusals) follow the documented behaviour of the real server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .errors import bad_request

Entity = dict[str, Any]

MAX_ENTITIES = 100
_PRIORITY = {
    "expandable_blockquote": 0,
    "blockquote": 0,
    "bold": 2,
    "italic": 3,
    "underline": 4,
    "strikethrough": 5,
    "spoiler": 6,
    "text_link": 7,
    "text_mention": 7,
    "pre": 8,
    "code": 9,
}
SPLITTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
MONOSPACE = frozenset({"pre", "code"})
KINDS = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic",
        "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
        "text_link", "text_mention", "custom_emoji", "date_time",
    }
)  # fmt: skip


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units of ``text``."""
    return len(text) + sum(1 for c in text if c > "\uffff")


def utf16_slice(text: str, offset: int, length: int) -> str:
    """The part of ``text`` that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


@dataclass(slots=True)
class FormattedText:
    """Text as it ends up in a message, with notes on what the server dropped silently."""

    text: str
    entities: list[Entity] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


# -- links ---------------------------------------------------------------------------------------


def checked_link(link: str) -> str | None:
    """Normalise a link; ``None`` when the server would not accept it."""
    link = link.strip()
    lowered = link.lower()
    for scheme in ("tonsite", "ton", "tg"):
        if lowered.startswith(scheme + ":"):
            rest = link[len(scheme) + 1 :].removeprefix("//")
            host = re.split(r"[/?#]", rest, maxsplit=1)[0]
            if not host or not re.fullmatch(r"[A-Za-z0-9_.-]+" if scheme == "tonsite" else r"[\w-]+", host, re.ASCII):
                return None
            return f"{scheme}://{rest}"
    if "://" in link and not lowered.startswith(("http://", "https://")):
        return None
    if not lowered.startswith(("http://", "https://")):
        link = "http://" + link
    if re.search(r"\s", link):
        return None
    try:
        parts = urlsplit(link)
        _ = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if "." not in host and ":" not in host:
        return None
    netloc = parts.netloc
    if "@" not in netloc:
        netloc = netloc.lower()
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{netloc}{path}{query}{fragment}"


def link_user_id(link: str) -> int | None:
    """The user id of a ``tg://user?id=...`` link."""
    m = re.match(r"tg:(?://)?user/?\?id=(\d+)\Z", link, re.IGNORECASE)
    return int(m[1]) if m else None


# -- HTML ----------------------------------------------------------------------------------------

_TAGS = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "s",
        "strike",
        "del",
        "u",
        "ins",
        "tg-spoiler",
        "tg-emoji",
        "tg-time",
        "span",
        "pre",
        "code",
        "blockquote",
    ]
)
_SIMPLE = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler",
}  # fmt: skip
_CHARREF = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot)(?![A-Za-z]));?")


def _decode_reference(text: str, pos: int) -> tuple[str, int] | None:
    m = _CHARREF.match(text, pos)
    if not m:
        return None
    if m[3]:
        return {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[m[3]], m.end()
    code = int(m[1], 16) if m[1] else int(m[2])
    if code == 0 or code >= 0x10FFFF or m.end() - pos > 10:
        return None
    return chr(code), m.end()


def _unescape(text: str) -> str:
    out: list[str] = []
    pos = 0
    while pos < len(text):
        if text[pos] == "&" and (ref := _decode_reference(text, pos)):
            out.append(ref[0])
            pos = ref[1]
        else:
            out.append(text[pos])
            pos += 1
    return "".join(out)


def _at(text: str, pos: int) -> int:
    return len(text[:pos].encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    start: int  # position in the list of output characters
    unix: int = 0
    byte_offset: int = 0


def parse_html(source: str) -> FormattedText:
    """Parse the HTML parse mode."""
    out: list[str] = []
    entities: list[Entity] = []
    dropped: list[str] = []
    stack: list[_Open] = []
    offset = 0
    pos = 0
    size = len(source)
    while pos < size:
        char = source[pos]
        if char == "&" and (ref := _decode_reference(source, pos)):
            out.append(ref[0])
            offset += 2 if ref[0] > "\uffff" else 1
            pos = ref[1]
            continue
        if char != "<":
            out.append(char)
            offset += 2 if char > "\uffff" else 1
            pos += 1
            continue
        if source.startswith("</", pos):
            pos = _html_end_tag(source, pos, stack, entities, dropped, out, offset)
        else:
            pos = _html_start_tag(source, pos, stack, offset, len(out))
    if stack:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    text = "".join(out)
    if any("\ud800" <= c <= "\udfff" for c in text):
        try:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise _unparsable(
                "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
            ) from None
    return FormattedText(text, entities, dropped)


def _html_start_tag(source: str, begin: int, stack: list[_Open], offset: int, start: int) -> int:
    size = len(source)
    pos = begin + 1
    while pos < size and not source[pos].isspace() and source[pos] != ">":
        pos += 1
    if pos >= size:
        raise _unparsable(f"Unclosed start tag at byte offset {_at(source, begin)}")
    tag = source[begin + 1 : pos].lower()
    if tag not in _TAGS:
        raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {_at(source, begin)}')
    opened = _Open(tag, "", offset, start)
    where = f"at byte offset {_at(source, begin)}"
    while True:
        while pos < size and source[pos].isspace():
            pos += 1
        if pos < size and source[pos] == ">":
            break
        name_start = pos
        while pos < size and not source[pos].isspace() and source[pos] not in "=>/\"'":
            pos += 1
        name = source[name_start:pos]
        if not name:
            raise _unparsable(f'Empty attribute name in the tag "{tag}" {where}')
        while pos < size and source[pos].isspace():
            pos += 1
        if pos >= size:
            raise _unparsable(f'Unclosed start tag "{tag}" {where}')
        if source[pos] != "=":
            if tag == "blockquote" and name == "expandable":
                opened.argument = "1"
            continue
        pos += 1
        while pos < size and source[pos].isspace():
            pos += 1
        if pos >= size:
            raise _unparsable(f'Unclosed start tag "{tag}" {where}')
        if source[pos] in "\"'":
            quote = source[pos]
            end = source.find(quote, pos + 1)
            if end < 0 or end + 1 >= size:
                raise _unparsable(f"Unclosed start tag {where}")
            value = _unescape(source[pos + 1 : end])
            pos = end + 1
        else:
            token = pos
            while pos < size and ((source[pos].isascii() and source[pos].isalnum()) or source[pos] in ".-"):
                pos += 1
            value = source[token:pos].lower()
            if pos < size and not source[pos].isspace() and source[pos] != ">":
                raise _unparsable(f"Unexpected end of name token at byte offset {_at(source, token)}")
            if pos >= size:
                raise _unparsable(f"Unclosed start tag {where}")
        if tag == "a" and name == "href":
            opened.argument = value
        elif tag == "code" and name == "class" and value.startswith("language-"):
            opened.argument = value[9:]
        elif tag == "span" and name == "class" and value.startswith("tg-"):
            opened.argument = value[3:]
        elif (tag == "tg-emoji" and name == "emoji-id") or (tag == "tg-time" and name == "format"):
            opened.argument = value
        elif tag == "blockquote" and name == "expandable":
            opened.argument = "1"
        elif tag == "tg-time" and name == "unix":
            opened.unix = int(value) if re.fullmatch(r"-?\d+", value) else 0
    if tag == "span" and opened.argument != "spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" {where}')
    stack.append(opened)
    return pos + 1


def _html_end_tag(
    source: str,
    begin: int,
    stack: list[_Open],
    entities: list[Entity],
    dropped: list[str],
    out: list[str],
    offset: int,
) -> int:
    size = len(source)
    if not stack:
        raise _unparsable(f"Unexpected end tag at byte offset {_at(source, begin)}")
    pos = begin + 2
    while pos < size and not source[pos].isspace() and source[pos] != ">":
        pos += 1
    name = source[begin + 2 : pos].lower()
    while pos < size and source[pos].isspace():
        pos += 1
    if pos >= size or source[pos] != ">":
        raise _unparsable(f"Unclosed end tag at byte offset {_at(source, begin)}")
    opened = stack[-1]
    if name and name != opened.tag:
        raise _unparsable(f'Unmatched end tag at byte offset {_at(source, begin)}, expected "</{opened.tag}>", found "</{name}>"')
    stack.pop()
    length = offset - opened.offset
    if length <= 0:
        return pos + 1
    entity: Entity = {"offset": opened.offset, "length": length}
    last = entities[-1] if entities else None
    same = last is not None and last["offset"] == opened.offset and last["length"] == length
    if opened.tag in _SIMPLE:
        entity["type"] = _SIMPLE[opened.tag]
    elif opened.tag == "blockquote":
        entity["type"] = "expandable_blockquote" if opened.argument else "blockquote"
    elif opened.tag == "tg-emoji":
        if not re.fullmatch(r"-?\d+", opened.argument) or int(opened.argument) == 0:
            raise _unparsable("Invalid custom emoji identifier specified")
        entity |= {"type": "custom_emoji", "custom_emoji_id": opened.argument}
    elif opened.tag == "tg-time":
        if opened.unix <= 0:
            return pos + 1
        entity |= {"type": "date_time", "unix_time": opened.unix}
        if opened.argument:
            entity["date_time_format"] = opened.argument
    elif opened.tag == "a":
        made = _link_entity(opened.argument or "".join(out[opened.start :]), dropped)
        if made is None:
            return pos + 1
        entity |= made
    elif opened.tag == "pre":
        if same and last is not None and last["type"] == "code" and last.get("language"):
            last["type"] = "pre"
            return pos + 1
        entity["type"] = "pre"
    else:  # code
        if same and last is not None and last["type"] == "pre" and opened.argument:
            last["language"] = opened.argument
            return pos + 1
        entity["type"] = "code"
        if opened.argument:
            entity["language"] = opened.argument
    entities.append(entity)
    return pos + 1


def _link_entity(link: str, dropped: list[str]) -> Entity | None:
    user_id = link_user_id(link)
    if user_id is not None:
        return {"type": "text_mention", "user": {"id": user_id}}
    url = checked_link(link)
    if url is None:
        dropped.append(f"link {link!r} is not a valid URL and was dropped from the text")
        return None
    return {"type": "text_link", "url": url}


def _unparsable(message: str) -> Exception:
    return bad_request("can't parse entities: " + message, limit=True)


# -- MarkdownV2 ----------------------------------------------------------------------------------

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_V2_NAMES = {
    "bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough",
    "spoiler": "Spoiler", "code": "Code", "pre": "Pre", "pre_code": "PreCode", "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji", "blockquote": "BlockQuote",
}  # fmt: skip


class _MarkdownV2:
    """One pass over a MarkdownV2 text."""

    def __init__(self, source: str) -> None:
        self.src = source
        self.out: list[str] = []
        self.offset = 0
        self.entities: list[Entity] = []
        self.dropped: list[str] = []
        self.stack: list[_Open] = []
        self.in_quote = False
        self.may_quote = True

    def ch(self, pos: int) -> str:
        return self.src[pos] if pos < len(self.src) else "\0"

    def emit(self, char: str) -> None:
        self.out.append(char)
        self.offset += 2 if char > "\uffff" else 1

    def unclosed(self) -> Exception:
        top = self.stack[-1]
        return _unparsable(f"Can't find end of {_V2_NAMES[top.tag]} entity at byte offset {top.byte_offset}")

    def parse(self) -> FormattedText:
        src = self.src
        pos = 0
        while pos < len(src):
            char = src[pos]
            if char == "\\" and "\0" < self.ch(pos + 1) <= "~":
                pos += 1
                self.emit(src[pos])
                if src[pos] != "\r":
                    self.may_quote = src[pos] == "\n"
                pos += 1
                continue
            mono = bool(self.stack) and self.stack[-1].tag in ("code", "pre", "pre_code")
            if char != "`" if mono else char not in _RESERVED:
                self.emit(char)
                if char != "\r":
                    self.may_quote = False
                pos += 1
                continue
            pos = self.close(pos) if self.is_end(pos) else self.open(pos)
        self.finish()
        return FormattedText("".join(self.out), self.entities, self.dropped)

    def is_end(self, pos: int) -> bool:
        if not self.stack:
            return False
        char = self.src[pos]
        if self.in_quote and char == "\n" and self.ch(pos + 1) != ">":
            return True
        tag = self.stack[-1].tag
        if tag == "italic":
            return char == "_" and self.ch(pos + 1) != "_"
        marks = {
            "bold": "*", "code": "`", "pre": "```", "pre_code": "```", "text_link": "]", "underline": "__",
            "strikethrough": "~", "spoiler": "||", "custom_emoji": "]",
        }  # fmt: skip
        return tag in marks and self.src.startswith(marks[tag], pos)

    def reserved(self, char: str) -> Exception:
        return _unparsable(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def open(self, pos: int) -> int:
        src, char, start = self.src, self.src[pos], pos
        argument = ""
        if char == "_":
            tag = "underline" if self.ch(pos + 1) == "_" else "italic"
            pos += 1 if tag == "underline" else 0
        elif char == "*":
            tag = "bold"
        elif char == "~":
            tag = "strikethrough"
        elif char == "|" and self.ch(pos + 1) == "|":
            tag = "spoiler"
            pos += 1
        elif char == "[":
            tag = "text_link"
        elif char == "`":
            if src.startswith("```", pos):
                tag = "pre"
                pos += 3
                end = pos
                while end < len(src) and not src[end].isspace() and src[end] != "`":
                    end += 1
                if end != pos and end < len(src) and src[end] != "`":
                    tag, argument, pos = "pre_code", src[pos:end], end
                if self.ch(pos) in "\r\n":
                    pos += 2 if self.ch(pos + 1) in "\r\n" and self.ch(pos) != self.ch(pos + 1) else 1
                pos -= 1
            else:
                tag = "code"
        elif char == "!" and self.ch(pos + 1) == "[":
            tag = "custom_emoji"
            pos += 1
        elif char == "\n":
            self.emit("\n")
            self.may_quote = True
            return pos + 1
        elif char == ">" and self.may_quote:
            if self.in_quote:
                return pos + 1
            self.in_quote = True
            tag = "blockquote"
        else:
            raise self.reserved(char)
        self.stack.append(_Open(tag, argument, self.offset, len(self.out), byte_offset=_at(src, start)))
        return pos + 1

    def close(self, pos: int) -> int:
        char = self.src[pos]
        top = self.stack[-1]
        tag = top.tag
        if char == "\n" and tag != "blockquote":
            here = _at(self.src, pos)
            crlf = top.byte_offset == here - 3 and bool(self.out) and self.out[-1] == "\r"
            if tag != "spoiler" or not (top.byte_offset == here - 2 or crlf):
                raise self.unclosed()
            self.stack.pop()
            top = self.stack[-1]
            if top.tag != "blockquote":
                raise self.unclosed()
            tag = "expandable_blockquote"
        entity: Entity | None = {"type": tag}
        keep = self.offset != top.offset
        if tag in ("underline", "spoiler"):
            pos += 1
        elif tag in ("pre", "pre_code"):
            pos += 2
            entity = {"type": "pre"} | ({"language": top.argument} if top.argument else {})
        elif tag == "text_link":
            if self.ch(pos + 1) == "(":
                url, pos = self.url(pos + 2)
            else:
                url = "".join(self.out[top.start :])
            entity = _link_entity(url, self.dropped) if keep else None
        elif tag == "custom_emoji":
            if self.ch(pos + 1) != "(":
                raise _unparsable("The entity must contain a tg://emoji or tg://time URL")
            url, pos = self.url(pos + 2)
            entity = _special_link(url)
        elif tag in ("blockquote", "expandable_blockquote"):
            self.in_quote = False
            self.emit("\n")
            self.may_quote = True
            keep = True
        self.stack.pop()
        if keep and entity is not None:
            self.entities.append(entity | {"offset": top.offset, "length": self.offset - top.offset})
        return pos + 1

    def url(self, pos: int) -> tuple[str, int]:
        begin = pos
        url = []
        while pos < len(self.src) and self.src[pos] != ")":
            if self.src[pos] == "\\" and "\0" < self.ch(pos + 1) <= "~":
                pos += 1
            url.append(self.src[pos])
            pos += 1
        if pos >= len(self.src):
            raise _unparsable(f"Can't find end of a URL at byte offset {_at(self.src, begin)}")
        return "".join(url), pos

    def finish(self) -> None:
        if self.in_quote and self.stack:
            tag = "blockquote"
            if self.stack[-1].tag == "spoiler" and self.stack[-1].byte_offset == _at(self.src, len(self.src)) - 2:
                self.stack.pop()
                tag = "expandable_blockquote"
            if self.stack and self.stack[-1].tag == "blockquote":
                top = self.stack.pop()
                if self.offset > top.offset:
                    self.entities.append({"type": tag, "offset": top.offset, "length": self.offset - top.offset})
        if self.stack:
            raise self.unclosed()


def _special_link(url: str) -> Entity:
    if m := re.fullmatch(r"tg:(?://)?emoji/?\?id=(\d+)", url):
        return {"type": "custom_emoji", "custom_emoji_id": m[1]}
    if m := re.fullmatch(r"tg:(?://)?time/?\?unix=(\d+)(?:&format=(.*))?", url):
        entity: Entity = {"type": "date_time", "unix_time": int(m[1])}
        if m[2]:
            entity["date_time_format"] = m[2]
        return entity
    raise _unparsable("Invalid tg://emoji or tg://time URL specified")


def parse_markdown_v2(source: str) -> FormattedText:
    """Parse the MarkdownV2 parse mode."""
    return _MarkdownV2(source).parse()


# -- Markdown (legacy) ---------------------------------------------------------------------------


def parse_markdown(source: str) -> FormattedText:
    """Parse the legacy Markdown parse mode."""
    out: list[str] = []
    entities: list[Entity] = []
    dropped: list[str] = []
    offset = 0
    pos = 0
    size = len(source)
    while pos < size:
        char = source[pos]
        if char == "\\" and pos + 1 < size and source[pos + 1] in "_*`[":
            out.append(source[pos + 1])
            offset += 1
            pos += 2
            continue
        if char not in "_*`[":
            out.append(char)
            offset += 2 if char > "\uffff" else 1
            pos += 1
            continue
        begin = pos
        end_mark = "]" if char == "[" else char
        pos += 1
        language = ""
        if source.startswith("```", begin):
            end_mark = "```"
            pos = begin + 3
            if m := re.compile(r"([^\s`]+)(?=\s)").match(source, pos):
                language = m[1]
                pos = m.end()
            if m := re.compile(r"\r\n|\n\r|\n|\r").match(source, pos):
                pos = m.end()
        end = source.find(end_mark, pos)
        if end < 0:
            raise _unparsable(f"Can't find end of the entity starting at byte offset {_at(source, begin)}")
        inner = source[pos:end]
        length = utf16_length(inner)
        entity: Entity | None = None
        if char == "[":
            url = inner
            pos = end + 1
            if source.startswith("(", pos):
                close = source.find(")", pos)
                close = size if close < 0 else close
                url = source[pos + 1 : close]
                pos = close + 1
            entity = _link_entity(url, dropped) if length else None
        else:
            pos = end + len(end_mark)
            kind = {"_": "italic", "*": "bold"}.get(char, "pre" if len(end_mark) == 3 else "code")
            entity = {"type": kind} | ({"language": language} if language else {})
        if length and entity is not None:
            entities.append(entity | {"offset": offset, "length": length})
        out.append(inner)
        offset += length
    return FormattedText("".join(out), entities, dropped)


# -- entities found by the server ----------------------------------------------------------------

_TLDS = (
    "com org net edu gov mil int info biz name pro xyz online site store tech app dev blog club shop live news "
    "media wiki page link space website world today email agency cloud digital life one top vip work io ai co me "
    "tv cc us uk ro md de fr it es pt nl be ch at pl cz sk hu bg gr tr ua ru by lt lv ee fi se no dk is ie eu in "
    "cn jp kr br ar mx ca au nz za il ae ir pk id my sg th vn ph hk tw py sh to ly gg so am fm rs hr si ba mk al"
)
_TLD = "|".join(sorted(_TLDS.split(), key=len, reverse=True))
_URL = re.compile(
    rf"(?<![\w@./-])(?:(?:https?|ftp|tonsite)://[^\s<>\"«»]+"
    rf"|(?:[\w-]+\.)+(?:{_TLD})(?![\w-])(?::\d+)?(?:[/?#][^\s<>\"«»]*)?)",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,20}(?![\w-])")
_MENTION = re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)")
_HASHTAG = re.compile(r"(?<![\w#])#(?=\w{0,255}[^\W\d])\w{1,256}(?:@[A-Za-z]\w{3,31})?")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?!\w)")
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")


def find_entities(text: str) -> list[Entity]:
    """URLs, e-mail addresses, mentions, hashtags, cashtags and bot commands in plain text."""
    if not any(c in text for c in ".@#$/"):
        return []
    found: list[tuple[int, int, str]] = []

    def add(start: int, end: int, kind: str) -> None:
        if all(end <= s or start >= e for s, e, _ in found):
            found.append((start, end, kind))

    for m in _EMAIL.finditer(text):
        add(m.start(), m.end(), "email")
    for m in _URL.finditer(text):
        url = m[0].rstrip(".,;:!?'`…)]}”’" if "(" not in m[0] else ".,;:!?'`…]}”’")
        if "://" not in url or checked_link(url) or url.lower().startswith(("ftp://", "tonsite://")):
            add(m.start(), m.start() + len(url), "url")
    for pattern, kind in (
        (_MENTION, "mention"),
        (_COMMAND, "bot_command"),
        (_HASHTAG, "hashtag"),
        (_CASHTAG, "cashtag"),
    ):
        for m in pattern.finditer(text):
            add(m.start(), m.end(), kind)
    found.sort()
    result: list[Entity] = []
    position = offset = 0
    for start, end, kind in found:
        offset += utf16_length(text[position:start])
        length = utf16_length(text[start:end])
        result.append({"type": kind, "offset": offset, "length": length})
        position, offset = end, offset + length
    return result


# -- putting it together -------------------------------------------------------------------------


def format_text(text: str, parse_mode: str | None = None, entities: list[Entity] | None = None, *, detect: bool = True) -> FormattedText:
    """Parse, check, trim and complete a text as the server does before it stores a message."""
    mode = (parse_mode or "").lower()
    if text and mode and mode != "none":
        parsers = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}
        if mode not in parsers:
            raise bad_request("unsupported parse_mode", limit=True)
        result = parsers[mode](text)
    else:
        result = FormattedText(text, [dict(e) for e in entities or () if e.get("type") in KINDS])
        _check_offsets(result.text, result.entities)
    _clean(result)
    if detect:
        _merge_found(result)
    result.entities.sort(key=_order)
    if len(result.entities) > MAX_ENTITIES:
        result.dropped.append(f"{len(result.entities) - MAX_ENTITIES} entities over the limit of {MAX_ENTITIES}")
        del result.entities[MAX_ENTITIES:]
    return result


def _order(entity: Entity) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], _PRIORITY.get(entity["type"], 10)


def _check_offsets(text: str, entities: list[Entity]) -> None:
    size = utf16_length(text)
    for entity in entities:
        offset, length = entity.get("offset", 0), entity.get("length", 0)
        if not isinstance(offset, int) or offset < 0 or offset > 1000000:
            raise bad_request(f"receive an entity with incorrect offset {offset}", limit=True)
        if not isinstance(length, int) or length < 0 or length > 1000000:
            raise bad_request(f"receive an entity with incorrect length {length}", limit=True)
        if offset >= size and length:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}", limit=True)
        if offset + length > size:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {offset + length}",
                limit=True,
            )
    entities[:] = [e for e in entities if e.get("length")]


def _clean(result: FormattedText) -> None:
    """Drop control characters, trim, and untangle nested entities."""
    text = result.text
    if any(c < " " and c != "\n" for c in text):
        units = [0]  # units[i]: where the i-th UTF-16 code unit of the source ends up
        for char in text:
            units.append(units[-1] + (char != "\r"))
            if char > "\uffff":
                units.append(units[-1] + 1)
        for entity in result.entities:
            start, end = entity["offset"], entity["offset"] + entity["length"]
            entity["offset"], entity["length"] = units[start], units[end] - units[start]
        text = "".join(" " if c < " " and c != "\n" else c for c in text if c != "\r")
    _untangle(result)
    stripped = text.rstrip(" \n\t\u00a0")
    size = utf16_length(stripped)
    for entity in result.entities:
        entity["length"] = min(entity["length"], size - entity["offset"])
    result.entities = [e for e in result.entities if e["length"] > 0]
    first = min((e["offset"] for e in result.entities), default=len(stripped))
    lead = 0
    while lead < min(first, len(stripped)) and stripped[lead] in " \n":
        lead += 1
    if lead:
        for entity in result.entities:
            entity["offset"] -= lead
    result.text = stripped[lead:]
    visible = result.text
    result.entities = [e for e in result.entities if utf16_slice(visible, e["offset"], e["length"]).strip() or e["type"] in MONOSPACE]


def _untangle(result: FormattedText) -> None:
    """Nothing nests inside code and pre; adjacent equal styles are one entity."""
    mono = [e for e in result.entities if e["type"] in MONOSPACE]
    others = [e for e in result.entities if e["type"] not in MONOSPACE]
    merged: list[Entity] = []
    for entity in sorted(others, key=lambda e: (e["type"], e["offset"])):
        last = merged[-1] if merged else None
        if (
            last is not None
            and entity["type"] in SPLITTABLE
            and last["type"] == entity["type"]
            and entity["offset"] <= last["offset"] + last["length"]
        ):
            end = max(last["offset"] + last["length"], entity["offset"] + entity["length"])
            last["length"] = end - last["offset"]
        else:
            merged.append(entity)
    final: list[Entity] = list(mono)
    for entity in merged:
        pieces = [(entity["offset"], entity["offset"] + entity["length"])]
        if entity["type"] in SPLITTABLE:
            for block in mono:
                start, end = block["offset"], block["offset"] + block["length"]
                pieces = (
                    [piece for a, b in pieces for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
                    if any(a < end and b > start for a, b in pieces)
                    else pieces
                )
        final.extend(entity | {"offset": a, "length": b - a} for a, b in pieces)
    result.entities = sorted(final, key=_order)


def _merge_found(result: FormattedText) -> None:
    blocked = [
        (e["offset"], e["offset"] + e["length"])
        for e in result.entities
        if e["type"] not in SPLITTABLE and e["type"] not in ("blockquote", "expandable_blockquote")
    ]
    for entity in find_entities(result.text):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if all(end <= a or start >= b for a, b in blocked):
            result.entities.append(entity)


def to_html(text: str, entities: list[Entity]) -> str:
    """Render text and entities as HTML (for transcripts; the inverse of :func:`parse_html`)."""
    raw = text.encode("utf-16-le", "surrogatepass")
    opens: dict[int, list[Entity]] = {}
    closes: dict[int, list[Entity]] = {}
    for entity in sorted(entities, key=_order):
        opens.setdefault(entity["offset"], []).append(entity)
        closes.setdefault(entity["offset"] + entity["length"], []).insert(0, entity)
    out: list[str] = []
    points = sorted({0, len(raw) // 2, *opens, *closes})
    for index, point in enumerate(points):
        out.extend(f"</{_tag(e)[0]}>" for e in closes.get(point, ()) if _tag(e)[0])
        out.extend(f"<{_tag(e)[1]}>" for e in opens.get(point, ()) if _tag(e)[0])
        if index + 1 < len(points):
            piece = raw[point * 2 : points[index + 1] * 2].decode("utf-16-le", "replace")
            out.append(piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return "".join(out)


def _tag(entity: Entity) -> tuple[str, str]:
    kind = entity["type"]
    simple = {
        "bold": "b",
        "italic": "i",
        "underline": "u",
        "strikethrough": "s",
        "code": "code",
        "pre": "pre",
    }
    if kind in simple:
        return simple[kind], simple[kind]
    if kind == "spoiler":
        return "tg-spoiler", "tg-spoiler"
    if kind == "blockquote":
        return "blockquote", "blockquote"
    if kind == "expandable_blockquote":
        return "blockquote", "blockquote expandable"
    if kind == "text_link":
        href = str(entity["url"]).replace("&", "&amp;").replace('"', "&quot;")
        return "a", f'a href="{href}"'
    return "", ""
