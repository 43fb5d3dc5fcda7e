"""Styles inherit, and lists are numbered as Word prints them."""

from xml.etree.ElementTree import fromstring

from on_prem_rag.ingest.converters.docx_styles import Numbering, Styles

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def level(depth: int, form: str, text: str, start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels: str) -> Numbering:
    return Numbering(
        fromstring(
            f'<w:numbering {W}><w:abstractNum w:abstractNumId="7">{"".join(levels)}'
            '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>'
            "</w:numbering>"
        )
    )


def test_clauses_are_counted_through_their_levels() -> None:
    lists = numbering(level(0, "decimal", "%1."), level(1, "decimal", "%1.%2"))
    steps = [0, 1, 1, 0, 1]
    assert [lists.next_label("1", step) for step in steps] == ["1.", "1.1", "1.2", "2.", "2.1"]


def test_forms_of_numbers() -> None:
    for form, expected in {
        "upperRoman": ["XIV", "XV"],
        "lowerLetter": ["n", "o"],
        "decimalZero": ["14", "15"],
        "bullet": ["", ""],
    }.items():
        lists = numbering(level(0, form, "%1", start=14))
        assert [lists.next_label("1", 0), lists.next_label("1", 0)] == expected


def test_an_unknown_list_has_no_numbers() -> None:
    assert numbering().next_label("99", 0) == ""
    assert Numbering(None).next_label("1", 0) == ""


def test_styles_inherit_and_cycles_end() -> None:
    styles = Styles(
        fromstring(
            f'<w:styles {W}><w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
            '<w:style w:styleId="Mine"><w:name w:val="My Clause"/><w:basedOn w:val="H2"/></w:style>'
            '<w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
            '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
        )
    )
    assert (styles.get("Mine").name, styles.get("Mine").level) == ("my clause", 2)
    assert styles.get("A").level == 0
    assert styles.get("unknown").name == ""
