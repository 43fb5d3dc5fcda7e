"""What is deleted is in no file any more, and a receipt lets anyone check it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, select, text
from tests.api.house import (
    House,
    events,
    make_pdf,
    make_settings,
    open_house,
    until_searchable,
    upload,
    working,
)
from tests.databases import ON_POSTGRES, own_database
from tests.raw_files import grep, vectors_in_hnsw_files, written_forms
from tests.server_process import give_model, running_server, wait_for

from on_prem_rag.documents.models import Chunk, Embedding, Page

NEVER = timedelta(days=1)


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path, built_model: Path) -> Iterator[House]:
    settings = make_settings(tmp_path / "data", worker_processes=0, **own_database(request))
    give_model(built_model, settings.data_dir)
    with open_house(settings) as house, working(settings):
        house.appliance.eraser.quiet = NEVER
        yield house


@dataclass
class Secret:
    """A word that stands nowhere else, and all that was made of the document that holds it."""

    word: str = field(default_factory=lambda: f"q{secrets.token_hex(20)}")
    needles: dict[str, bytes] = field(default_factory=dict)
    chunk_ids: list[str] = field(default_factory=list)
    vectors: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.needles.update(written_forms(self.word))

    def note(self, house: House, document_id: str, original: bytes) -> None:
        """Remember what the appliance keeps of the document."""
        self.needles["original"] = original[-50:]
        with house.appliance.database.read() as session:
            chunks = session.scalars(select(Chunk).where(Chunk.document_id == document_id)).all()
            self.chunk_ids = [chunk.id for chunk in chunks]
            mine = Embedding.chunk_id.in_(self.chunk_ids)
            self.vectors = list(session.scalars(select(Embedding.vector).where(mine)))
            versions = {chunk.version_id for chunk in chunks}
            words = session.scalars(select(Page.words).where(Page.version_id.in_(versions)))
            self.needles |= {f"page {n}": blob[-48:] for n, blob in enumerate(words)}
        self.needles |= {f"vector {n}": vector[:64] for n, vector in enumerate(self.vectors)}


def sentence(name: str, word: str) -> str:
    return f"The passphrase of the {name} vault is {word}."


def add(
    house: House, client: httpx.Client, collection_id: str, name: str, *, pdf: bool = False
) -> tuple[Secret, str]:
    secret = Secret()
    said = sentence(name, secret.word)
    data = make_pdf(said, sentence(name, secrets.token_hex(20))) if pdf else said.encode()
    data += f"\n%{secrets.token_hex(30)}".encode()
    sent = upload(client, collection_id, f"{name}.{'pdf' if pdf else 'txt'}", data)
    document_id = sent.json()["document"]["id"]
    assert until_searchable(client, document_id)["searchable"]
    secret.note(house, document_id, data)
    return secret, document_id


def ask(client: httpx.Client, question: str) -> tuple[str, dict[str, Any]]:
    """A conversation with one answer, and that answer."""
    conversation = client.post("/api/v1/conversations", json={}).json()["id"]
    place = f"/api/v1/conversations/{conversation}"
    asked = client.post(f"{place}/messages", json={"content": question}).json()
    assert events(client.get(asked["events_url"]))[-1][1] == "done"
    return place, client.get(f"{place}/messages").json()["items"][1]


def left(house: House, *found: Secret) -> set[tuple[str, str]]:
    """Where anything of these secrets lies in files of the data directory or of Postgres."""
    needles = {f"{n} {k}": v for n, s in enumerate(found) for k, v in s.needles.items()}
    traces = grep(house.appliance.settings.data_dir, needles)
    if ON_POSTGRES:
        traces |= grep(_postgres_files(house), needles)
    index = house.appliance.settings.index_dir
    for secret in found:
        if held := house.appliance.projector.lexical.traces(secret.chunk_ids):
            traces.add((f"{len(held)} chunks", "dictionary"))
        if secret.vectors and (count := vectors_in_hnsw_files(index, secret.vectors)):
            traces.add((f"{count} vectors", "hnsw"))
    return traces


def erase(house: House, auditor: httpx.Client) -> None:
    """Let everything that was deleted be erased, and wait for the receipts to say so."""
    house.appliance.eraser.quiet = timedelta(0)

    def done() -> bool:
        items = auditor.get("/api/v1/receipts").json()["items"]
        return bool(items) and all(item["complete"] for item in items)

    wait_for(done, "everything is erased", 90)
    house.appliance.eraser.quiet = NEVER
    if ON_POSTGRES:
        _recycle(house)


def _recycle(house: House) -> None:
    """What an administrator does to get dead rows out of Postgres' files."""
    url = house.appliance.settings.sqlalchemy_url
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET wal_recycle = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("ANALYZE"))
        connection.execute(text("VACUUM FULL"))
        for _ in range(3):
            connection.execute(text("SELECT pg_switch_wal()"))
            connection.execute(text("CHECKPOINT"))
    engine.dispose()


