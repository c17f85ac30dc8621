"""The bytes of a page or file in, its text out. Alone knows the parsers, and runs them where a hostile file can hurt nobody.

`extract` asks a process of its own (`python -m ingest.extract`), which is bounded in time, memory and computing and ends with
the file; `read` is what that process does. On its standard input come the length of a header, the header and the content;
on its standard output goes what came of it.
"""

from __future__ import annotations

import asyncio
import codecs
import datetime as dt
import io
import logging
import os
import re
import signal
import sys
import zipfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import islice
from pathlib import Path, PurePath

from pydantic import TypeAdapter, ValidationError

from knowledge.domain import Value

# The parsers themselves are imported where they are used: the bot's own process never loads one, and each file loads one at most.

MAX_CHARACTERS = 100_000
MAX_BYTES = 20_000_000
"""What Telegram lets a bot download."""
MAX_PAGES = 60
MAX_UNZIPPED = 50_000_000
MAX_ENTRIES = 2_000
MAX_NAME = 300
"""Of a title or a site, in characters."""
SECONDS = 20
MEMORY = 1_000_000_000
READER = (sys.executable, "-W", "ignore", "-m", "ingest.extract")

_ROOT = Path(__file__).parents[1]


class Kind(StrEnum):
    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CONTENT_TYPES = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/plain": Kind.TEXT,
    "text/markdown": Kind.TEXT,
    "application/pdf": Kind.PDF,
    _WORD: Kind.DOCX,
}
_SUFFIXES = {".html": Kind.HTML, ".htm": Kind.HTML, ".txt": Kind.TEXT, ".md": Kind.TEXT, ".pdf": Kind.PDF, ".docx": Kind.DOCX}
_MAGIC = {b"%pdf-": "application/pdf", b"pk\x03\x04": _WORD, b"<!doctype html": "text/html", b"<html": "text/html"}
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


class Extracted(Value):
    """`cut` where the file says more than `text`. `published` is what a page declares, never a date guessed from its words."""

    text: str
    title: str | None = None
    published: dt.date | None = None
    site: str | None = None
    cut: bool = False


class ExtractReason(StrEnum):
    UNREADABLE = "unreadable"
    """Not what it says it is, broken, or more work than a file may cost."""
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    """There is no text in it, as in a scanned PDF."""
    KIND = "kind"


class ExtractRefused(Exception):
    """The file was not read; `reason` is for the chat, `details` for the log."""

    def __init__(self, reason: ExtractReason, details: str) -> None:
        super().__init__(f"{reason}: {details}")
        self.reason = reason
        self.details = details


class _Header(Value):
    kind: Kind
    charset: str | None


class _Refusal(Value):
    reason: ExtractReason
    details: str


_OUTCOME: TypeAdapter[Extracted | _Refusal] = TypeAdapter(Extracted | _Refusal)


async def extract(
    content: bytes,
    name: str = "",
    content_type: str = "",
    *,
    charset: str | None = None,
    reader: Sequence[str] = READER,
    seconds: float = SECONDS,
) -> Extracted:
    """The text of a file of this name and type; `charset` is what its server declared. `reader` is the command that reads. ExtractRefused."""
    if len(content) > MAX_BYTES:
        raise ExtractRefused(ExtractReason.TOO_LARGE, f"{len(content):,} bytes")
    header = _Header(kind=kind_of(content, name, content_type), charset=charset)
    answer = await _ask(reader, _packed(header, content), seconds)
    try:
        outcome = _OUTCOME.validate_json(answer)
    except ValidationError as exc:
        raise ExtractRefused(ExtractReason.UNREADABLE, f"the reader answered {answer[:100]!r}") from exc
    if isinstance(outcome, _Refusal):
        raise ExtractRefused(outcome.reason, outcome.details)
    return outcome


def kind_of(content: bytes, name: str = "", content_type: str = "") -> Kind:
    """By the content's first bytes, else by its declared type, else by its name. ExtractRefused where none of them says."""
    kind = _CONTENT_TYPES.get(sniffed(content) or content_type.lower()) or _SUFFIXES.get(PurePath(name).suffix.lower())
    if kind is None:
        raise ExtractRefused(ExtractReason.KIND, f"{name!r:.100} of type {content_type!r:.100}")
    return kind


