"""How long the document list takes at 10,000 documents: p50 and p95 of the API, in milliseconds.

Run with ``python -m tests.api.measure_document_list``; a line is one way the page asks for it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from tests.api.house import House, make_settings, open_house

from on_prem_rag.documents.models import Document, DocumentVersion

DOCUMENTS = 10_000
ROUNDS = 40
ASKED: dict[str, dict[str, str | int | bool]] = {
    "first page": {},
    "last page": {"offset": DOCUMENTS - 50},
    "by size, largest first": {"sort": "size_bytes", "descending": True},
    "by who added it": {"sort": "created_by"},
    "a part of the name": {"name": "report 77"},
    "failed ones": {"status": "failed"},
    "PDFs by pages": {"media_type": "application/pdf", "sort": "page_count"},
}


def main() -> None:
    """Fill a collection, ask for it in every way, print what it took."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_house(make_settings(Path(folder))) as house,
        house.sign_in("ann") as ann,
    ):
        shelf = ann.post("/api/v1/collections", json={"name": "Reports"}).json()
        fill(house, shelf["id"], shelf["owner_id"])
        for name, query in ASKED.items():
            took = sorted(ask(ann, {"collection_id": shelf["id"], **query}) for _ in range(ROUNDS))
            p95 = took[int(ROUNDS * 0.95) - 1]
            p50 = statistics.median(took)
            sys.stdout.write(f"{name:25} p50 {p50:6.1f}  p95 {p95:6.1f}\n")


def fill(house: House, collection_id: str, owner_id: str) -> None:
    """Write rows as uploads would have left them."""
    with house.appliance.database.write() as session:
        for n in range(DOCUMENTS):
            name = f"folder {n % 40}/report {n}.pdf"
            document = Document(collection_id=collection_id, name=name, created_by=owner_id)
            session.add(document)
            session.flush()
            version = DocumentVersion(
                document_id=document.id,
                number=1,
                sha256=f"{n:064x}",
                media_type="application/pdf",
                title=f"Report of the year {n}",
                created_by=owner_id,
                size_bytes=n * 7919 % 10**6,
                page_count=n % 300,
                status="failed" if n % 500 == 0 else "ready",
            )
            session.add(version)


def ask(client: httpx.Client, query: dict[str, str | int | bool]) -> float:
    """Milliseconds of one answer."""
    start = time.perf_counter()
    client.get("/api/v1/documents", params=query).raise_for_status()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
