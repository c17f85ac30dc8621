from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from ingest.extract import (
    MAX_BYTES,
    MAX_CHARACTERS,
    MAX_ENTRIES,
    MAX_NAME,
    MAX_PAGES,
    MAX_UNZIPPED,
    Extracted,
    ExtractReason,
    ExtractRefused,
    Kind,
    extract,
    kind_of,
    read,
)

RUSSIAN = "Мост в Альтоне снова открыт. Работы стоили 7,5 миллиона евро."
UKRAINIAN = "Міст в Альтоні знову відкрито. Роботи коштували 7,5 мільйона євро."
ROMANIAN = "Podul a fost redeschis în luna mai, după 14 luni. Primăriţa şi-a ţinut cuvântul."
ARTICLE = """<!DOCTYPE html>
<html><head><title>Bridge open again | Altona Gazette</title>
<meta property="og:site_name" content="Altona Gazette"><meta property="article:published_time" content="2024-05-03T10:00:00+02:00"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Bridge open again</h1>
<p>On Friday the mayor, Ada Brandt, reopened the bridge of Altona after fourteen months of work on its two piers.</p>
<p>It cost EUR 7.5 million, a million more than the council had been told when the work began.</p>
<p>Buses cross it from Monday, and the ferry that stood in for it makes its last trip on Sunday night.</p>
<table><tr><td>Price of a ticket</td></tr></table></article>
<div id="comments"><p>First!</p></div><footer>Copyright 2021</footer></body></html>"""


def _reason(content: bytes, kind: Kind) -> ExtractReason:
    with pytest.raises(ExtractRefused) as refused:
        read(content, kind)
    return refused.value.reason


@pytest.mark.parametrize(
    ("content", "name", "content_type", "kind"),
    [
        (b"%PDF-1.7\n", "page.html", "text/html", Kind.PDF),
        (b"PK\x03\x04...", "", "", Kind.DOCX),
        (b"\xef\xbb\xbf\n<!doctype HTML>", "notes.txt", "text/plain", Kind.HTML),
        (b"Plain.", "", "text/plain", Kind.TEXT),
        (b"<p>", "index.php", "Text/HTML", Kind.HTML),
        (b"# Bridge", "README.MD", "application/octet-stream", Kind.TEXT),
        (b"<p>", "page.htm", "", Kind.HTML),
    ],
)
def test_a_file_is_what_its_first_bytes_say_then_its_type_then_its_name(content: bytes, name: str, content_type: str, kind: Kind) -> None:
    assert kind_of(content, name, content_type) == kind


@pytest.mark.parametrize(("content", "name"), [(b"GIF89a", "picture.gif"), (b"\xd0\xcf\x11\xe0", "old.doc"), (b"?", "")])
def test_a_file_of_another_kind_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(ExtractRefused) as refused:
        kind_of(content, name)
    assert refused.value.reason == ExtractReason.KIND


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "cp1251"),
        (UKRAINIAN, "cp1251"),
        (ROMANIAN, "cp1250"),
        ("“Open,” she said – at last.", "cp1252"),
    ],
)
def test_a_text_that_does_not_declare_its_charset_is_read_nevertheless(text: str, codec: str) -> None:
    assert read(text.encode(codec), Kind.TEXT) == Extracted(text=text)


@pytest.mark.parametrize(
    ("text", "charset"), [(RUSSIAN, "koi8-r"), (ROMANIAN, "ISO-8859-2"), ("naïve", "iso-8859-1"), (RUSSIAN, "x-mac-cyrillic")]
)
def test_a_text_that_is_not_utf_8_is_read_as_declared(text: str, charset: str) -> None:
    assert read(text.encode(charset.removeprefix("x-")), Kind.TEXT, charset.removeprefix("x-")).text == text


def test_quotation_marks_of_windows_survive_a_page_that_calls_itself_latin_1() -> None:
    assert read("“Open”".encode("cp1252"), Kind.TEXT, "iso-8859-1").text == "“Open”"


@pytest.mark.parametrize("charset", ["", "none", "zip", "unicode_escape", "utf-7", "idna", "\0", "é"])
def test_a_charset_that_no_page_has_is_not_believed(charset: str) -> None:
    assert read(RUSSIAN.encode("cp1251"), Kind.TEXT, charset).text == RUSSIAN


def test_a_broken_byte_does_not_make_another_language_of_utf_8() -> None:
    assert read(RUSSIAN.encode() + b" \xd0.", Kind.TEXT).text == RUSSIAN + " \ufffd."


def test_a_text_that_declares_utf_8_wrongly_is_read_as_it_looks() -> None:
    assert read(RUSSIAN.encode("cp1251"), Kind.TEXT, "utf-8").text == RUSSIAN


