"""Workbooks: one heading and table a sheet, values as a reader expects them."""

import zipfile
from pathlib import Path

import pytest

from on_prem_rag.errors import FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.spreadsheet import convert
from on_prem_rag.ingest.parsed import ParsedDocument

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": f'<Relationships {PACKAGE}><Relationship Id="r1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="Rents" sheetId="1" r:id="r1"/><sheet name="Empty" sheetId="2" r:id="r2"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f"<Relationships {PACKAGE}>"
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
    f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>"
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Month</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Rent</t></is></c></row>'
    '<row r="2"><c r="A2" s="1"><v>45352</v></c><c r="B2"><v>1599.99</v></c></row>'
    '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4"><v>0.30000000000000004</v></c></row>'
    "</sheetData></worksheet>",
    "xl/worksheets/sheet2.xml": f"<worksheet {MAIN}><sheetData/></worksheet>",
}


def read(folder: Path, options: ConvertOptions, **replaced: str) -> ParsedDocument:
    path = folder / "a.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in {**PARTS, **replaced}.items():
            package.writestr(name, content)
    return convert(path, options)


def test_values(tmp_path: Path) -> None:
    heading, table = read(tmp_path, ConvertOptions()).blocks
    assert (heading.kind, heading.text.value, heading.page) == ("heading", "Rents", 1)
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["Month", "Rent"],
        ["2024-03-01", "1599.99"],
        ["true", "0.3"],
    ]
    assert table.header_rows == 1


def test_bounds(tmp_path: Path) -> None:
    with pytest.raises(FileTooComplex, match="sheets"):
        read(tmp_path, ConvertOptions(max_pages=1))
    wide = PARTS["xl/worksheets/sheet1.xml"].replace("A4", "ZZ4")
    with pytest.raises(FileTooComplex, match="characters"):
        read(tmp_path, ConvertOptions(max_text_chars=900), **{"xl/worksheets/sheet1.xml": wide})


def test_damage(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, ConvertOptions(), **{"xl/workbook.xml": "<workbook"})
