"""Receives one uploaded file from a multipart body straight into its staged place.

The body is parsed as it arrives and written once, hashed on the way: Starlette's form parser would
first spool it into a temporary file of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from on_prem_rag.documents.originals import StagedFile
from on_prem_rag.errors import InvalidInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_FIELD = "file"
_BATCH_BYTES = 1024 * 1024
_MAX_FIELD_BYTES = 8 * 1024
_MAX_FIELDS = 20


class MultipartUpload(AbstractContextManager["MultipartUpload"]):
    """One upload: the part ``file`` goes to disk, other parts are small text ``fields``.

    Leaving the context removes the staged file unless it was kept.
    """

    def __init__(self, content_type: str, stage: Callable[[], StagedFile]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidInput(
                "The body is not multipart/form-data.", hint="Send the file as the part 'file'."
            )
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self.staged = stage()
        self._header = bytearray()
        self._value = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._field: tuple[str, bytearray] | None = None
        self._in_file = False
        self._ended = False
        self._parser = MultipartParser(boundary, self._callbacks())

    async def receive(self, body: AsyncIterator[bytes]) -> None:
        """Read the whole body. Raises InvalidInput, or PayloadTooLarge once the cap is passed."""
        batch = bytearray()
        async for piece in body:
            batch += piece
            if len(batch) >= _BATCH_BYTES:
                await run_in_threadpool(self._write, bytes(batch))
                batch.clear()
        await run_in_threadpool(self._write, bytes(batch))
        if not self._ended:
            raise InvalidInput("The multipart body ends too early.")
        if self.file_name is None:
            raise InvalidInput(f"The part '{FILE_FIELD}' with a file is missing.")

    def __exit__(self, *exc: object) -> None:
        self.staged.__exit__(None, None, None)

    def _write(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError:
            raise InvalidInput("The multipart body is malformed.") from None

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _on_part_begin(self) -> None:
        self._headers.clear()
        self._field, self._in_file = None, False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            if name != FILE_FIELD or self.file_name is not None:
                raise InvalidInput(f"One file at a time, as the part '{FILE_FIELD}'.")
            self.file_name = options[b"filename"].decode("utf-8", "replace")
            self._in_file = True
        elif len(self.fields) >= _MAX_FIELDS:
            raise InvalidInput("The form has too many fields.")
        else:
            self._field = (name, bytearray())

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.staged.write(data[start:end])
        elif self._field is not None:
            self._field[1].extend(data[start:end])
            if len(self._field[1]) > _MAX_FIELD_BYTES:
                raise InvalidInput(f"The field '{self._field[0]}' is too long.")

    def _on_part_end(self) -> None:
        if self._field is not None:
            name, value = self._field
            self.fields[name] = value.decode("utf-8", "replace")

    def _on_end(self) -> None:
        self._ended = True
