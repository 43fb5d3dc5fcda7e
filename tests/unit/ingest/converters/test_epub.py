"""Books are read in the order of their spine."""

import zipfile
from pathlib import Path

from on_prem_rag.ingest.converters.epub import convert
from on_prem_rag.ingest.converters.options import ConvertOptions

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<metadata><dc:title>Winter</dc:title><dc:creator>Benson</dc:creator></metadata><manifest>"
    '<item id="b" href="two%20.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '</manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/>'
    '<itemref idref="gone"/></spine></package>'
)


def test_spine(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("META-INF/container.xml", CONTAINER)
        package.writestr("OEBPS/book.opf", BOOK)
        package.writestr("OEBPS/two .xhtml", "<html><body><p>Second.</p></body></html>")
        package.writestr("OEBPS/one.xhtml", "<html><body><h1>First</h1></body></html>")
        package.writestr("OEBPS/nav.xhtml", "<html><body><p>Contents</p></body></html>")
    document = convert(path, ConvertOptions())
    assert (document.title, document.author) == ("Winter", "Benson")
    assert [b.text.value for b in document.blocks] == ["First", "Second."]
