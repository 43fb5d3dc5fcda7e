"""Noting in the audit log which passages a question brought to whose eyes."""

from __future__ import annotations

from collections.abc import Iterable

from on_prem_rag.access.caller import Caller
from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.db.session import Database
from on_prem_rag.retrieve.passage import Passage


class AuditWitness:
    """Records before anything is shown: what cannot be recorded is not shown either."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def asked(self, caller: Caller, question: str, passages: Iterable[Passage]) -> None:
        """An answer is about to be drawn from these passages."""
        self._note(Event.QUESTION_ASKED, caller, question, passages)

    def searched(self, caller: Caller, question: str, passages: Iterable[Passage]) -> None:
        """These passages are about to be shown."""
        self._note(Event.QUESTION_SEARCHED, caller, question, passages)

    def _note(
        self, event: Event, caller: Caller, question: str, passages: Iterable[Passage]
    ) -> None:
        shown = list(passages)
        with self._database.write() as session:
            record(
                session,
                event,
                actor=caller,
                question=question,
                chunk_ids=[chunk_id for passage in shown for chunk_id in passage.chunk_ids],
                document_ids=sorted({passage.document_id for passage in shown}),
            )