def sniffed(content: bytes) -> str | None:
    """The content type that the first bytes give away."""
    start = content[:1000].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return next((content_type for magic, content_type in _MAGIC.items() if start.startswith(magic)), None)


async def _ask(command: Sequence[str], request: bytes, seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=_ROOT, env=_environment(), start_new_session=True)
    try:
        async with asyncio.timeout(seconds):
            answer, _ = await process.communicate(request)
    except TimeoutError as exc:
        raise ExtractRefused(ExtractReason.UNREADABLE, f"not read within {seconds} s") from exc
    finally:
        await _end(process)
    if process.returncode:
        raise ExtractRefused(ExtractReason.UNREADABLE, f"the reader ended with {process.returncode}")
    return answer


def _environment() -> dict[str, str]:
    """What Python needs to start, and none of our secrets."""
    needed = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
    # Each thread that a numerical library starts unasked takes its share of the memory that the reader may use.
    return {name: os.environ[name] for name in needed if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}


async def _end(process: Process) -> None:
    """The reader, and whatever it has started, if it is still there."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _packed(header: _Header, content: bytes) -> bytes:
    packed = header.model_dump_json().encode()
    return len(packed).to_bytes(4, "big") + packed + content


def _unpacked(request: bytes) -> tuple[_Header, bytes]:
    end = 4 + int.from_bytes(request[:4], "big")
    return _Header.model_validate_json(request[4:end]), request[end:]


def main() -> None:
    """Standard input is read once, standard output written once; what a parser prints meanwhile is lost."""
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable()
    _limit_ourselves()
    header, content = _unpacked(sys.stdin.buffer.read())
    with os.fdopen(answers, "wb") as out:
        out.write(_outcome(header, content).model_dump_json().encode())


def _limit_ourselves() -> None:
    if sys.platform == "win32":
        return
    import resource

    for what, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY)):
        with suppress(ValueError, OSError):  # stricter already, or macOS, which knows the limit on memory and does not let it be set
            resource.setrlimit(what, (most, most))


def _outcome(header: _Header, content: bytes) -> Extracted | _Refusal:
    try:
        return read(content, header.kind, header.charset)
    except ExtractRefused as exc:
        return _Refusal(reason=exc.reason, details=exc.details)


def read(content: bytes, kind: Kind, charset: str | None = None) -> Extracted:
    """In this very process: for files we trust, and for the reader. ExtractRefused."""
    try:
        return _read(content, kind, charset)
    except ExtractRefused:
        raise
    except Exception as exc:  # a parser raises whatever a broken file makes it stumble over
        raise ExtractRefused(ExtractReason.UNREADABLE, f"{type(exc).__name__}: {str(exc)[:200]!a}") from exc


def _read(content: bytes, kind: Kind, charset: str | None) -> Extracted:
    match kind:
        case Kind.TEXT:
            return _extracted(_decoded(content, charset))
        case Kind.HTML:
            return _read_html(_decoded(content, charset or _declared_charset(content)))
        case Kind.PDF:
            return _read_pdf(content)
        case Kind.DOCX:
            return _read_docx(content)


def _read_html(page: str) -> Extracted:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    found = bare_extraction(
        page,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        # Searched extensively, the year of a copyright notice becomes the day of publication.
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if not isinstance(found, Document):
        raise ExtractRefused(ExtractReason.EMPTY, "no text in the page")
    published = dt.date.fromisoformat(found.date) if found.date else None
    return _extracted(found.text or "", title=found.title, published=published, site=found.sitename)


def _read_pdf(content: bytes) -> Extracted:
    from pypdf import PasswordType, PdfReader

    pdf = PdfReader(io.BytesIO(content))
    # Who only forbids printing or copying sets an empty password: every reader opens that file.
    if pdf.is_encrypted and pdf.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise ExtractRefused(ExtractReason.ENCRYPTED, "a PDF with a password")
    text = "\n".join(page.extract_text() for page in islice(pdf.pages, MAX_PAGES))
    return _extracted(text, title=pdf.metadata.title if pdf.metadata else None, cut=len(pdf.pages) > MAX_PAGES)


# Without what was deleted or moved away, and without the second form of a text box, for programs that do not know the first.
_RUNS = ".//w:r[not(ancestor::w:del or ancestor::w:moveFrom or ancestor::*[local-name() = 'Fallback'])]"


def _read_docx(content: bytes) -> Extracted:
    from docx import Document
    from docx.oxml.ns import qn

    if content.startswith(_COMPOUND_FILE) and _ENCRYPTED_PACKAGE in content:  # what becomes of a Word document with a password
        raise ExtractRefused(ExtractReason.ENCRYPTED, "a Word document with a password")
    _check_zip(content)
    document = Document(io.BytesIO(content))
    # `document.paragraphs` leaves out tables, content controls and what was inserted while changes were tracked: a text would lose words unseen.
    lines = dict.fromkeys(document.element.body.iter(qn("w:p")), "")
    for run in document.element.body.xpath(_RUNS):
        lines[next(run.iterancestors(qn("w:p")))] += run.text
    return _extracted("\n".join(lines.values()), title=document.core_properties.title)


def _check_zip(content: bytes) -> None:
    """By the directory of the archive: no more than the size it gives is ever unpacked of an entry."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or size > MAX_UNZIPPED:
        raise ExtractRefused(ExtractReason.TOO_LARGE, f"{len(entries):,} entries of {size:,} bytes")
    if not any(entry.filename.startswith("word/") for entry in entries):
        raise ExtractRefused(ExtractReason.KIND, "an archive that is not a Word document")


