"""The journey of ``doctor --airgap``: a document in, found, cited, deleted, and proved gone."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.errors import AppError

_INGEST_SECONDS = 180.0
_ERASURE_SECONDS = 60.0
_TEXT = """# Air gap check

The lighthouse keeper of {place} counts {number} herons every morning.
"""
_QUESTION = "How many herons does the lighthouse keeper of {place} count?"


class JourneyError(Exception):
    """A step did not come to what it has to; the text says to what it came."""


@dataclass(frozen=True)
class Step:
    """One step, how long it took and what came of it."""

    name: str
    ok: bool
    seconds: float
    detail: str


class Journey:
    """Walks on a collection of its own, which is gone afterwards whatever happens."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._mark = secrets.token_hex(4)
        self._place = f"Skerry {self._mark}"
        self._collection = ""
        self._document = ""
        self._receipt = ""

    def walk(self) -> list[Step]:
        """Every step until one fails."""
        steps: list[Step] = []
        for name, step in (
            ("upload", self._upload),
            ("read and index", self._wait),
            ("search", self._search),
            ("ask", self._ask),
            ("delete", self._delete),
            ("prove the deletion", self._prove),
        ):
            steps.append(_timed(name, step))
            if not steps[-1].ok:
                break
        steps.append(_timed("remove the scratch collection", self._clear))
        return steps

    def _upload(self) -> str:
        body = {"name": f"Air gap check {self._mark}"}
        self._collection = self._client.json("POST", "collections", json=body)["id"]
        text = _TEXT.format(place=self._place, number=int(self._mark, 16) % 900 + 100)
        sent = self._client.json(
            "POST",
            f"collections/{self._collection}/documents",
            files={"file": ("herons.md", text.encode())},
        )
        self._document = sent["document"]["id"]
        return f"{len(text.encode())} bytes"

    def _wait(self) -> str:
        deadline = time.monotonic() + _INGEST_SECONDS
        while time.monotonic() < deadline:
            status = self._client.json("GET", f"documents/{self._document}/status")
            if status["error"]:
                raise JourneyError(status["error"]["message"])
            if status["searchable"]:
                return "searchable"
            time.sleep(0.2)
        raise JourneyError(f"not searchable within {_INGEST_SECONDS:.0f} s; does a worker run?")

    def _search(self) -> str:
        passages = self._find()
        if not passages:
            raise JourneyError("the document was not found")
        return f"{len(passages)} passage found"

    def _ask(self) -> str:
        answer = self._client.json("POST", "query", json=self._question())
        if not answer["citations"]:
            raise JourneyError(f"the answer ({answer['mode']}) cites nothing")
        return f"{answer['mode']} by {answer['model'] or 'no model'}, with citation"

    def _delete(self) -> str:
        receipt = self._client.json("DELETE", f"documents/{self._document}")
        self._receipt = receipt["id"]
        return f"receipt {self._receipt}"

    def _prove(self) -> str:
        if self._find():
            raise JourneyError("a search still finds it")
        # Search is blind at once; the bytes leave the index files in the background.
        deadline = time.monotonic() + _ERASURE_SECONDS
        while True:
            proof = self._client.json("POST", f"receipts/{self._receipt}/proof")
            if proof["empty"]:
                return "not found in: " + ", ".join(each["store"] for each in proof["stores"])
            if time.monotonic() > deadline:
                left = ", ".join(each["store"] for each in proof["stores"] if each["found"])
                raise JourneyError(f"after {_ERASURE_SECONDS:.0f} s still in: {left}")
            time.sleep(0.2)

    def _clear(self) -> str:
        if self._collection:
            self._client.json("DELETE", f"collections/{self._collection}")
        return "removed" if self._collection else "there was none"

    def _find(self) -> list[Any]:
        found = self._client.json("POST", "search", json=self._question())
        passages: list[Any] = found["passages"]
        return passages

    def _question(self) -> dict[str, Any]:
        question = _QUESTION.format(place=self._place)
        return {"query": question, "collection_ids": [self._collection]}


def _timed(name: str, step: Callable[[], str]) -> Step:
    started = time.monotonic()
    try:
        detail, ok = step(), True
    except (AppError, JourneyError) as error:
        detail, ok = str(getattr(error, "message", error)), False
    return Step(name, ok, time.monotonic() - started, detail)
