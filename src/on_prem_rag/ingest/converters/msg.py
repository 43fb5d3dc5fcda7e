"""MSG (Outlook): headers, the text in its richest readable form, and attachments."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from pathlib import Path

from oxmsg import Message
from oxmsg.attachment import Attachment as MsgAttachment
from oxmsg.domain import constants as oxmsg_constants

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.attachments import Attachment, write_attachments
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.eml import write_mail_headers
from on_prem_rag.ingest.converters.html import write_html
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.plain_text import write_text
from on_prem_rag.ingest.converters.rtf import write_rtf
from on_prem_rag.ingest.converters.rtf_compressed import decompress
from on_prem_rag.ingest.detect import MSG
from on_prem_rag.ingest.parsed import ParsedDocument

_RTF_COMPRESSED = 0x1009
_ASSUMED, _UTF_8 = "iso-8859-15", 65001
# What the library raises when a property is absent, cut short or in an encoding it does not know.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read an Outlook message. Raises UnreadableFile, FileTooComplex."""
    try:
        message = Message.load(str(path))
        subject = _legible(message, message.subject)
    except _DAMAGE as error:
        raise UnreadableFile("The mail is damaged and cannot be read.") from error
    writer = BlockWriter(options)
    headers = {name.lower(): value for name, value in _safe_headers(message).items()}
    sender = _decoded(_safe_text(message, "sender"))
    sent = _sent(message)
    fields = [
        ("From", sender),
        ("To", _decoded(headers.get("to", "")) or _recipients(message)),
        ("Cc", _decoded(headers.get("cc", ""))),
        ("Date", headers.get("date") or (sent.isoformat(sep=" ") if sent else "")),
    ]
    write_mail_headers(subject, fields, writer)
    _write_body(message, writer)
    found = [_attachment(each, writer) for each in _attachments(message)]
    write_attachments([each for each in found if each.data], writer)
    return writer.document(MSG, title=subject, author=sender, created=sent)


def _write_body(message: Message, writer: BlockWriter) -> None:
    markup = _safe_text(message, "html_body")
    if markup.strip():
        write_html(markup, writer)
        return
    text = _safe_text(message, "body")
    if text.strip():
        write_text(text, writer)
        return
    try:
        packed = message.properties.binary_prop_value(_RTF_COMPRESSED)
    except _DAMAGE:
        packed = None
    if packed:
        write_rtf(decompress(packed), writer)


def _safe_text(message: Message, name: str) -> str:
    try:
        value = getattr(message, name)
    except _DAMAGE:
        return ""
    return _legible(message, value) if isinstance(value, str) else ""


def _legible(message: Message, text: str) -> str:
    """``text`` in the code page of the mail's body where the library took it for Latin-9.

    Older Outlooks store 8-bit strings and say their code page only for the body.
    """
    try:
        page = message.properties.int_prop_value(oxmsg_constants.PID_INTERNET_CODEPAGE)
        if message.properties.string_props_are_unicode or not page:
            return text
        return text.encode(_ASSUMED).decode("utf-8" if page == _UTF_8 else f"cp{page}")
    except _DAMAGE:
        return text


def _decoded(header: str) -> str:
    """A header of the transport with its encoded words (RFC 2047) made readable."""
    try:
        return str(make_header(decode_header(header)))
    except (*_DAMAGE, HeaderParseError):
        return header


def _safe_headers(message: Message) -> dict[str, str]:
    try:
        return message.message_headers
    except _DAMAGE:
        return {}


def _recipients(message: Message) -> str:
    try:
        people = (f"{each.name} <{each.email_address}>" for each in message.recipients)
        return _legible(message, ", ".join(people))
    except _DAMAGE:
        return ""


def _sent(message: Message) -> datetime | None:
    try:
        sent = message.sent_date
        return sent.astimezone(UTC) if sent is not None else None
    except _DAMAGE:
        return None


def _attachments(message: Message) -> list[MsgAttachment]:
    try:
        return list(message.attachments)
    except _DAMAGE:
        return []


def _attachment(attachment: MsgAttachment, writer: BlockWriter) -> Attachment:
    name = "attachment"
    try:
        short = attachment.properties.str_prop_value(oxmsg_constants.PID_ATTACH_FILENAME)
        name = attachment.file_name or short or name
        data = attachment.file_bytes
    except _DAMAGE:
        data = None
    if not data:
        writer.warn(f"The attachment {name!r} holds no file that can be read; it was left out.")
    return Attachment(name, data or b"")
