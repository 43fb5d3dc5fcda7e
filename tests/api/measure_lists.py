"""How long the lists take at 10,000 documents and 1,000 conversations: p50 and p95, milliseconds.

Run with ``python -m tests.api.measure_lists``; a line is one way the page asks for a list.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from tests.api.house import House, make_settings, open_house

from on_prem_rag.conversations.models import Conversation, Message
from on_prem_rag.documents.models import Document, DocumentVersion

DOCUMENTS, CONVERSATIONS, QUESTIONS = 10_000, 1_000, 6
ROUNDS = 40
Query = dict[str, str | int | bool]
OF_DOCUMENTS: dict[str, Query] = {
    "first page": {},
    "last page": {"offset": DOCUMENTS - 50},
    "by size, largest first": {"sort": "size_bytes", "descending": True},
    "by who added it": {"sort": "created_by"},
    "a part of the name": {"name": "report 77"},
    "failed ones": {"status": "failed"},
    "PDFs by pages": {"media_type": "application/pdf", "sort": "page_count"},
}
OF_CONVERSATIONS: dict[str, Query] = {
    "conversations": {},
    "the last of them": {"offset": CONVERSATIONS - 50},
    "a word in many": {"search": "harbour"},
    "a word in one": {"search": "mooring 777"},
    "a word in none": {"search": "zeppelin"},
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
        talk(house, shelf["owner_id"])
        for name, query in OF_DOCUMENTS.items():
            tell(name, ann, "documents", {"collection_id": shelf["id"], **query})
        for name, query in OF_CONVERSATIONS.items():
            tell(name, ann, "conversations", query)


def tell(name: str, client: httpx.Client, what: str, query: Query) -> None:
    """Ask for a list again and again and print how long it takes."""
    took = sorted(ask(client, what, query) for _ in range(ROUNDS))
    p95 = took[int(ROUNDS * 0.95) - 1]
    sys.stdout.write(f"{name:25} p50 {statistics.median(took):6.1f}  p95 {p95:6.1f}\n")


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


def talk(house: House, owner_id: str) -> None:
    """Write conversations of some questions and long answers each."""
    with house.appliance.database.write() as session:
        for n in range(CONVERSATIONS):
            conversation = Conversation(owner_id=owner_id, title=f"About mooring {n}")
            session.add(conversation)
            session.flush()
            for ordinal in range(2 * QUESTIONS):
                role = ("user", "assistant")[ordinal % 2]
                content = f"What does the harbour master say of mooring {n}? " * (
                    1 + 30 * (ordinal % 2)
                )
                session.add(
                    Message(
                        conversation_id=conversation.id,
                        ordinal=ordinal,
                        role=role,
                        content=content,
                        status="complete",
                    )
                )


def ask(client: httpx.Client, what: str, query: Query) -> float:
    """Milliseconds of one answer."""
    start = time.perf_counter()
    client.get(f"/api/v1/{what}", params=query).raise_for_status()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
