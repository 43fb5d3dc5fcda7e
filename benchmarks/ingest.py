"""Chunks a second from upload to searchable, over the bare embedder on the same chunks.

    python -m benchmarks.ingest [--chunks 4000] [--pdfs 4] [--rounds 3]

A real server with its worker takes in text documents of about 50 chunks, then PDFs of the
evaluation data; the bare embedder then embeds the very same texts, with the server stopped. The
rounds alternate, so that a busy machine slows both; each figure is the best round.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import httpx
from sqlalchemy import select
from tests.server_process import ServerProcess, cpu_seconds, give_model

from benchmarks.corpora import evaluation_data, texts_of
from on_prem_rag.bootstrap.parts import open_database
from on_prem_rag.config import load_settings
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.ingest.splitter import embedding_text
from on_prem_rag.llm.minilm import MiniLMEmbedder

WORDS_PER_DOCUMENT = 50 * 120
"""A chunk holds about 120 words of these corpora."""
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and of processors."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class File:
    """What is uploaded."""

    name: str
    data: bytes


def text_files(chunks: int) -> list[File]:
    """Text documents of about 50 chunks each, their paragraphs being passages of the corpora."""
    wanted = max(1, round(chunks / 50))
    files: list[File] = []
    paragraphs: list[str] = []
    words = 0
    for text in texts_of("wiki_qa", "cisi"):
        paragraphs.append(text)
        words += len(text.split())
        if words >= WORDS_PER_DOCUMENT:
            files.append(File(f"{len(files):03d}.txt", "\n\n".join(paragraphs).encode()))
            paragraphs, words = [], 0
            if len(files) == wanted:
                break
    return files


def pdf_files(count: int) -> list[File]:
    """Filings of the evaluation data of middling size."""
    paths = sorted(
        evaluation_data("pdf_qa", "pdfs").glob("*_10K.pdf"), key=lambda path: path.stat().st_size
    )
    middle = len(paths) // 2
    return [File(path.name, path.read_bytes()) for path in paths[middle : middle + count]]


def pipeline_cost(data_dir: Path, model: Path, files: Sequence[File]) -> Cost:
    """From the first upload to all documents searchable, on a fresh server."""
    give_model(model, data_dir)
    server = ServerProcess(data_dir, log_level="WARNING")
    server.start()
    try:
        with server.client() as client:
            # A running server has long registered its model; one small document shows that it has.
            collection = str(client.post("collections", json={"name": "Files"}).json()["id"])
            _take(client, collection, [File("first.txt", b"Hello.")])
            cpu = cpu_seconds(server.pid)
            wall = _take(client, collection, files)
            return Cost(wall, cpu_seconds(server.pid) - cpu)
    finally:
        server.stop()
        server.end()


def _take(client: httpx.Client, collection: str, files: Sequence[File]) -> float:
    started = time.perf_counter()
    waiting = []
    for file in files:
        path = f"collections/{collection}/documents"
        sent = client.post(path, files={"file": (file.name, file.data)}).json()
        waiting.append(f"documents/{sent['document']['id']}/status")
    # They end about in the order of their jobs: whoever waits for the last one asks seldom.
    for path in reversed(waiting):
        while not client.get(path).json()["searchable"]:
            time.sleep(_POLL_SECONDS)
    return time.perf_counter() - started


def embedded_texts(data_dir: Path) -> list[str]:
    """What the pipeline had embedded, the first small document aside."""
    database = open_database(load_settings({}, data_dir=data_dir)[0])
    with database.read() as session:
        query = (
            select(DocumentVersion.title, Document.name, Chunk.heading_path, Chunk.text)
            .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
            .join(Document, Document.id == Chunk.document_id)
            .where(Document.name != "first.txt")
        )
        rows = session.execute(query).all()
    database.close()
    return [embedding_text(title or name, path, text) for title, name, path, text in rows]


def bare_cost(models_dir: Path, texts: Sequence[str]) -> Cost:
    """The embedder alone, warm, with all threads, in a process as nice as the worker is."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_embed, models_dir, list(texts)).result()


def _embed(models_dir: Path, texts: list[str]) -> Cost:
    os.nice(10)
    embedder = MiniLMEmbedder(models_dir)
    embedder.embed_documents(texts[:16])
    started, cpu = time.perf_counter(), time.process_time()
    embedder.embed_documents(texts)
    cost = Cost(time.perf_counter() - started, time.process_time() - cpu)
    embedder.close()
    return cost


def measure(kind: str, files: Sequence[File], rounds: int, model: Path) -> None:
    """Print both rates and their ratio."""
    ours: list[Cost] = []
    bare: list[Cost] = []
    texts: list[str] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            data_dir = Path(folder) / "data"
            ours.append(pipeline_cost(data_dir, model, files))
            texts = embedded_texts(data_dir)
            bare.append(bare_cost(model.parent, texts))
    size = sum(len(file.data) for file in files) / 1024**2
    print(f"{kind}: {len(files)} documents, {size:.1f} MB, {len(texts)} chunks, {rounds} rounds")
    for name, costs in (("pipeline", ours), ("bare embedder", bare)):
        rate = len(texts) / min(cost.wall for cost in costs)
        each = ", ".join(f"{cost.wall:.1f}" for cost in costs)
        cpu = min(cost.cpu for cost in costs)
        print(f"  {name}: {rate:.1f} chunks/s ({each} s), {cpu:.1f} s of processors")
    best = min(cost.wall for cost in bare) / min(cost.wall for cost in ours)
    each_round = ", ".join(f"{b.wall / o.wall:.2f}" for b, o in zip(bare, ours, strict=True))
    work = min(cost.cpu for cost in bare) / min(cost.cpu for cost in ours)
    print(f"  ratio: {best:.2f} (best rounds), {each_round} (each); of processor time {work:.2f}")


def kinds(chunks: int, pdfs: int) -> Iterator[tuple[str, list[File]]]:
    """The kinds asked for."""
    if chunks:
        yield "text", text_files(chunks)
    if pdfs:
        yield "PDF", pdf_files(pdfs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=4000, help="of text; 0 leaves it out")
    parser.add_argument("--pdfs", type=int, default=4, help="0 leaves them out")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        MiniLMEmbedder(Path(folder)).close()
        model = next(Path(folder).glob("*.onnx"))
        for kind, files in kinds(arguments.chunks, arguments.pdfs):
            measure(kind, files, arguments.rounds, model)


if __name__ == "__main__":
    main()