def test_line_ends_become_one_kind_and_control_characters_go() -> None:
    assert read(b"One.\r\nTwo.\rTh\x1b\x07ree.\x0cFour.\t5\n", Kind.TEXT).text == "One.\nTwo.\nThree.\nFour.\t5"


def test_bytes_that_are_no_text_are_unreadable() -> None:
    assert _reason(b"\x7fELF\0\0\0", Kind.TEXT) == ExtractReason.UNREADABLE


@pytest.mark.parametrize(
    ("content", "kind"), [(b"", Kind.TEXT), (b" \n--\n", Kind.TEXT), (b"<html><body></body></html>", Kind.HTML), (b"", Kind.HTML)]
)
def test_a_file_without_words_is_empty(content: bytes, kind: Kind) -> None:
    assert _reason(content, kind) == ExtractReason.EMPTY


def test_a_long_text_is_cut_and_says_so() -> None:
    whole = read(b"a" * MAX_CHARACTERS, Kind.TEXT)
    longer = read(b"a" * (MAX_CHARACTERS + 1), Kind.TEXT)
    assert len(whole.text) == len(longer.text) == MAX_CHARACTERS
    assert (whole.cut, longer.cut) == (False, True)


def test_a_page_gives_its_text_title_date_and_site() -> None:
    page = read(ARTICLE.encode(), Kind.HTML)
    assert (page.title, page.published, page.site) == ("Bridge open again", dt.date(2024, 5, 3), "Altona Gazette")
    assert page.text.splitlines()[1].startswith("On Friday the mayor, Ada Brandt, reopened the bridge")
    assert page.text.endswith("makes its last trip on Sunday night.")


@pytest.mark.parametrize("noise", ["Sport", "First!", "Price of a ticket", "Copyright"])
def test_what_stands_around_the_article_is_left_out(noise: str) -> None:
    assert noise not in read(ARTICLE.encode(), Kind.HTML).text


def test_a_page_that_declares_no_date_has_none() -> None:
    undated = ARTICLE.replace("2024-05-03T10:00:00+02:00", "").replace("On Friday", "On 2 May 1999")
    assert read(undated.encode(), Kind.HTML).published is None


@pytest.mark.parametrize(
    "head", ['<meta charset="windows-1251">', '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', ""]
)
def test_a_page_is_read_in_the_charset_it_declares(head: str) -> None:
    page = f"<html><head>{head}<title>Мост</title></head><body><article><p>{RUSSIAN}</p></article></body></html>"
    assert read(page.encode("cp1251"), Kind.HTML).text == RUSSIAN


def test_the_server_is_believed_before_the_page() -> None:
    page = f'<html><head><meta charset="windows-1251"></head><body><article><p>{RUSSIAN}</p></article></body></html>'
    assert read(page.encode("koi8-r"), Kind.HTML, "koi8-r").text == RUSSIAN


def test_a_page_of_xml_is_read() -> None:
    page = f'<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>{RUSSIAN}</p></body></html>'
    assert read(page.encode(), Kind.HTML).text == RUSSIAN


def test_a_title_without_end_is_cut() -> None:
    page = read(ARTICLE.replace("Altona Gazette", "Gazette " * 1000).encode(), Kind.HTML)
    assert page.site and len(page.site) <= MAX_NAME


def _pdf(*pages: str, password: str | None = None, cipher: str = "RC4-128") -> bytes:
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    named = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
    fonts = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): named})})
    writer = PdfWriter()
    for text in pages:
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 10 100 Td ({text}) Tj ET".encode())
        writer.add_blank_page(600, 200).update({NameObject("/Contents"): content, NameObject("/Resources"): fonts})
    writer.add_metadata({"/Title": "The bridge"})
    if password is not None:
        writer.encrypt(password, "of its owner", algorithm=cipher)
    return _saved(writer.write)


def _docx(*paragraphs: str) -> bytes:
    document = docx.Document()
    document.core_properties.title = "The bridge"
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return _saved(document.save)


def _zip(entries: dict[str, bytes]) -> bytes:
    def save(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)

    return _saved(save)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


# By hand, as pypdf needs another package to write one.
def test_a_pdf_gives_its_pages_in_order_and_its_title() -> None:
    assert read(_pdf("The bridge reopened.", "It cost EUR 7.5 million."), Kind.PDF) == Extracted(
        text="The bridge reopened.\nIt cost EUR 7.5 million.", title="The bridge"
    )


