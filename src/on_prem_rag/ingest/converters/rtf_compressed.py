"""Unpacks the RTF inside Outlook messages, by Microsoft's published MS-OXRTFCP algorithm."""

from __future__ import annotations

import struct

from on_prem_rag.errors import FileTooComplex

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _STORED = 0x75465A4C, 0x414C454D
_MAX_BYTES = 64 * 2**20
# The text every dictionary starts with (MS-OXRTFCP, 2.1.3.1.1).
_PRELOADED = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompress(packed: bytes) -> bytes:
    """The RTF bytes; as much as there is when ``packed`` is cut short, b"" when it is no RTF."""
    if len(packed) < _HEADER.size:
        return b""
    _, raw_size, kind, _ = _HEADER.unpack_from(packed)
    if raw_size > _MAX_BYTES:
        raise FileTooComplex("The mail's text would expand to far more than is allowed.")
    content = packed[_HEADER.size :]
    if kind == _STORED:
        return content[:raw_size]
    return _expand(content, raw_size) if kind == _COMPRESSED else b""


def _expand(content: bytes, raw_size: int) -> bytes:
    """LZ77 over a ring of 4,096 bytes: control bytes tell literals from references."""
    ring = bytearray(4096)
    ring[: len(_PRELOADED)] = _PRELOADED
    write = len(_PRELOADED)
    output = bytearray()
    position = 0
    while position < len(content) and len(output) < raw_size:
        control = content[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                if position + 1 >= len(content):
                    return bytes(output)
                reference = int.from_bytes(content[position : position + 2], "big")
                position += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write:
                    return bytes(output)
                taken = (offset, length)
            else:
                if position >= len(content):
                    return bytes(output)
                ring[write] = content[position]
                position += 1
                taken = (write, 1)
            for step in range(taken[1]):
                byte = ring[(taken[0] + step) % 4096]
                output.append(byte)
                ring[write] = byte
                write = (write + 1) % 4096
    return bytes(output)
