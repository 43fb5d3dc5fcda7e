"""Bounded reading of zip packages (OOXML, ODF, EPUB): nothing is ever unpacked to disk.

Member names are data: they are looked up, never turned into paths of the file system. XML is read
with defusedxml, so entities are refused and nothing external is fetched.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from on_prem_rag.errors import EncryptedFile, FileTooComplex, UnreadableFile

MAX_MEMBERS = 50_000
MAX_EXPANDED_BYTES = 512 * 2**20
# Deflate cannot exceed about 1030:1; real documents stay far below 250:1 once they are large.
MAX_RATIO = 250
RATIO_FREE_BYTES = 32 * 2**20

_ENCRYPTED_FLAG = 0x1


@dataclass(frozen=True, slots=True)
class Relationship:
    """A typed reference from one OOXML part to another (``kind`` is the type's last segment)."""

    kind: str
    target: str
    external: bool


class Package:
    """An open zip package, read within fixed bounds; use as a context manager."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            raise UnreadableFile("The file is damaged: its zip structure is broken.") from error
        self._members = {info.filename: info for info in self._zip.infolist()}
        self._spent = 0
        if len(self._members) > MAX_MEMBERS:
            raise FileTooComplex(f"The file holds more than {MAX_MEMBERS:,} parts.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """Every member's name, in the order of the directory."""
        return list(self._members)

    def check_bounds(self) -> None:
        """Raise FileTooComplex when the declared sizes pass the bounds (for foreign readers)."""
        expanded = sum(info.file_size for info in self._members.values())
        packed = sum(info.compress_size for info in self._members.values())
        _check_expansion(expanded, packed)

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
        info = self._members.get(name)
        if info is None:
            raise UnreadableFile(f"The file is damaged: its part {name!r} is missing.")
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise EncryptedFile("The file is protected by a password.")
        self._spent += info.file_size
        _check_expansion(self._spent, 0)
        _check_expansion(info.file_size, info.compress_size)
        try:
            with self._zip.open(info) as member:
                return member.read(info.file_size)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
            raise UnreadableFile(f"The file is damaged: its part {name!r} is broken.") from error

    def xml(self, name: str) -> Element:
        """The root element of an XML member. Raises as ``read`` does."""
        return parse_xml(self.read(name), name)

    def find_xml(self, name: str) -> Element | None:
        """The root element of an optional member; None when it is absent or broken."""
        if name not in self._members:
            return None
        try:
            return self.xml(name)
        except UnreadableFile:
            return None

    def relationships(self, part: str) -> dict[str, Relationship]:
        """The OOXML relationships of ``part`` by id; empty when it has none."""
        folder, base = posixpath.split(part)
        root = self.find_xml(posixpath.join(folder, "_rels", base + ".rels"))
        found = {}
        for element in root if root is not None else ():
            target = element.get("Target", "")
            external = element.get("TargetMode") == "External"
            found[element.get("Id", "")] = Relationship(
                kind=element.get("Type", "").rpartition("/")[2],
                target=target if external else resolve(part, target),
                external=external,
            )
        return found

    def parts(self, part: str, kind: str) -> Iterator[str]:
        """Names of the existing parts that ``part`` refers to as ``kind``."""
        for relationship in self.relationships(part).values():
            known = not relationship.external and relationship.target in self._members
            if known and relationship.kind == kind:
                yield relationship.target


def resolve(part: str, target: str) -> str:
    """The member name a reference inside ``part`` means."""
    joined = posixpath.join("/", posixpath.dirname(part), unquote(target.partition("#")[0]))
    return posixpath.normpath(joined).lstrip("/")


def parse_xml(data: bytes, name: str) -> Element:
    """Parse one XML part; entities and external references raise UnreadableFile."""
    try:
        return fromstring(data)
    except DefusedXmlException as error:
        raise UnreadableFile(f"The part {name!r} declares XML entities; it was refused.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableFile(f"The file is damaged: its part {name!r} is not XML.") from error


def _check_expansion(expanded: int, packed: int) -> None:
    ratio_passed = packed and expanded > RATIO_FREE_BYTES and expanded > packed * MAX_RATIO
    if expanded > MAX_EXPANDED_BYTES or ratio_passed:
        raise FileTooComplex("The file would expand to far more than its size when unpacked.")