def test_a_long_pdf_is_read_to_the_last_page_that_is_allowed_and_says_so() -> None:
    found = read(_pdf(*(f"Page {number}." for number in range(1, MAX_PAGES + 2))), Kind.PDF)
    assert found.text.endswith(f"\nPage {MAX_PAGES}.")
    assert found.cut


@pytest.mark.parametrize("cipher", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_with_a_password_is_refused_as_encrypted(cipher: str) -> None:
    assert _reason(_pdf("Secret.", password="pass", cipher=cipher), Kind.PDF) == ExtractReason.ENCRYPTED


@pytest.mark.parametrize("cipher", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_only_forbids_printing_is_read(cipher: str) -> None:
    assert read(_pdf("The bridge reopened.", password="", cipher=cipher), Kind.PDF).text == "The bridge reopened."


def test_a_pdf_without_text_is_empty() -> None:
    assert _reason(_pdf(""), Kind.PDF) == ExtractReason.EMPTY


@pytest.mark.parametrize("kind", [Kind.PDF, Kind.DOCX])
def test_a_broken_file_is_unreadable(kind: Kind) -> None:
    whole = {Kind.PDF: _pdf("The bridge."), Kind.DOCX: _docx("The bridge.")}[kind]
    assert _reason(whole[: len(whole) // 3], kind) == ExtractReason.UNREADABLE


def test_a_word_document_gives_its_paragraphs_and_its_title() -> None:
    assert read(_docx("The bridge reopened.", RUSSIAN), Kind.DOCX) == Extracted(text=f"The bridge reopened.\n{RUSSIAN}", title="The bridge")


def test_tracked_changes_are_read_as_accepted() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("It cost ")
    for change, text in (("del", "delText"), ("ins", "t")):
        paragraph._p.append(parse_xml(f"<w:{change} {nsdecls('w')}><w:r><w:{text}>{change}</w:{text}></w:r></w:{change}>"))
    paragraph.add_run(" million.")
    assert read(_saved(document.save), Kind.DOCX).text == "It cost ins million."


def test_tables_and_content_controls_are_read_where_they_stand() -> None:
    document = docx.Document()
    document.add_paragraph("Before.")
    document.add_table(1, 2).rows[0].cells[0].text = "In a table."
    run = "<w:r><w:t>{}</w:t></w:r>"
    control = "<w:sdt {} ><w:sdtContent>{}</w:sdtContent></w:sdt>"
    document.element.body.insert(2, parse_xml(control.format(nsdecls("w"), f"<w:p>{run.format('In a control.')}</w:p>")))
    document.add_paragraph("It cost ")._p.append(parse_xml(control.format(nsdecls("w"), run.format("EUR 7.5 million."))))
    assert read(_saved(document.save), Kind.DOCX).text.split("\n") == [
        "Before.",
        "In a table.",
        "",
        "In a control.",
        "It cost EUR 7.5 million.",
    ]


def test_a_text_box_is_read_once() -> None:
    document = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    forms = f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    mc = "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
    run = parse_xml(f"<w:r {nsdecls('w')} {mc}><mc:AlternateContent>{forms}</mc:AlternateContent></w:r>")
    document.add_paragraph("Beside it.")._p.append(run)
    assert read(_saved(document.save), Kind.DOCX).text == "Beside it.\nIn a box."


def test_a_zip_bomb_is_too_large() -> None:
    assert _reason(_zip({"word/document.xml": bytes(MAX_UNZIPPED + 1)}), Kind.DOCX) == ExtractReason.TOO_LARGE


def test_an_archive_of_very_many_files_is_too_large() -> None:
    assert _reason(_zip({f"word/{number}": b"" for number in range(MAX_ENTRIES + 1)}), Kind.DOCX) == ExtractReason.TOO_LARGE


def test_a_zip_bomb_that_lies_about_its_size_is_unreadable() -> None:
    honest = _zip({"[Content_Types].xml": bytes(1_000_000), "word/document.xml": b"<x/>"})
    lying = honest.replace((1_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert _reason(lying, Kind.DOCX) == ExtractReason.UNREADABLE


def test_an_archive_that_is_no_word_document_is_refused_for_its_kind() -> None:
    assert _reason(_zip({"xl/workbook.xml": b"<x/>"}), Kind.DOCX) == ExtractReason.KIND


def test_a_word_document_with_a_password_is_refused_as_encrypted() -> None:
    assert _reason(b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"), Kind.DOCX) == ExtractReason.ENCRYPTED


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(Kind), st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html><p>"]), st.binary(max_size=300))
def test_naughty_bytes_are_read_or_refused_and_never_anything_else(kind: Kind, start: bytes, rest: bytes) -> None:
    try:
        extracted = read(start + rest, kind)
    except ExtractRefused:
        return
    assert Extracted.model_validate_json(extracted.model_dump_json()) == extracted


# From here on the file is read in a process of its own.


def _reader(code: str) -> tuple[str, ...]:
    """The reader, changed by `code` before it starts."""
    return (sys.executable, "-c", f"import os, ingest.extract as reading\n{code}\nreading.main()")


async def _refused(reader: tuple[str, ...], content: bytes = b"words", seconds: float = 20) -> ExtractRefused:
    with pytest.raises(ExtractRefused) as refused:
        await extract(content, "notes.txt", reader=reader, seconds=seconds)
    return refused.value


async def test_a_file_is_read_in_a_process_of_its_own() -> None:
    assert await extract(_docx(RUSSIAN), "bridge.docx") == Extracted(text=RUSSIAN, title="The bridge")


async def test_the_declared_charset_reaches_the_reader() -> None:
    assert (await extract(RUSSIAN.encode("koi8-r"), content_type="text/plain", charset="koi8-r")).text == RUSSIAN


async def test_a_date_survives_the_way_back() -> None:
    assert (await extract(ARTICLE.encode(), content_type="text/html")).published == dt.date(2024, 5, 3)


async def test_a_refusal_survives_the_way_back() -> None:
    with pytest.raises(ExtractRefused) as refused:
        await extract(_pdf("Secret.", password="pass"))
    assert refused.value.reason == ExtractReason.ENCRYPTED


async def test_what_a_parser_prints_does_not_reach_the_answer() -> None:
    noisy = "def noisy(*_):\n print('{')\n os.write(1, b'}')\n return reading.Extracted(text='words')\nreading._read = noisy"
    assert await extract(b"words", "notes.txt", reader=_reader(noisy)) == Extracted(text="words")


async def test_a_reader_that_dies_leaves_the_file_unreadable() -> None:
    refused = await _refused(_reader("reading._read = lambda *_: os.abort()"), bytes(1_000_000))
    assert (refused.reason, refused.details) == (ExtractReason.UNREADABLE, "the reader ended with -6")


async def test_a_reader_that_answers_something_else_leaves_the_file_unreadable() -> None:
    assert (await _refused(("echo", "{}"))).reason == ExtractReason.UNREADABLE


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce the limit on memory")
async def test_a_parser_that_eats_memory_is_stopped() -> None:
    refused = await _refused(_reader("reading._read = lambda *_: bytearray(reading.MEMORY)"))
    assert (refused.reason, refused.details) == (ExtractReason.UNREADABLE, "MemoryError: ''")


async def test_a_parser_that_computes_without_end_is_stopped() -> None:
    refused = await _refused(_reader("reading.SECONDS = 1\nreading._read = lambda *_: sum(iter(int, 1))"))
    assert refused.reason == ExtractReason.UNREADABLE
    assert refused.details.startswith("the reader ended with -")


async def test_the_reader_does_not_know_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_TELEGRAM_TOKEN", "secret")
    telling = _reader("reading._read = lambda *_: reading.Extracted(text=' '.join(os.environ))")
    assert "TOKEN" not in (await extract(b"words", "notes.txt", reader=telling)).text


async def test_a_file_that_is_too_large_is_not_even_given_to_the_reader() -> None:
    assert (await _refused(("no-such-command",), bytes(MAX_BYTES + 1))).reason == ExtractReason.TOO_LARGE


class Hanging:
    """A reader that starts a process and waits for it for ever. Both hold the writing end of a pipe, and we the reading end."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.reader = ("sh", "-c", f"exec 3>'{path}'; echo up >&3; sleep 60 & wait")

    async def says(self, expected: bytes) -> None:
        """Returns when this comes out of the pipe; nothing does when all who could write are gone."""
        async with asyncio.timeout(10):
            while True:
                with suppress(BlockingIOError):
                    if os.read(self.pipe, 100) == expected:
                        return
                await asyncio.sleep(0.01)


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Hanging]:
    hanging = Hanging(tmp_path / "pipe")
    yield hanging
    os.close(hanging.pipe)


async def test_a_parser_that_hangs_is_killed_with_all_it_has_started(hanging: Hanging) -> None:
    refused = await _refused(hanging.reader, bytes(1_000_000), seconds=1)
    assert (refused.reason, refused.details) == (ExtractReason.UNREADABLE, "not read within 1 s")
    await hanging.says(b"up\n")
    await hanging.says(b"")


async def test_a_reading_that_nobody_waits_for_any_more_is_killed(hanging: Hanging) -> None:
    reading = asyncio.create_task(extract(bytes(1_000_000), "notes.txt", reader=hanging.reader))
    await hanging.says(b"up\n")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await hanging.says(b"")
