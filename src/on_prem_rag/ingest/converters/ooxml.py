"""What DOCX and PPTX share: names of the XML vocabularies, core properties, the main part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.package import Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

# ISO 29500 "strict" files use other namespace names for the same vocabulary.
_STRICT = {
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}": W,
    "{http://purl.oclc.org/ooxml/drawingml/main}": A,
    "{http://purl.oclc.org/ooxml/presentationml/main}": P,
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}": R,
}


class Properties(NamedTuple):
    """A document's own idea of its title, author and date."""

    title: str | None = None
    author: str | None = None
    created: datetime | None = None


def read_part(package: Package, name: str) -> Element:
    """The root of a part, with strict namespaces renamed to the transitional ones."""
    root = package.xml(name)
    if not root.tag.startswith("{http://purl.oclc.org/"):
        return root
    for element in root.iter():
        element.tag = _transitional(element.tag)
        for key in [key for key in element.attrib if key.startswith("{")]:
            element.attrib[_transitional(key)] = element.attrib.pop(key)
    return root


def main_part(package: Package, fallback: str) -> str:
    """The part the package is about (``word/document.xml`` and the like)."""
    for name in package.parts("", "officeDocument"):
        return name
    if fallback in package:
        return fallback
    raise UnreadableFile("The file is damaged: it has no document part.")


def core_properties(package: Package) -> Properties:
    """Title, author and creation date from the package's core properties."""
    return metadata(package.find_xml("docProps/core.xml"))


def metadata(root: Element | None) -> Properties:
    """Title, author and date from the Dublin Core elements under ``root`` (OOXML, ODF, OPF)."""
    found: dict[str, str] = {}
    for element in root.iter() if root is not None else ():
        name = element.tag.rpartition("}")[2]
        if element.text and element.text.strip():
            found.setdefault(name, element.text.strip())
    created = found.get("created") or found.get("creation-date") or found.get("date")
    author = found.get("creator") or found.get("initial-creator")
    return Properties(found.get("title"), author, parse_date(created))


def parse_date(value: str | None) -> datetime | None:
    """An ISO 8601 date as an aware UTC time; None when it is absent or malformed."""
    try:
        parsed = datetime.fromisoformat(value or "")
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _transitional(name: str) -> str:
    for strict, transitional in _STRICT.items():
        if name.startswith(strict):
            return transitional + name.removeprefix(strict)
    return name
