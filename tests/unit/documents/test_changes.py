"""The change log: numbers without gaps or overtaking."""

from threading import Thread

from tests.unit.documents.conftest import Library

from on_prem_rag.documents.changes import append_change, changes_after, last_change


def test_concurrent_writers_leave_no_gap_and_no_double(library: Library) -> None:
    def write() -> None:
        for _ in range(5):
            with library.database.write() as session:
                append_change(session, "remove", collection_id=library.collection_id)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with library.database.read() as session:
        numbers = [change.number for change in changes_after(session, 0, 100)]
        assert numbers == list(range(1, 21))
        assert last_change(session) == 20


def test_a_change_that_is_rolled_back_gives_its_number_back(library: Library) -> None:
    try:
        with library.database.write() as session:
            append_change(session, "remove", collection_id=library.collection_id)
            raise RuntimeError
    except RuntimeError:
        pass
    with library.database.write() as session:
        assert append_change(session, "remove", collection_id=library.collection_id) == 1
