"""XLSX, XLSB and XLS through calamine: a heading and a table for each sheet."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    WorksheetNotFound,
)

from on_prem_rag.errors import EncryptedFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.ooxml import Properties, core_properties
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.package import Package
from on_prem_rag.ingest.detect import XLS, XLSX
from on_prem_rag.ingest.parsed import ParsedDocument

Cell = int | float | str | bool | time | date | datetime | timedelta


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a workbook. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    writer = BlockWriter(options)
    zipped = zipfile.is_zipfile(path)
    properties = _package_properties(path) if zipped else Properties()
    try:
        with path.open("rb") as file:
            workbook = CalamineWorkbook.from_filelike(file)
            _sheets(workbook, writer)
    except PasswordError as error:
        raise EncryptedFile("The file is protected by a password.") from error
    except (CalamineError, OSError, ValueError) as error:
        if "password" in str(error).lower():
            raise EncryptedFile("The file is protected by a password.") from error
        raise UnreadableFile("The workbook is damaged and cannot be read.") from error
    return writer.document(XLSX if zipped else XLS, **properties._asdict())


def _package_properties(path: Path) -> Properties:
    with Package(path) as package:
        package.check_bounds()
        return core_properties(package)


def _sheets(workbook: CalamineWorkbook, writer: BlockWriter) -> None:
    for number, sheet in enumerate(workbook.sheets_metadata, start=1):
        if number > writer.options.max_pages:
            raise FileTooComplex(f"The file has more than {writer.options.max_pages:,} sheets.")
        if sheet.typ is not SheetTypeEnum.WorkSheet:
            continue
        try:
            rows = list(_rows(workbook.get_sheet_by_name(sheet.name), writer))
        except WorksheetNotFound:
            writer.warn(f"The sheet {sheet.name!r} cannot be read and was left out.")
            continue
        if rows:
            writer.heading(sheet.name, 1, page=number)
            writer.table(rows, page=number)


def _rows(sheet: CalamineSheet, writer: BlockWriter) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        # A cell costs memory even when it is empty: count all of them.
        writer.count(len(row))
        texts = [_text(cell) for cell in row]
        if any(texts):
            yield texts


def _text(cell: Cell) -> str:
    """A cell as a reader expects it: 15 digits at most (a double has no more), ISO dates."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.15g}" if abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, time):
        return cell.isoformat(timespec="seconds")
    return str(cell)
