"""The main job through the real command line and the real server: documents in, answers out."""

from __future__ import annotations

import json
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ollama_standin.server import ThreadedStandIn
from tests.sample_files import FACTS, LEASE_PAGES, Fact, write_pdf, write_sample_files
from tests.server_process import (
    ServerProcess,
    environment,
    give_model,
    run_command,
    running_server,
    wait_for,
)

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def model() -> Iterator[ThreadedStandIn]:
    """An Ollama that can be taken away and brought back."""
    with ThreadedStandIn() as standin:
        yield standin


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, built_model: Path, model: ThreadedStandIn
) -> Iterator[ServerProcess]:
    directory = tmp_path_factory.mktemp("journey") / "data"
    with running_server(directory, built_model, ollama_endpoint=model.url) as running:
        yield running


@pytest.fixture(scope="module")
def handbook(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sample files, taken in as the collection Handbook."""
    folder = tmp_path_factory.mktemp("handbook")
    files = write_sample_files(folder)
    report = ingest(server, folder, "Handbook")
    assert (report["created"], report["failures"]) == (len(files), [])
    assert report["chunks"] >= len(files)
    return folder


def ingest(server: ServerProcess, path: Path, collection: str, code: int = 0) -> dict[str, Any]:
    done = server.command("ingest", str(path), "-c", collection, "--json")
    assert done.returncode == code, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def ask(server: ServerProcess, question: str, collection: str) -> dict[str, Any]:
    done = server.command("ask", question, "-c", collection, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def search(server: ServerProcess, words: str, collection: str, **bounds: Any) -> list[Any]:
    with server.client() as client:
        collections = client.get("collections").json()["items"]
        ids = [c["id"] for c in collections if c["name"] == collection]
        body = {"query": words, "collection_ids": ids, **bounds}
        response = client.post("search", json=body)
    assert response.status_code == 200, response.text
    passages: list[Any] = response.json()["passages"]
    return passages


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.file_name)
def test_without_a_model_the_best_sentences_answer_and_are_cited(
    server: ServerProcess, handbook: Path, model: ThreadedStandIn, fact: Fact
) -> None:
    model.refuse()
    try:
        answer = ask(server, fact.question, "Handbook")
    finally:
        model.accept()
    assert answer["mode"] == "extractive"
    assert fact.answer in answer["answer"]
    cited = next(c for c in answer["citations"] if c["document_name"] == fact.file_name)
    pages = {box[0] for box in cited["boxes"]}
    if fact.page is None:
        assert (cited["page"], pages) == (None, set())
    else:
        assert fact.page in pages


def test_a_model_writes_the_answer_from_the_passages_and_cites_them(
    server: ServerProcess, handbook: Path
) -> None:
    fact = FACTS[-1]
    answer = ask(server, fact.question, "Handbook")
    assert (answer["mode"], answer["model"]) == ("generated", "mistral:7b")
    shown = {passage["marker"]: passage for passage in answer["passages"]}
    assert answer["citations"]
    for citation in answer["citations"]:
        passage = shown[citation["marker"]]
        assert citation["document_id"] == passage["document_id"]
        assert answer["answer"][citation["offset"] :].startswith(f"[{citation['marker']}]")
    lease = next(c for c in answer["citations"] if c["document_name"] == fact.file_name)
    assert fact.page in {box[0] for box in lease["boxes"]}


def test_the_cited_page_is_shown_with_the_passage_highlighted(
    server: ServerProcess, handbook: Path
) -> None:
    passage = search(server, FACTS[-1].question, "Handbook")[0]
    path = f"documents/{passage['document_id']}/pages/{passage['page_start']}/image"
    with server.client() as client:
        plain = client.get(path)
        marked = client.get(path, params={"chunk_id": passage["chunk_ids"]})
    assert plain.headers["content-type"] == marked.headers["content-type"] == "image/jpeg"
    assert plain.content != marked.content


def test_an_answer_is_streamed_to_people_with_its_sources(
    server: ServerProcess, handbook: Path
) -> None:
    done = server.command("ask", FACTS[0].question, "-c", "Handbook")
    assert done.returncode == 0, done.stderr
    assert FACTS[0].answer in done.stdout
    assert "Sources" in done.stdout
    assert "leave.txt" in done.stdout
    assert "generated, mistral:7b" in done.stdout


def test_what_the_documents_do_not_say_is_not_found(server: ServerProcess, handbook: Path) -> None:
    answer = ask(server, "Which planets have rings of ice?", "Handbook")
    assert answer["mode"] == "not_found"
    assert answer["citations"] == []


def test_unchanged_files_are_not_sent_again(server: ServerProcess, handbook: Path) -> None:
    jobs = job_count(server)
    report = ingest(server, handbook, "Handbook")
    assert (report["unchanged"], report["created"], report["replaced"]) == (len(FACTS), 0, 0)
    assert job_count(server) == jobs


def test_the_same_bytes_sent_again_make_no_job(server: ServerProcess, handbook: Path) -> None:
    with server.client() as client:
        collection = client.get("collections").json()["items"][0]["id"]
        response = client.post(
            f"collections/{collection}/documents",
            files={"file": ("leave.txt", (handbook / "leave.txt").read_bytes())},
        )
    assert response.status_code == 200
    assert response.json()["outcome"] == "unchanged"
    assert response.json()["job_id"] is None


def test_a_replaced_document_is_found_by_its_new_text_alone(
    server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "tariff.txt"
    file.write_text("A pallet costs 41 euros a month. The old word is quetzalcoat.")
    assert ingest(server, file, "Tariffs")["created"] == 1
    assert search(server, "quetzalcoat", "Tariffs", strategy="lexical")
    file.write_text("A pallet costs 52 euros a month. The new word is axolotlism.")
    assert ingest(server, file, "Tariffs")["replaced"] == 1
    assert search(server, "quetzalcoat", "Tariffs", strategy="lexical") == []
    for strategy in ("lexical", "dense", "hybrid"):
        found = search(server, "axolotlism cost of a pallet", "Tariffs", strategy=strategy)
        assert ["52 euros" in passage["text"] for passage in found] == [True]
    with server.client() as client:
        detail = client.get(f"documents/{found[0]['document_id']}").json()
    assert [(v["number"], v["status"]) for v in detail["versions"]] == [
        (2, "ready"),
        (1, "superseded"),
    ]


def test_a_deleted_document_is_gone_from_search_answers_and_disk(
    server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("The wobblegong password of the north gate is marzipan.")
    ingest(server, file, "Gates")
    found = search(server, "wobblegong", "Gates")[0]
    with server.client() as client:
        sha256 = client.get(f"documents/{found['document_id']}").json()["latest"]["sha256"]
    assert (server.data_dir / "originals" / sha256).exists()
    done = server.command("documents", "delete", found["document_id"], "--yes")
    assert done.returncode == 0, done.stderr
    for strategy in ("lexical", "dense", "hybrid"):
        assert search(server, "wobblegong", "Gates", strategy=strategy) == []
    assert not (server.data_dir / "originals" / sha256).exists()
    assert server.command("documents", "show", found["document_id"]).returncode == 3


def test_a_file_that_fails_says_why_and_the_others_go_in(
    server: ServerProcess, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text("The canteen opens at noon.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is no PDF at all")
    (tmp_path / "empty.txt").write_bytes(b"")
    report = ingest(server, tmp_path, "Mixed", code=5)
    failed = {failure["name"]: failure for failure in report["failures"]}
    assert set(failed) == {"broken.pdf", "empty.txt"}
    assert all(failure["message"] and failure["hint"] for failure in failed.values())
    assert search(server, "when does the canteen open", "Mixed")
    again = server.command("ingest", str(tmp_path / "broken.pdf"), "-c", "Mixed")
    assert again.returncode == 1
    assert failed["broken.pdf"]["message"] in again.stdout


@pytest.fixture
def sleeping_worker(server: ServerProcess) -> Iterator[None]:
    """The worker stopped in its tracks, so that jobs stay queued."""
    workers = wait_for(server.workers, "a worker runs")
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in workers:
        os.kill(pid, signal.SIGCONT)


def test_a_queued_job_is_cancelled_at_once(server: ServerProcess, sleeping_worker: None) -> None:
    with server.client() as client:
        job_id, document_id = upload(client, b"This is never read.")
        cancelled = client.post(f"jobs/{job_id}/cancel").json()
        assert cancelled["status"] == "cancelled"
        status = client.get(f"documents/{document_id}/status").json()
    assert (status["status"], status["error"]["code"]) == ("failed", "cancelled")


def test_a_running_job_is_cancelled_and_can_be_tried_again(server: ServerProcess) -> None:
    text = "\n\n".join(f"Paragraph {n} of {uuid.uuid4()} is about nothing." for n in range(9000))
    with server.client() as client:
        job_id, document_id = upload(client, text.encode())
        wait_for(lambda: client.get(f"jobs/{job_id}").json()["stage"] == "embedding", "embedding")
        client.post(f"jobs/{job_id}/cancel").raise_for_status()
        ended = wait_for(
            lambda: (job := client.get(f"jobs/{job_id}").json())["finished_at"] and job, "its end"
        )
        assert ended["status"] == "cancelled"
        detail = client.get(f"documents/{document_id}").json()
        assert (detail["latest"]["status"], detail["latest"]["chunk_count"]) == ("failed", 0)
        retried = client.post(f"documents/{document_id}/retry")
        assert retried.status_code == 202
        client.post(f"jobs/{retried.json()['id']}/cancel").raise_for_status()


def upload(client: Any, data: bytes) -> tuple[str, str]:
    name = uuid.uuid4().hex
    made = client.post("collections", json={"name": name}).json()
    response = client.post(f"collections/{made['id']}/documents", files={"file": ("a.txt", data)})
    body = response.json()
    return body["job_id"], body["document"]["id"]


def job_count(server: ServerProcess) -> int:
    with server.client() as client:
        total: int = client.get("jobs").json()["total"]
    return total


def test_a_second_owner_of_the_data_directory_is_refused(server: ServerProcess) -> None:
    done = server.command("serve")
    assert done.returncode == 4
    assert "data directory" in done.stderr
    assert "Traceback" not in done.stderr
    with server.client() as client:
        assert client.get("health").json()["status"] != "unhealthy"


def test_with_no_server_running_a_command_serves_itself(tmp_path: Path, built_model: Path) -> None:
    data_dir = tmp_path / "data"
    give_model(built_model, data_dir)
    write_pdf(tmp_path / "lease.pdf", LEASE_PAGES)
    env = environment(data_dir)
    done = run_command("ingest", "lease.pdf", "--json", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["created"] == 1
    done = run_command("ask", FACTS[-1].question, "--json", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["mode"] == "extractive"
    assert FACTS[-1].answer in answer["answer"]
    assert not (data_dir / "run" / "server.json").exists()
