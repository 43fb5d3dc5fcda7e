"""HTML: what a reader of the page sees, in its order."""

from pathlib import Path

from on_prem_rag.ingest.converters.html import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument

PAGE = """<html><head><title> The lease </title><meta name=author content=Miller>
<style>p{}</style><script>secret_js()</script></head><body>
<nav>menu</nav><h1>First <i>part</i></h1>
<p>One<br>two<script>hidden_js</script>.<p>Un<b>bro</b>ken
<div style="display: none">unseen</div><div hidden>unseen too</div>
<ul><li>item <p>inner</p></li></ul>
<h2><div>Second</div></h2>loose text
<figure><figcaption>A duck</figcaption></figure>
<pre>line 1
  line 2</pre>
<table><tr><td><h3>Framed</h3></td></tr></table>
</body></html>"""


def read(folder: Path, data: bytes) -> ParsedDocument:
    path = folder / "a.html"
    path.write_bytes(data)
    return convert(path, ConvertOptions())


def test_structure(tmp_path: Path) -> None:
    document = read(tmp_path, PAGE.encode())
    assert (document.title, document.author) == ("The lease", "Miller")
    assert [(b.kind, b.level, b.text.value) for b in document.blocks] == [
        ("heading", 1, "First part"),
        ("paragraph", 0, "One two."),
        ("paragraph", 0, "Unbroken"),
        ("list_item", 0, "item"),
        ("list_item", 0, "inner"),
        ("heading", 2, "Second"),
        ("paragraph", 0, "loose text"),
        ("caption", 0, "A duck"),
        ("code", 0, "line 1\n  line 2"),
        ("heading", 3, "Framed"),
    ]


def test_the_declared_charset_counts(tmp_path: Path) -> None:
    page = '<meta charset="windows-1250"><p>Łódź'.encode("cp1250")
    assert read(tmp_path, page).blocks[0].text.value == "Łódź"


def test_deep_nesting_is_no_danger(tmp_path: Path) -> None:
    page = b"<div>" * 5000 + b"deep" + b"<b>" * 5000 + b" down"
    assert "".join(b.text.value for b in read(tmp_path, page).blocks).startswith("deep")


def test_markup_that_never_closes(tmp_path: Path) -> None:
    document = read(tmp_path, b"<table><tr><td>cell one<td>two<script>js<!-- ")
    assert [[c.value for c in row] for row in document.blocks[0].rows] == [["cell one", "two"]]