def _extracted(
    text: str, *, title: str | None = None, published: dt.date | None = None, site: str | None = None, cut: bool = False
) -> Extracted:
    text = _clean(text)
    if not any(char.isalnum() for char in text):
        raise ExtractRefused(ExtractReason.EMPTY, "no text in the file")
    return Extracted(
        text=text[:MAX_CHARACTERS],
        title=_clean(title or "")[:MAX_NAME] or None,
        published=published,
        site=_clean(site or "")[:MAX_NAME] or None,
        cut=cut or len(text) > MAX_CHARACTERS,
    )


# Control characters but the tab and the line feed, and halves of surrogate pairs, which no encoding can write.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("", "\n".join(text.splitlines())).strip()


_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_CODECS = re.compile(r"cp125\d|cp866|iso8859-\d+|koi8-[ru]|mac-cyrillic")
_RUN_OF_HIGH_BYTES = re.compile(rb"[\x80-\xff]{2,}")
_LOW_BYTES = bytes(range(0x80))


def _declared_charset(page: bytes) -> str | None:
    """Looked for where browsers look for it."""
    found = _META_CHARSET.search(page[:1024])
    return found.group(1).decode("ascii", "replace") if found else None


def _decoded(content: bytes, declared: str | None) -> str:
    """As UTF-8 if it mostly is, else as declared, else as it looks."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise ExtractRefused(ExtractReason.UNREADABLE, "bytes that are no text")
    high = len(content.translate(None, _LOW_BYTES))
    text = content.decode("utf-8-sig", "replace")
    if text.count("\ufffd") * 4 <= high:
        return text
    if declared and (codec := _codec(declared)):
        with suppress(UnicodeDecodeError):
            return content.decode(codec)
    return content.decode(_guessed_codec(content, high), "replace")


def _codec(label: str) -> str | None:
    """Python's name of one of the few encodings that pages in our languages have."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in ("iso8859-1", "ascii"):
        return "cp1252"  # as browsers do: who declares these means that one
    return name if _CODECS.fullmatch(name) else None


def _guessed_codec(content: bytes, high: int) -> str:
    """Cyrillic words are runs of bytes over 127, a Romanian letter stands alone among Latin ones."""
    return "cp1251" if 2 * sum(map(len, _RUN_OF_HIGH_BYTES.findall(content))) > high else "cp1250"


if __name__ == "__main__":
    main()
