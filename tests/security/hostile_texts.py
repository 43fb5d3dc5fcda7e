"""Hostile text: endless words, depths without an end, bytes that are no characters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.security.hostile_archives import FACT, HostileFile


def texts() -> Iterator[HostileFile]:
    """Plain text, Markdown and what claims to be text."""
    for unit in ("x", "a1.", ".", "|", "中", "-"):
        yield HostileFile(f"endless_{ord(unit[0])}.txt", (unit * 200_000).encode()[:200_000], "any")
    yield HostileFile("four_megabytes.txt", b"x" * 4_000_000)
    yield HostileFile("four_megabytes_of_dots.txt", b"." * 4_000_000, long=True)
    yield HostileFile("accents.txt", ("\u0301" * 100_000).encode())
    yield HostileFile("lines_of_accents.txt", ("\u0301\n" * 60_000).encode())
    yield HostileFile("newlines.txt", b"\n" * 1_000_000, "refused")
    yield HostileFile("nothing.txt", b"", "refused")
    yield HostileFile("nothing.pdf", b"", "refused")
    yield HostileFile("nuls.txt", bytes(100_000))
    yield HostileFile("invalid_utf8.txt", b"\xc3\x28\xf8\xff " * 1000 + FACT.encode())
    yield HostileFile("surrogates.txt", b"\xff\xfe" + b"\x00\xd8" * 5000)
    yield HostileFile("only_a_mark.txt", b"\xef\xbb\xbf", "refused")
    yield HostileFile("odd_utf16.txt", b"\xff\xfe" + FACT.encode("utf-16-le") + b"x")
    yield HostileFile("bidirectional.txt", ("\u202e" * 1000 + FACT).encode(), "read")
    yield HostileFile("quotes.md", b"> " * 20_000 + FACT.encode())
    yield HostileFile("links.md", b"[" * 20_000 + FACT.encode())
    yield HostileFile("emphasis.md", b"*a_ " * 20_000 + FACT.encode())
    yield HostileFile("giant_cell.csv", b'a,b\n1,"' + b"y" * 4_000_000 + b'"\n')
    yield HostileFile("columns.csv", b",".join([b"1"] * 200_000))
    yield HostileFile("million_columns.csv", b",".join([b"1"] * 2_000_000), long=True)
    yield HostileFile("open_quote.csv", b'a,b\n"' + b"1,2\n" * 200_000)
    yield HostileFile("deep.json", b"[" * 200_000 + b"]" * 200_000)
    yield HostileFile("deep_objects.json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    yield HostileFile("huge_number.json", b'{"a": ' + b"9" * 200_000 + b"}")
    yield HostileFile("deep.html", b"<div>" * 5_000 + FACT.encode())
    yield HostileFile("attributes.html", b"<p " + b"a=1 " * 100_000 + b">" + FACT.encode())
    yield HostileFile("spans.html", b"<table><tr><td rowspan=9999999 colspan=9999999>x" * 50)


def mails(outside: Path) -> Iterator[HostileFile]:
    """Mails of thousands of parts, of depths, and with attachments named to lie elsewhere."""
    head = b"From: a@example.org\r\nSubject: Lease\r\nMIME-Version: 1.0\r\n"
    mixed = head + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    yield HostileFile("parts.eml", mixed + part * 5_000 + b"--b--\r\n")
    deep = b"Content-Type: text/plain\r\n\r\n" + FACT.encode()
    for number in range(300):
        edge = f"b{number}".encode()
        deep = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--' % (
            edge, edge, deep, edge,
        )  # fmt: skip
    yield HostileFile("deep.eml", head + deep)
    inner = head + b"Content-Type: text/plain\r\n\r\n" + FACT.encode()
    for _ in range(60):
        inner = head + b"Content-Type: message/rfc822\r\n\r\n" + inner
    yield HostileFile("mail_in_mail.eml", inner)
    attachment = (
        b'--b\r\nContent-Type: text/plain; name="%b"\r\nContent-Disposition: attachment; '
        b'filename="%b"\r\n\r\nplanted\r\n'
    )
    for number, name in enumerate((f"../../../..{outside}/mail", f"{outside}/mail", "a\0b\x1b[2J")):
        planted = attachment % (name.encode(), name.encode())
        text = b"--b\r\nContent-Type: text/plain\r\n\r\n" + FACT.encode() + b"\r\n"
        yield HostileFile(f"attachment_{number}.eml", mixed + text + planted + b"--b--\r\n", "read")
    yield HostileFile("headers.eml", b"X-A: b\r\n" * 100_000 + b"\r\n" + FACT.encode())


def rich_texts() -> Iterator[HostileFile]:
    """RTF: groups without an end, lengths that lie."""
    begin = rb"{\rtf1\ansi "
    yield HostileFile("deep_groups.rtf", begin + b"{" * 200_000 + FACT.encode() + b"}" * 200_001)
    yield HostileFile("unclosed.rtf", begin + b"{" * 50_000 + FACT.encode())
    yield HostileFile("binary.rtf", begin + rb"{\pict\bin2147483647 x}" + FACT.encode() + b"}")
    yield HostileFile("controls.rtf", begin + rb"\'zz\u99999999 \fs-999999999 " * 20_000 + b"}")
