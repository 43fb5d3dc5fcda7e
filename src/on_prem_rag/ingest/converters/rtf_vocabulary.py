"""Control words of RTF that matter for its text, and its names for character sets."""

from __future__ import annotations

from collections.abc import Mapping

# Destinations whose content is never shown; any other destination marked \* is skipped too.
SKIPPED = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "pict",
        "objdata",
        "themedata",
        "colorschememapping",
        "datastore",
        "latentstyles",
        "listtable",
        "listoverridetable",
        "revtbl",
        "rsidtbl",
        "generator",
        "fldinst",
        "xmlnstbl",
        "bkmkstart",
        "bkmkend",
        "filetbl",
        "sp",
        "sn",
        "sv",
        "shprslt",
        "nonesttables",
        "mmathPr",
        "wgrffmtfilter",
        "operator",
        "company",
        "manager",
        "category",
        "keywords",
        "subject",
        "doccomm",
        "comment",
        "hlinkbase",
        "creatim",
        "revtim",
        "printim",
        "buptim",
        "aftncn",
        "aftnsep",
        "aftnsepc",
        "ftncn",
        "ftnsep",
        "ftnsepc",
        "pgdsctbl",
        "template",
        "do",
        "datafield",
        "ffname",
        "panose",
        "falt",
        "txe",
        "rxe",
        "xe",
        "tc",
        "background",
        "userprops",
        "formfield",
        "atrfstart",
        "atrfend",
        "atnid",
        "atnauthor",
        "atnref",
        "atntime",
        "atndate",
        "pntxta",
        "pntxtb",
        "mhtmltag",
        "htmltag",
    ]
)
# Destinations marked \* that do hold text.
STARRED_TEXT = frozenset(
    {"shpinst", "shptxt", "nesttableprops", "listtag", "fldrslt", "annotation"}
)
# Text with a place of its own: what kind of block its paragraphs become.
ASIDES: Mapping[str, str] = {
    "footnote": "note", "annotation": "note", "shptxt": "paragraph", "dptxbxtext": "paragraph",
    "header": "margin", "headerl": "margin", "headerr": "margin", "headerf": "margin",
    "footer": "margin", "footerl": "margin", "footerr": "margin", "footerf": "margin",
    "title": "title", "author": "author", "listtext": "label", "pntext": "label",
}  # fmt: skip
CHARACTERS: Mapping[str, str] = {
    "tab": " ", "line": " ", "emdash": "\u2014", "endash": "\u2013", "emspace": " ",
    "enspace": " ", "qmspace": " ", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d", "softline": " ",
}  # fmt: skip
SYMBOLS: Mapping[str, str] = {"~": " ", "_": "-", "{": "{", "}": "}", "\\": "\\"}
CHARSETS: Mapping[int, str] = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
