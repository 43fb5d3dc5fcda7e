"""The whole search and the warm start over many chunks.

    python -m benchmarks.search [--chunks 100000] [--questions 300] [--data DIR]

The chunks are recombined sentences of the evaluation data; their vectors are real ones of a few
thousand texts with noise, written straight into SQL, which saves the hours of embedding. Chroma and
tantivy are then filled by the projector as always. Searches go through the API of a real server
that was started on that data. ``--data`` keeps the data directory for another run.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session
from tests.server_process import ServerProcess

from benchmarks.corpora import evaluation_data, texts_of
from on_prem_rag.access.caller import OPERATOR
from on_prem_rag.access.models import Collection
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.config import load_settings
from on_prem_rag.db.base import new_id
from on_prem_rag.documents.generations import register_model, store_vectors
from on_prem_rag.documents.models import Chunk, Document, DocumentVersion
from on_prem_rag.documents.service import publish_version
from on_prem_rag.llm.protocols import FloatMatrix

CHUNKS_PER_DOCUMENT = 50
WORDS_PER_CHUNK = 120
BASES = 3000
NOISE = 0.6
"""Length of the noise added to a vector of length 1: neighbours at a cosine of about 0.86."""
SEED = 100_000


def sentences() -> list[str]:
    """Every sentence of the English corpora."""
    found = []
    for text in texts_of("wiki_qa", "cisi", "vaswani_npl"):
        found += [part for part in re.split(r"(?<=[.?!])\s+", text) if len(part.split()) > 4]
    return found


def texts(count: int, draw: random.Random) -> Iterator[str]:
    """Passages of about 120 words, each of sentences drawn at random."""
    known = sentences()
    for _ in range(count):
        parts: list[str] = []
        words = 0
        while words < WORDS_PER_CHUNK:
            parts.append(draw.choice(known))
            words += len(parts[-1].split())
        yield " ".join(parts)


def no_original(number: int) -> tuple[str, int]:
    """A hash and size for a document whose file nobody will ask for."""
    return f"{number:064x}", 0


def fill(
    appliance: Appliance,
    count: int,
    original: Callable[[int], tuple[str, int]] = no_original,
) -> None:
    """Write documents, chunks and vectors into SQL, and the change that announces each.

    ``original`` gives the hash and size of a document's file by its number.
    """
    draw, noise = random.Random(SEED), np.random.default_rng(SEED)
    embedder = appliance.embedders.configured()
    bases = embedder.embed_documents(
        list(islice(texts(count, random.Random(1)), min(BASES, count)))
    )
    with appliance.database.write() as session:
        model_id = register_model(session, embedder).id
        collection = Collection(name="Archive", owner_id=OPERATOR.id)
        session.add(collection)
        session.flush()
        collection_id = collection.id
    for number, part in enumerate(_batched(texts(count, draw), CHUNKS_PER_DOCUMENT)):
        rows = bases[noise.integers(0, len(bases), len(part))]
        spread = noise.standard_normal(rows.shape) * NOISE / np.sqrt(rows.shape[1])
        vectors = rows + spread
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with appliance.database.write() as session:
            _add(
                session, appliance, collection_id, model_id, number, original(number), part, vectors
            )


def _batched(values: Iterator[str], size: int) -> Iterator[list[str]]:
    while part := list(islice(values, size)):
        yield part


def _add(
    session: Session,
    appliance: Appliance,
    collection_id: str,
    model_id: str,
    number: int,
    file: tuple[str, int],
    texts: Sequence[str],
    vectors: FloatMatrix,
) -> None:
    document = Document(
        collection_id=collection_id, name=f"{number:05d}.txt", created_by=OPERATOR.id
    )
    session.add(document)
    session.flush()
    version = DocumentVersion(
        document_id=document.id,
        number=1,
        sha256=file[0],
        size_bytes=file[1],
        media_type="text/plain",
        title=" ".join(texts[0].split()[:6]),
        created_by=OPERATOR.id,
    )
    session.add(version)
    session.flush()
    ids = [new_id() for _ in texts]
    session.execute(
        insert(Chunk),
        [
            {
                "id": chunk_id,
                "version_id": version.id,
                "document_id": document.id,
                "collection_id": collection_id,
                "ordinal": ordinal,
                "kind": "text",
                "text": text,
                "heading_path": [],
                "char_start": 1000 * ordinal,
                "char_end": 1000 * ordinal + len(text),
                "token_count": len(text) // 4,
                "boxes": [],
                "spans": [],
                "content_sha256": f"{number:059x}{ordinal:05x}",
            }
            for ordinal, (chunk_id, text) in enumerate(zip(ids, texts, strict=True))
        ],
    )
    store_vectors(session, model_id, ids, vectors.astype(np.float32))
    publish_version(session, appliance.repository, document, version)


def questions(count: int) -> list[str]:
    """Real questions on one of the corpora."""
    lines = evaluation_data("retrieval", "wiki_qa", "queries.jsonl").read_text().splitlines()
    return [str(json.loads(line)["text"]) for line in lines[:count]]


def start(server: ServerProcess) -> tuple[float, float]:
    """Seconds until the server is ready, and until its vectors serve as well."""
    began = time.perf_counter()
    server.start()
    ready = time.perf_counter() - began
    with server.client() as client:
        while True:
            checks = client.get("health").json()["checks"]
            if checks["vector_db"]["status"] == "healthy":
                return ready, time.perf_counter() - began
            time.sleep(0.05)


def search(server: ServerProcess, asked: Sequence[str]) -> None:
    """Ask one question after another and print how long the answers took."""
    taken: list[float] = []
    stages: dict[str, list[float]] = {}
    with server.client() as client:
        for question in (*asked[:20], *asked):
            began = time.perf_counter()
            body = client.post("search", json={"query": question}).json()
            taken.append((time.perf_counter() - began) * 1000)
            assert body["passages"], question
            assert body["degraded"] == [], body["degraded"]
            for stage, milliseconds in body["timings"].items():
                stages.setdefault(stage, []).append(milliseconds)
    for name, values in {"whole request": taken, **stages}.items():
        p50, p95 = np.percentile(values[20:], [50, 95])
        print(f"  {name:16} p50 {p50:6.1f} ms, p95 {p95:6.1f} ms")


def prepare(data_dir: Path, chunks: int) -> None:
    """Fill a data directory and its indexes."""
    settings, _ = load_settings({}, data_dir=data_dir)
    appliance = Appliance(settings, workers=0, durable=False)
    try:
        began = time.perf_counter()
        fill(appliance, chunks)
        written = time.perf_counter()
        appliance.projector.run_until_current()
        taken = time.perf_counter() - written
        print(f"{chunks} chunks written in {written - began:.0f} s, indexed in {taken:.0f} s")
    finally:
        appliance.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--data", type=Path, help="a data directory to keep, or to use again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = arguments.data or Path(folder) / "data"
        if not data_dir.exists():
            prepare(data_dir, arguments.chunks)
        server = ServerProcess(data_dir, log_level="WARNING")
        try:
            ready, serving = start(server)
            print(f"warm start: ready in {ready:.1f} s, vectors serve after {serving:.1f} s")
            search(server, questions(arguments.questions))
        finally:
            server.end()


if __name__ == "__main__":
    main()
