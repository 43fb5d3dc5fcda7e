"""EML: the mail's headers, its text (the HTML form when there is one) and its attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path

from on_prem_rag.errors import EmptyFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.attachments import Attachment, write_attachments
from on_prem_rag.ingest.converters.blocks import BlockWriter, clean_line
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.html import write_html
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.plain_text import write_text
from on_prem_rag.ingest.detect import EML
from on_prem_rag.ingest.parsed import ParsedDocument

_HEADERS = ("From", "To", "Cc", "Date")
_MAX_PARTS = 2000
# The parser itself calls one function a level.
_MAX_BOUNDARIES = 2000
_WORD = re.compile(r"\w+")
# Beyond this share of words the HTML lacks, the plain form is no mere copy of it.
_MAX_MISSING_WORDS = 0.4


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a mail. Raises UnreadableFile, EmptyFile, FileTooComplex."""
    data = path.read_bytes()
    if not data.strip():
        raise EmptyFile("The file is empty.")
    if data.lower().count(b"boundary=") > _MAX_BOUNDARIES:
        raise FileTooComplex("The mail has too many parts.")
    try:
        message = message_from_bytes(data, policy=policy.default)
    except (MessageError, ValueError, LookupError) as error:
        raise UnreadableFile("The mail is damaged and cannot be read.") from error
    writer = BlockWriter(options)
    subject = _header(message, "Subject")
    write_mail_headers(subject, [(name, _header(message, name)) for name in _HEADERS], writer)
    bodies, attachments = _split(message)
    for body in bodies:
        _write_body(body, writer)
    write_attachments(attachments, writer)
    return writer.document(
        EML, title=subject, author=_header(message, "From"), created=_date(message)
    )


def write_mail_headers(subject: str, fields: list[tuple[str, str]], writer: BlockWriter) -> None:
    """Add the subject as a heading and the other headers a line each."""
    writer.heading(subject, 1)
    for name, value in fields:
        if value:
            writer.paragraph(f"{name}: {value}")


def _header(message: Message, name: str) -> str:
    try:
        return clean_line(str(message.get(name) or ""))
    except (ValueError, LookupError, IndexError, AttributeError, TypeError):
        # The standard library's header parser trips over some malformed headers.
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return clean_line(str(raw))


def _split(message: Message) -> tuple[list[Message], list[Attachment]]:
    """Parts to show as the body, one of each alternative, and the attachments."""
    bodies: list[Message] = []
    attachments: list[Attachment] = []
    for part in _leaves(message):
        name = part.get_filename()
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = _children(part)
            if inner:
                title = _header(inner[0], "Subject") or "message"
                attachments.append(Attachment(f"{title}.eml", _as_bytes(inner[0])))
        elif kind in ("text/plain", "text/html") and not name and not _attached(part):
            bodies.append(part)
        else:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and data and not kind.endswith("-signature"):
                attachments.append(Attachment(name or kind.replace("/", "."), data))
    return bodies, attachments


def _leaves(message: Message) -> Iterator[Message]:
    """Parts that hold content; of alternatives the richest that can be read."""
    stack: list[Message] = [message]
    seen = 0
    while stack:
        part = stack.pop()
        seen += 1
        if seen > _MAX_PARTS:
            raise FileTooComplex(f"The mail has more than {_MAX_PARTS} parts.")
        if not part.is_multipart() or part.get_content_type() == "message/rfc822":
            yield part
        elif part.get_content_type() == "multipart/alternative":
            stack.extend(reversed(_preferred(_children(part))))
        else:
            stack.extend(reversed(_children(part)))


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if part.is_multipart() else []


def _preferred(alternatives: list[Message]) -> list[Message]:
    """The HTML form, with the plain one before it when that says something else; else any."""
    rich = _last(alternatives, ("text/html", "multipart/related", "multipart/mixed"))
    plain = _last(alternatives, ("text/plain",))
    if rich is None or plain is None:
        return [part for part in (rich, plain) if part is not None] or alternatives[-1:]
    if rich.get_content_type() == "text/html" and not _says_the_same(_text(plain), _text(rich)):
        return [plain, rich]
    return [rich]


def _last(parts: list[Message], kinds: tuple[str, ...]) -> Message | None:
    found = [part for part in parts if part.get_content_type() in kinds and not _blank(part)]
    return found[-1] if found else None


def _says_the_same(plain: str, markup: str) -> bool:
    """True when most words of the plain form stand in the HTML form too."""
    words = set(_WORD.findall(plain.lower()))
    missing = words - set(_WORD.findall(unescape(markup).lower()))
    return len(missing) <= len(words) * _MAX_MISSING_WORDS


def _blank(part: Message) -> bool:
    data = None if part.is_multipart() else part.get_payload(decode=True)
    return isinstance(data, bytes) and not data.strip()


def _attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _write_body(part: Message, writer: BlockWriter) -> None:
    if part.get_content_type() == "text/html":
        write_html(_text(part), writer)
    else:
        write_text(_text(part), writer)


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    return decode(data, part.get_content_charset()) if isinstance(data, bytes) else ""


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return str(message.get_payload()).encode("utf-8", "replace")


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(_header(message, "Date"))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
