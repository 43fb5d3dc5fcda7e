"""What becomes of documents between an upload and its being searchable, whatever happens then."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.eval_data import FULL
from tests.ollama_standin import Step
from tests.ollama_standin.server import ThreadedStandIn
from tests.server_process import ServerProcess, give_model, running_server, wait_for

EMBEDDING_MODEL = "nomic-embed-text"

pytestmark = pytest.mark.timeout(600)


class Library:
    """A collection on a server, with what these tests do to it."""

    def __init__(self, client: httpx.Client, name: str) -> None:
        self.client = client
        self.id: str = client.post("collections", json={"name": name}).json()["id"]

    def send(self, name: str, data: bytes | str) -> dict[str, Any]:
        """Upload without waiting."""
        content = data.encode() if isinstance(data, str) else data
        response = self.client.post(
            f"collections/{self.id}/documents", files={"file": (name, content)}
        )
        assert response.status_code == 202, response.text
        sent: dict[str, Any] = response.json()
        return sent

    def job(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The upload's job as it stands."""
        job: dict[str, Any] = self.client.get(f"jobs/{sent['job_id']}").json()
        return job

    def add(self, name: str, data: bytes | str) -> dict[str, Any]:
        """Upload, and wait until the job has ended and the indexes have followed."""
        sent = self.send(name, data)
        job = wait_for(lambda: (j := self.job(sent))["finished_at"] and j, f"{name} is done")
        if job["status"] == "succeeded":
            path = f"documents/{sent['document']['id']}/status"
            wait_for(lambda: self.client.get(path).json()["searchable"], f"{name} is searchable")
        ended: dict[str, Any] = job
        return ended

    def search(self, words: str, **bounds: Any) -> list[dict[str, Any]]:
        """Passages of this collection."""
        body = {"query": words, "collection_ids": [self.id], **bounds}
        passages: list[dict[str, Any]] = self.client.post("search", json=body).json()["passages"]
        return passages

    def document(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The document with its versions."""
        found: dict[str, Any] = self.client.get(f"documents/{sent['document']['id']}").json()
        return found


def page(title: str, *paragraphs: str) -> str:
    """An HTML page; each paragraph is long enough for a chunk of its own."""
    body = "".join(f"<h2>{p.split()[0]}</h2><p>{p}</p>" for p in paragraphs)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def paragraph(word: str, words: int = 160) -> str:
    """A paragraph about one word."""
    return f"{word} " + " ".join(f"{word.lower()}{n}" for n in range(words)) + "."


def embedded_texts(model: ThreadedStandIn, since: int, title: str = "") -> list[str]:
    """What Ollama was asked to embed since a request, of one document where its title is given."""
    asked = [json.loads(r.body) for r in model.requests[since:] if r.path == "/api/embed"]
    inputs = [body["input"] for body in asked]
    texts = [text for given in inputs for text in ([given] if isinstance(given, str) else given)]
    return [text for text in texts if text.startswith(title)]


# --- with an embedding model whose every call can be seen, and which can be taken away ---


@pytest.fixture(scope="module")
def model() -> Iterator[ThreadedStandIn]:
    with ThreadedStandIn() as standin:
        yield standin


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, built_model: Path, model: ThreadedStandIn
) -> Iterator[ServerProcess]:
    directory = tmp_path_factory.mktemp("ingest") / "data"
    settings = {"ollama_endpoint": model.url, "embedding_model": EMBEDDING_MODEL}
    with running_server(directory, built_model, **settings) as running:
        yield running


@pytest.fixture
def client(server: ServerProcess) -> Iterator[httpx.Client]:
    with server.client() as opened:
        yield opened


def test_vectors_of_the_same_text_are_reused_within_a_collection_alone(
    client: httpx.Client, model: ThreadedStandIn
) -> None:
    first, second = Library(client, "First"), Library(client, "Second")
    text = page("Rules", paragraph("Alpha"), paragraph("Beta"))
    start = len(model.requests)
    first.add("rules.html", text)
    everything = embedded_texts(model, start, "Rules")
    assert len(everything) >= 2

    start = len(model.requests)
    assert first.add("copy of rules.html", text)["result"]["chunks"] == len(everything)
    assert embedded_texts(model, start, "Rules") == []

    start = len(model.requests)
    first.add("rules.html", page("Rules", paragraph("Alpha"), paragraph("Gamma")))
    changed = embedded_texts(model, start, "Rules")
    assert changed
    assert all("gamma1" in embedded for embedded in changed)

    start = len(model.requests)
    second.add("rules.html", text)
    assert sorted(embedded_texts(model, start, "Rules")) == sorted(everything)


def test_a_replacement_that_fails_leaves_the_old_version_searchable(client: httpx.Client) -> None:
    library = Library(client, "Replaced")
    library.add("menu.txt", "Tuesday is bouillabaisse day.")
    sent = library.send("menu.txt", b"%PDF-1.7\ntorn in two")
    failed = wait_for(lambda: (j := library.job(sent))["finished_at"] and j, "it ends")
    assert failed["status"] == "failed"
    for strategy in ("lexical", "dense"):
        found = library.search("bouillabaisse day", strategy=strategy)
        assert ["bouillabaisse" in passage["text"] for passage in found] == [True]
    detail = library.document(sent)
    assert [(v["number"], v["status"]) for v in detail["versions"]] == [(2, "failed"), (1, "ready")]
    assert detail["current_version_id"] == detail["versions"][1]["id"]
    assert detail["latest"]["error"]["message"]
    library.add("menu.txt", "Tuesday is ratatouille day.")
    assert library.search("bouillabaisse", strategy="lexical") == []
    assert library.search("ratatouille", strategy="lexical")


def test_while_the_embedding_model_is_away_documents_wait_and_say_why(
    client: httpx.Client, server: ServerProcess, model: ThreadedStandIn
) -> None:
    library = Library(client, "Waiting")
    model.refuse()
    try:
        sent = library.send("late.txt", "The ferry leaves at dawn from the pontoon.")
        waiting = wait_for(
            lambda: (j := library.job(sent))["stage"] == "waiting" and j, "it is put off"
        )
    finally:
        model.accept()
    assert waiting["status"] == "queued"
    assert waiting["error"]["code"] == "embedding_failed"
    assert "Ollama" in waiting["error"]["message"]
    ended = wait_for(lambda: (j := library.job(sent))["finished_at"] and j, "it is done")
    assert (ended["status"], ended["attempts"], ended["error"]) == ("succeeded", 1, None)
    wait_for(lambda: library.search("ferry pontoon"), "it is found")


@pytest.mark.parametrize("fault", ["wrong_dimension", "nan", "short_batch"] if FULL else ["nan"])
def test_vectors_that_make_no_sense_are_never_stored(
    client: httpx.Client, server: ServerProcess, model: ThreadedStandIn, fault: str
) -> None:
    library = Library(client, f"Spoiled by {fault}")
    model.script(Step(fault, path="/api/embed"))
    ended = library.add("ledger.txt", f"The ledger of {fault} holds the debts of the guild.")
    assert ended["status"] == "succeeded"
    assert library.search("debts of the guild", strategy="dense")
    with closing(sqlite3.connect(server.data_dir / "rag.db")) as connection:
        lengths = connection.execute(
            "SELECT DISTINCT length(vector) FROM embeddings JOIN chunks ON chunk_id = chunks.id"
            " WHERE collection_id = ?",
            (library.id,),
        ).fetchall()
    assert lengths == [(64 * 4,)]


# --- with the bundled model, and workers that die ---


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("workers") / "data", built_model) as running:
        yield running


def long_text(word: str) -> str:
    """Enough to keep a worker busy for seconds."""
    return "\n\n".join(paragraph(f"{word.capitalize()}{n}", 60) for n in range(400))


def kill_worker(server: ServerProcess) -> int:
    """SIGKILL the worker and return its id."""
    (pid,) = wait_for(server.workers, "a worker runs")
    os.kill(pid, signal.SIGKILL)
    return pid


def test_a_worker_that_is_killed_is_started_again_and_its_documents_go_on(
    bundled: ServerProcess,
) -> None:
    with bundled.client() as client:
        library = Library(client, "Killed once")
        sent = library.send("long.txt", long_text("heron"))
        wait_for(lambda: library.job(sent)["stage"] == "embedding", "it is embedded")
        dead = kill_worker(bundled)
        wait_for(lambda: bundled.workers() not in ([], [dead]), "another worker runs")
        ended = wait_for(lambda: (j := library.job(sent))["finished_at"] and j, "it ends")
        assert (ended["status"], ended["attempts"]) == ("succeeded", 2)
        found = library.document(sent)["latest"]["chunk_count"]
        assert found == ended["result"]["chunks"] > 100


def test_a_document_that_kills_its_workers_is_given_up_and_the_others_are_not(
    bundled: ServerProcess,
) -> None:
    with bundled.client() as client:
        library = Library(client, "Killed thrice")
        poison = library.send("poison.txt", long_text("viper"))
        others = [library.send(f"other{n}.txt", f"Innocent number {n}.") for n in range(12)]
        for attempt in (1, 2, 3):
            wait_for(
                lambda a=attempt: (
                    (j := library.job(poison))["attempts"] == a and j["stage"] == "embedding"
                ),
                f"attempt {attempt}",
            )
            kill_worker(bundled)
        ended = wait_for(lambda: (j := library.job(poison))["finished_at"] and j, "it is given up")
        assert (ended["status"], ended["error"]["code"]) == ("failed", "worker_died")
        assert library.document(poison)["latest"]["error"]["code"] == "worker_died"
        for sent in others:
            job = wait_for(lambda s=sent: (j := library.job(s))["finished_at"] and j, "it ends")
            assert job["status"] == "succeeded"
        again = client.post(f"documents/{poison['document']['id']}/retry")
        assert again.status_code == 202
        client.post(f"jobs/{again.json()['id']}/cancel").raise_for_status()


# --- from the bundled model to another one ---


def test_another_embedding_model_is_filled_while_the_old_one_serves(
    tmp_path: Path, built_model: Path, model: ThreadedStandIn
) -> None:
    give_model(built_model, tmp_path / "data")
    first = ServerProcess(tmp_path / "data", ollama_endpoint=model.url)
    second = ServerProcess(
        tmp_path / "data", ollama_endpoint=model.url, embedding_model=EMBEDDING_MODEL
    )
    try:
        first.start()
        with first.client() as client:
            library = Library(client, "Moved")
            library.add("tides.txt", "The tide table hangs beside the harbour office door.")
            library.add("titled.html", page("Lamps", paragraph("Lantern"), paragraph("Beacon")))
            total = chunk_count(tmp_path / "data" / "rag.db")
        assert first.stop() == 0

        second.start()
        with second.client() as client:
            library.client = client
            wait_for(lambda: len(generations(client)) == 2, "the new model is registered")
            waiting = {"all-MiniLM-L6-v2": (True, 0), "nomic-embed-text": (False, total)}
            assert generations(client) == waiting
            # New documents get vectors by both, so that neither falls behind.
            library.add("buoys.txt", "Green buoys mark the starboard side of the channel.")
            assert generations(client)["all-MiniLM-L6-v2"] == (True, 0)
            assert dense(library, "where is the tide table") == "tides.txt"
            assert dense(library, "colour of the buoys") == "buoys.txt"
            start = len(model.requests)
            done = second.command("reindex", "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["result"]["chunks"] == total
            filled = embedded_texts(model, start)
            wait_for(lambda: generations(client)["nomic-embed-text"] == (True, 0), "the swap")
            wait_for(lambda: asks_ollama(library, model), "questions are embedded by it")
            assert dense(library, "tide table harbour office") == "tides.txt"
            assert dense(library, "green buoys starboard channel") == "buoys.txt"
        assert second.stop() == 0
        check_texts(tmp_path / "data" / "rag.db", filled, total)
    finally:
        first.end()
        second.end()


def generations(client: httpx.Client) -> dict[str, tuple[bool, int]]:
    """Whether each embedding model serves, and how many chunks lack its vectors."""
    found = client.get("models").json()["embeddings"]
    return {e["name"].removesuffix(":latest"): (e["serving"], e["missing"]) for e in found}


def dense(library: Library, words: str) -> str:
    """The name of the document whose passage is nearest."""
    name: str = library.search(words, strategy="dense")[0]["document_name"]
    return name


def asks_ollama(library: Library, model: ThreadedStandIn) -> bool:
    """Whether a question reaches Ollama to be embedded."""
    start = len(model.requests)
    library.search("a question of its own", strategy="dense")
    return "a question of its own" in embedded_texts(model, start)


def chunk_count(database: Path) -> int:
    """Chunks in SQL."""
    with closing(sqlite3.connect(database)) as connection:
        count: int = connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    return count


def check_texts(database: Path, filled: list[str], total: int) -> None:
    """A new model is given the very texts that a document is embedded as when it comes in."""
    with closing(sqlite3.connect(database)) as connection:
        wanted = {row[0] for row in connection.execute("SELECT content_sha256 FROM chunks")}
        models = connection.execute(
            "SELECT count(*), count(DISTINCT chunk_id) FROM embeddings GROUP BY model_id"
        ).fetchall()
    found = {hashlib.sha256(text.encode()).hexdigest() for text in filled}
    assert len(found & wanted) == total
    assert models == [(total + 1, total + 1)] * 2
