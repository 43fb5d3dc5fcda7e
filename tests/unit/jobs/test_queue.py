"""The lease: who may finish a job, and when it is free again."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from on_prem_rag.db import migrate
from on_prem_rag.db.base import utc_now
from on_prem_rag.db.session import Database
from on_prem_rag.errors import EmbeddingError, UnreadableFile
from on_prem_rag.jobs.holders import process_name
from on_prem_rag.jobs.models import Job
from on_prem_rag.jobs.queue import (
    MAX_ATTEMPTS,
    JobCancelledError,
    JobQueue,
    LeaseLostError,
    enqueue,
    release_gone,
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate.upgrade(database)
    yield database
    database.close()


def add(database: Database, **values: object) -> str:
    with database.write() as session:
        job = enqueue(session, "ingest", created_by="u")
        for name, value in values.items():
            setattr(job, name, value)
        return job.id


def expire(database: Database, job_id: str) -> None:
    with database.write() as session:
        session.get_one(Job, job_id).lease_expires_at = utc_now() - timedelta(seconds=1)


def test_a_job_is_claimed_once(database: Database) -> None:
    job_id = add(database)
    first = JobQueue(database, "a").claim(["ingest"])
    assert first is not None
    assert first.id == job_id
    assert JobQueue(database, "b").claim(["ingest"]) is None


def test_many_workers_share_jobs_without_taking_one_twice(database: Database) -> None:
    wanted = {add(database) for _ in range(30)}
    taken: list[str] = []

    def work(name: str) -> None:
        queue = JobQueue(database, name)
        while (job := queue.claim(["ingest"])) is not None:
            taken.append(job.id)

    threads = [Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # On Postgres a worker may see every free row locked for a moment and leave early.
    while (job := JobQueue(database, "last").claim(["ingest"])) is not None:
        taken.append(job.id)
    assert sorted(taken) == sorted(wanted)


def test_a_lapsed_lease_is_taken_over_and_the_first_holder_is_refused(database: Database) -> None:
    add(database)
    slow, quick = JobQueue(database, "slow"), JobQueue(database, "quick")
    lost = slow.claim(["ingest"])
    assert lost is not None
    expire(database, lost.id)
    held = quick.claim(["ingest"])
    assert held is not None
    with pytest.raises(LeaseLostError), database.write() as session:
        slow.complete(session, lost, {})
    with database.write() as session:
        quick.complete(session, held, {"chunks": 3})
    with database.read() as session:
        job = session.get_one(Job, held.id)
        assert (job.status, job.result) == ("succeeded", {"chunks": 3})


def test_a_job_whose_workers_keep_dying_fails_with_a_reason(database: Database) -> None:
    job_id = add(database)
    told: list[str] = []
    queue = JobQueue(database, "a", on_given_up=lambda session, job: told.append(job.id))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claimed = queue.claim(["ingest"])
        assert claimed is not None
        assert claimed.attempts == attempt
        expire(database, job_id)
    assert told == []
    assert queue.claim(["ingest"]) is None
    assert told == [job_id]
    with database.read() as session:
        job = session.get_one(Job, job_id)
        assert (job.status, job.error_code) == ("failed", "worker_died")


def test_progress_tells_that_the_job_was_cancelled(database: Database) -> None:
    job_id = add(database)
    queue = JobQueue(database, "a")
    job = queue.claim(["ingest"])
    assert job is not None
    queue.report(job, "embedding", 1, 2)
    with database.write() as session:
        session.get_one(Job, job_id).cancel_requested = True
    with pytest.raises(JobCancelledError):
        queue.report(job, "embedding", 2, 2)
    with pytest.raises(JobCancelledError), database.write() as session:
        queue.complete(session, job, {})
    with database.read() as session:
        assert session.get_one(Job, job_id).status == "running"
    assert queue.renew([job_id]) == {job_id}


def test_a_postponed_job_keeps_its_attempts_and_waits(database: Database) -> None:
    job_id = add(database)
    queue = JobQueue(database, "a")
    job = queue.claim(["ingest"])
    assert job is not None
    queue.postpone(job, 60, EmbeddingError("The model is away."))
    assert queue.claim(["ingest"]) is None
    with database.write() as session:
        row = session.get_one(Job, job_id)
        assert (row.status, row.attempts, row.error_code) == ("queued", 0, "embedding_failed")
        row.available_at = utc_now()
    assert queue.claim(["ingest"]) is not None


def test_a_job_that_ended_well_after_a_delay_shows_no_error(database: Database) -> None:
    job_id = add(database)
    queue = JobQueue(database, "a")
    for ending in (True, False):
        job = queue.claim(["ingest"])
        assert job is not None
        if ending:
            queue.postpone(job, 0, EmbeddingError("The model is away."))
        else:
            with database.write() as session:
                queue.complete(session, job, {})
    with database.read() as session:
        row = session.get_one(Job, job_id)
        assert (row.status, row.error_code, row.error_message) == ("succeeded", None, None)


def gone() -> str:
    """The name of a process that has ended: a later one has its id."""
    machine, process_id, started = process_name().split("/")
    return f"{machine}/{process_id}/{int(started) + 1}"


@pytest.mark.parametrize(("blameless", "attempts"), [(True, 1), (False, 2)])
def test_jobs_of_processes_that_ended_are_free_at_once(
    database: Database, blameless: bool, attempts: int
) -> None:
    add(database)
    lost = JobQueue(database, gone()).claim(["ingest"])
    assert lost is not None
    assert JobQueue(database, "a").claim(["ingest"]) is None
    assert release_gone(database, blameless=blameless) == 1
    held = JobQueue(database, "a").claim(["ingest"])
    assert held is not None
    assert (held.id, held.attempts, held.fence) == (lost.id, attempts, lost.fence + 1)


@pytest.mark.parametrize("owner", [process_name(), "elsewhere/1/1"], ids=["here", "elsewhere"])
def test_jobs_of_the_living_and_of_other_machines_stay_theirs(
    database: Database, owner: str
) -> None:
    add(database)
    assert JobQueue(database, owner).claim(["ingest"]) is not None
    assert release_gone(database, blameless=False) == 0
    assert JobQueue(database, "a").claim(["ingest"]) is None


def test_a_worker_that_ends_in_order_gives_its_jobs_back(database: Database) -> None:
    kept, given = add(database), add(database)
    other, ending = JobQueue(database, "other"), JobQueue(database, "ending")
    for queue in (other, ending):
        assert queue.claim(["ingest"]) is not None
    ending.give_back()
    again = other.claim(["ingest"])
    assert again is not None
    assert (again.id, again.attempts) == (given, 1)
    with database.read() as session:
        assert session.get_one(Job, kept).status == "running"


def test_a_failed_job_says_what_to_do(database: Database) -> None:
    add(database)
    queue = JobQueue(database, "a")
    job = queue.claim(["ingest"])
    assert job is not None
    with database.write() as session:
        queue.fail(session, job, UnreadableFile("The file is cut short."))
    with database.read() as session:
        row = session.scalars(select(Job)).one()
        assert row.error_message == "The file is cut short."
        assert row.error_hint


def test_higher_priority_goes_first(database: Database) -> None:
    add(database)
    urgent = add(database, priority=5)
    job = JobQueue(database, "a").claim(["ingest"])
    assert job is not None
    assert job.id == urgent