def _postgres_files(house: House) -> Path:
    with house.appliance.database.read() as session:
        session.execute(text("CHECKPOINT"))  # so that tables are in their files
        return Path(session.scalar(text("SHOW data_directory")) or "")


def places(traces: set[tuple[str, str]]) -> set[str]:
    """The stores in which something was found."""
    return {place.partition("/")[0].partition(".db")[0] for _, place in traces}


def test_a_document_a_collection_a_conversation_and_a_person_leave_every_file(
    home: House,
) -> None:
    ann, auditor = home.sign_in("ann"), home.sign_in("vera", "auditor")
    admin, dora = home.sign_in("root", "admin"), home.sign_in("dora")
    with ann, auditor, admin, dora:
        kept, goes = (
            ann.post("/api/v1/collections", json={"name": name}).json()["id"]
            for name in ("Kept", "Goes")
        )
        [private] = [c["id"] for c in dora.get("/api/v1/collections").json()["items"]]
        text_secret, document = add(home, ann, kept, "iron")
        pdf_secret, _ = add(home, ann, goes, "copper", pdf=True)
        own_secret, _ = add(home, dora, private, "silver")
        staying, _ = add(home, ann, kept, "golden", pdf=True)
        _, quoting = ask(ann, "What is the passphrase of the iron vault?")
        assert text_secret.word in quoting["content"], "the control: an answer quotes it"
        asked_secret = Secret()
        place, _ = ask(ann, f"What is the passphrase {asked_secret.word} of the golden vault?")
        _, own_answer = ask(dora, "What is the passphrase of the silver vault?")
        assert own_secret.word in own_answer["content"]

        database = "base" if ON_POSTGRES else "rag"
        for secret in (text_secret, pdf_secret):
            found = places(left(home, secret))
            assert {database, "originals", "index", "dictionary"} <= found, found
        assert {database, "originals"} <= places(left(home, own_secret))
        assert database in places(left(home, asked_secret))

        dora_id = dora.get("/api/v1/auth/me").json()["id"]
        for client, path in (
            (ann, f"/api/v1/documents/{document}"),
            (ann, f"/api/v1/collections/{goes}"),
            (ann, place),
            (admin, f"/api/v1/users/{dora_id}"),
        ):
            receipt = client.delete(path)
            assert receipt.status_code == 200, receipt.text
        gone = (text_secret, pdf_secret, own_secret, asked_secret)
        wait_for(lambda: home.appliance.projector.lag == 0, "the deletions are projected")
        for receipt in auditor.get("/api/v1/receipts").json()["items"]:
            indexed = receipt["kind"] in ("document", "collection")
            proof = auditor.post(f"/api/v1/receipts/{receipt['id']}/proof").json()
            found = {store["store"] for store in proof["stores"] if store["found"]}
            # A merge may have cleaned the lexical index by now, and nothing else may.
            assert found - {"lexical"} == ({"vectors"} if indexed else set())
        assert "index" in places(left(home, *gone)), "the control: not erased yet"

        erase(home, auditor)
        assert left(home, *gone) == set()
        assert {database, "originals", "index", "dictionary"} <= places(left(home, staying))
        for receipt in auditor.get("/api/v1/receipts").json()["items"]:
            proof = auditor.post(f"/api/v1/receipts/{receipt['id']}/proof").json()
            assert proof["empty"], proof
            assert receipt["gone_from_backups_on"] > receipt["created_at"]
        search = ann.post("/api/v1/search", json={"query": "passphrase of the vault"}).json()
        assert [hit["document_name"] for hit in search["passages"]] == ["golden.pdf"]


