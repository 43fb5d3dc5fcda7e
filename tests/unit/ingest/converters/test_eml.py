"""Mails: headers, the right alternative, attachments."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from on_prem_rag.errors import EmptyFile
from on_prem_rag.ingest.converters.eml import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument


def read(folder: Path, data: bytes) -> ParsedDocument:
    path = folder / "a.eml"
    path.write_bytes(data)
    return convert(path, ConvertOptions())


def mail(text: str = "The plain lease ends in May.") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Lëase ends", "a@x.org", "b@x.org"
    message["Date"] = "Fri, 01 Mar 2024 10:00:00 +0100"
    message.set_content(text)
    return message


def texts(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text.value) for block in document.blocks]


def test_headers_and_text(tmp_path: Path) -> None:
    document = read(tmp_path, mail().as_bytes())
    assert (document.title, document.author) == ("Lëase ends", "a@x.org")
    assert document.created is not None
    assert document.created.isoformat() == "2024-03-01T09:00:00+00:00"
    assert texts(document) == [
        ("heading", "Lëase ends"),
        ("paragraph", "From: a@x.org"),
        ("paragraph", "To: b@x.org"),
        ("paragraph", "Date: Fri, 01 Mar 2024 10:00:00 +0100"),
        ("paragraph", "The plain lease ends in May."),
    ]


def test_the_html_form_is_taken_alone_when_it_says_the_same(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative("<p>The <b>plain</b> lease ends in May.</p>", subtype="html")
    assert texts(read(tmp_path, message.as_bytes()))[4:] == [
        ("paragraph", "The plain lease ends in May.")
    ]


def test_both_forms_are_taken_when_they_differ(tmp_path: Path) -> None:
    message = mail()
    message.add_alternative("<p>Please view this online</p>", subtype="html")
    assert [text for _, text in texts(read(tmp_path, message.as_bytes()))[4:]] == [
        "The plain lease ends in May.",
        "Please view this online",
    ]


def test_attachments_are_read_by_their_own_converters(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(b"a,b\n1,2\n", "text", "csv", filename="../../etc/rents.csv")
    message.add_attachment(
        b"MZ\x90\x00\x03" + bytes(99), "application", "x-dosexec", filename="tool.exe"
    )
    inner = mail("Inner text.")
    inner.replace_header("Subject", "Forwarded")
    message.add_attachment(inner)
    document = read(tmp_path, message.as_bytes())
    shown = texts(document)[5:]
    assert shown[0] == ("heading", "../../etc/rents.csv")
    assert document.blocks[6].rows[1][1].value == "2"
    assert ("heading", "Forwarded.eml") in shown
    assert shown[-1] == ("paragraph", "Inner text.")
    assert len(document.warnings) == 1
    assert "tool.exe" in document.warnings[0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.eml"]


def test_nesting_ends(tmp_path: Path) -> None:
    message = mail("level 0")
    for level in range(1, 8):
        outer = mail(f"level {level}")
        outer.add_attachment(message)
        message = outer
    document = read(tmp_path, message.as_bytes())
    found = [t for _, t in texts(document) if t.startswith("level")]
    assert found == ["level 7", "level 6", "level 5", "level 4", "level 3"]
    assert any("nested" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: =?utf-8?B?broken?= =?x-unknown?Q?a?=\nDate: never\nTo: <<@@>>\n\nBody text",
        b"Content-Type: multipart/mixed; boundary=never\n\nBody text",
        b"Content-Type: text/plain; charset=no-such\n\nBody text",
    ],
)
def test_malformed_mails_still_give_their_text(tmp_path: Path, data: bytes) -> None:
    assert any("Body text" in text for _, text in texts(read(tmp_path, data)))


def test_an_empty_mail(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read(tmp_path, b" \n")
