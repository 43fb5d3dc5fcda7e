"""Small files of several formats, each with a fact that no other one holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docx import Document as WordDocument
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True)
class Fact:
    """A question, the file that answers it, and words of the answer; page 1 is the first."""

    question: str
    file_name: str
    answer: str
    page: int | None = None


FACTS = (
    Fact("How many days of annual leave does a new employee get?", "leave.txt", "27 days"),
    Fact("Who signs purchase orders above 5,000 euros?", "purchasing.md", "head of procurement"),
    Fact("At what temperature is the vaccine store kept?", "store.html", "four degrees"),
    Fact("Which insurer covers the delivery vans?", "vehicles.docx", "Nordlicht Mutual"),
    Fact("What is the notice period of the warehouse lease?", "lease.pdf", "nine months", page=2),
)

LEAVE = (
    "Holidays at Weber & Sons\n\n"
    "Every new employee is entitled to 27 days of annual leave from the first year on.\n"
    "Leave that is not taken lapses at the end of March of the following year.\n"
)
PURCHASING = (
    "# Purchasing\n\n## Limits\n\n"
    "Team leads sign purchase orders up to 5,000 euros.\n\n"
    "Purchase orders above 5,000 euros are signed by the head of procurement.\n\n"
    "| Kind | Supplier |\n|---|---|\n| Paper | Blatt GmbH |\n| Toner | Inkwell Ltd |\n"
)
STORE = (
    "<!doctype html><html><head><title>Cold store</title></head><body><h1>Cold store</h1>"
    "<p>The vaccine store is kept at a temperature of four degrees.</p>"
    "<p>An alarm sounds in the porter's lodge when it is warmer for ten minutes.</p></body></html>"
)
LEASE_PAGES = (
    (
        "Lease of the warehouse in Harbour Street",
        "The landlord lets the warehouse to Weber & Sons from 1 May 2021.",
        "The rent is paid in advance on the third working day of each month.",
    ),
    (
        "Duration and end",
        "The lease runs for an indefinite time.",
        "The notice period of the warehouse lease is nine months to the end of a quarter.",
    ),
)


def write_sample_files(folder: Path) -> list[Path]:
    """Write every file the facts name into ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leave.txt").write_text(LEAVE)
    (folder / "purchasing.md").write_text(PURCHASING)
    (folder / "store.html").write_text(STORE)
    _write_docx(folder / "vehicles.docx")
    write_pdf(folder / "lease.pdf", LEASE_PAGES)
    return sorted(folder.iterdir())


def write_pdf(path: Path, pages: tuple[tuple[str, ...], ...]) -> None:
    """A PDF of A4 pages, each a title and lines below it."""
    canvas = Canvas(str(path), pagesize=A4, invariant=True)
    for title, *lines in pages:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, title)
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 720 - 20 * number, line)
        canvas.showPage()
    canvas.save()


def _write_docx(path: Path) -> None:
    document = WordDocument()
    document.add_heading("Vehicles", level=1)
    document.add_paragraph("The delivery vans are insured with Nordlicht Mutual.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Plate", "Driver"
    for plate, driver in (("HH-WS 12", "Okafor"), ("HH-WS 13", "Lindqvist")):
        row = table.add_row()
        row.cells[0].text, row.cells[1].text = plate, driver
    document.save(str(path))