def test_a_receipt_holds_nothing_of_what_was_deleted_and_is_its_deleters(home: House) -> None:
    with (
        home.sign_in("ann") as ann,
        home.sign_in("bob") as bob,
        home.sign_in("vera", "auditor") as auditor,
        home.sign_in("root", "admin") as admin,
        home.sign_in("dora") as dora,
    ):
        collection = ann.post("/api/v1/collections", json={"name": "Papers"}).json()["id"]
        secret, document = add(home, ann, collection, "iron")
        made = ann.delete(f"/api/v1/documents/{document}").json()
        counts = made["counts"]
        assert (counts["documents"], counts["chunks"], counts["originals"]) == (1, 1, 1)
        assert (made["kind"], made["actor_name"], made["complete"]) == ("document", "ann", False)
        said = json.dumps(made)
        assert secret.word not in said
        assert "iron" not in said
        path = f"/api/v1/receipts/{made['id']}"
        for client in (ann, auditor):
            assert client.get(path).json() == made
        for client in (bob, admin):
            missing = client.get(f"/api/v1/receipts/{'0' * 36}").json()["error"]
            refused = client.get(path).json()["error"]
            del missing["request_id"], refused["request_id"]
            assert refused == missing
            assert client.get("/api/v1/receipts").json()["total"] == 0
            assert client.post(f"{path}/proof").status_code == 404
        events_of = auditor.get("/api/v1/audit", params={"event": "document:delete"}).json()
        assert events_of["items"][0]["details"]["receipt_id"] == made["id"]

        [private] = [c["id"] for c in dora.get("/api/v1/collections").json()["items"]]
        add(home, dora, private, "silver")
        dora_id = dora.get("/api/v1/auth/me").json()["id"]
        seen = admin.delete(f"/api/v1/users/{dora_id}").json()
        assert (seen["counts"], seen["erased"]) == (None, [])
        assert admin.post(f"/api/v1/receipts/{seen['id']}/proof").status_code == 403
        whole = auditor.get(f"/api/v1/receipts/{seen['id']}").json()
        assert whole["counts"]["documents"] == 1


def test_the_same_bytes_of_another_stay(home: House) -> None:
    with home.sign_in("ann") as ann, home.sign_in("bob") as bob:
        ids = []
        data = secrets.token_hex(200).encode()
        for client in (ann, bob):
            [private] = [c["id"] for c in client.get("/api/v1/collections").json()["items"]]
            ids.append(upload(client, private, "same.txt", data).json()["document"]["id"])
        originals = home.appliance.settings.originals_dir
        first = ann.delete(f"/api/v1/documents/{ids[0]}").json()
        assert first["counts"]["originals"] == 0
        assert grep(originals, {"bytes": data})
        assert bob.get(f"/api/v1/documents/{ids[1]}/original").content == data
        assert bob.delete(f"/api/v1/documents/{ids[1]}").json()["counts"]["originals"] == 1
        assert not grep(originals, {"bytes": data})


@pytest.mark.skipif(ON_POSTGRES, reason="a server of its own, on SQLite")
def test_an_erasure_that_a_crash_cut_off_is_done_at_the_next_start(
    tmp_path: Path, built_model: Path
) -> None:
    word = f"q{secrets.token_hex(20)}"
    needles = written_forms(word)
    data_dir = tmp_path / "data"
    with running_server(data_dir, built_model) as server:
        with server.client() as client:
            made = client.post("collections", json={"name": "Papers"}).json()["id"]
            files = {"file": ("iron.txt", sentence("iron", word).encode())}
            sent = client.post(f"collections/{made}/documents", files=files).json()
            document = f"documents/{sent['document']['id']}"
            wait_for(lambda: client.get(f"{document}/status").json()["searchable"], "searchable")
            receipt = client.delete(document).json()["id"]
        server.kill()
        assert places(grep(data_dir, needles)) == {"rag"}, "the control: not erased yet"
        server.start()
        with server.client() as client:
            wait_for(lambda: client.get(f"receipts/{receipt}").json()["complete"], "erased")
            proof = client.post(f"receipts/{receipt}/proof").json()
        assert proof["empty"], proof
        assert {store["store"] for store in proof["stores"]} >= {"sql", "vectors", "lexical"}
        assert grep(data_dir, needles) == set()
        assert not grep(tmp_path, needles)
        told = server.command("audit", "prove", receipt)
        assert (told.returncode, "vectors: empty" in told.stdout) == (0, True)
