"""Golden sets: questions whose right documents, pages or answers are known.

Two forms are read, for the sets that come with the project and for a customer's own alike:

- passages (BEIR): ``corpus.jsonl`` {_id, title, text}, ``queries.jsonl`` {_id, text, metadata:
  {answers}}, ``qrels.tsv`` (query-id, corpus-id, score, with a header);
- pages: a folder ``pdfs/`` of files and ``questions.jsonl`` {id, question, answer, doc,
  evidence_pages, page_base}.

Either may add ``unanswerable.jsonl`` {id, question}: "not found in your documents" is right there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from on_prem_rag.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class CorpusPassage:
    """One passage of a corpus; ``id`` is the set's own."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what is relevant to it and the answers that count as right.

    ``grades`` are by corpus id, or by page as ``page_key`` writes it. Empty for a question that
    cannot be answered from the set.
    """

    id: str
    text: str
    grades: dict[str, int]
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """A set of either form: ``corpus`` or ``files`` is filled."""

    name: str
    questions: tuple[Question, ...]
    unanswerable: tuple[Question, ...]
    corpus: tuple[CorpusPassage, ...] = ()
    files: tuple[Path, ...] = ()


def page_key(document_name: str, page: int) -> str:
    """How a page (from 1) is named among the grades of a question."""
    return f"{document_name}#{page}"


def find_sets(root: Path) -> list[Path]:
    """Folders below ``root`` (or itself) that hold a set, in order of their paths."""
    folders = [root, *sorted(path for path in root.rglob("*") if path.is_dir())]
    return [folder for folder in folders if _is_passages(folder) or _is_pages(folder)]


def load_set(folder: Path) -> GoldenSet:
    """Read the set in ``folder``. Raises InvalidInput naming the file and line that is wrong."""
    if _is_passages(folder):
        return _load_passages(folder)
    if _is_pages(folder):
        return _load_pages(folder)
    raise InvalidInput(
        f"{folder} holds no golden set.",
        hint="A set has corpus.jsonl, queries.jsonl and qrels.tsv, or questions.jsonl and pdfs/.",
    )


def _is_passages(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"))


def _is_pages(folder: Path) -> bool:
    return (folder / "questions.jsonl").is_file() and (folder / "pdfs").is_dir()


def _load_passages(folder: Path) -> GoldenSet:
    corpus = [
        CorpusPassage(row["_id"], row.get("title") or "", row["text"])
        for row in _rows(folder / "corpus.jsonl", "_id", "text")
    ]
    grades = _grades(folder / "qrels.tsv")
    questions = [
        Question(row["_id"], row["text"], grades[row["_id"]], _answers(row))
        for row in _rows(folder / "queries.jsonl", "_id", "text")
        if row["_id"] in grades
    ]
    return GoldenSet(
        folder.name, tuple(questions), tuple(_unanswerable(folder)), corpus=tuple(corpus)
    )


def _load_pages(folder: Path) -> GoldenSet:
    questions = []
    for row in _rows(folder / "questions.jsonl", "id", "question", "doc", "evidence_pages"):
        first = 1 - int(row.get("page_base", 1))
        grades = {page_key(row["doc"], page + first): 1 for page in row["evidence_pages"]}
        answers = (row["answer"],) if row.get("answer") else ()
        questions.append(Question(row["id"], row["question"], grades, answers))
    files = sorted(path for path in (folder / "pdfs").iterdir() if path.is_file())
    return GoldenSet(
        folder.name, tuple(questions), tuple(_unanswerable(folder)), files=tuple(files)
    )


def _unanswerable(folder: Path) -> Iterator[Question]:
    path = folder / "unanswerable.jsonl"
    if path.is_file():
        for row in _rows(path, "id", "question"):
            yield Question(row["id"], row["question"], {})


def _answers(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple((row.get("metadata") or {}).get("answers") or ())


def _rows(path: Path, *required: str) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict) or any(key not in row for key in required):
                wanted = ", ".join(required)
                raise InvalidInput(f"{path}, line {number}: not a JSON object with {wanted}.")
            yield row


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        next(lines, None)
        for number, line in enumerate(lines, start=2):
            try:
                question_id, corpus_id, grade = line.rstrip("\r\n").split("\t")
                value = int(grade)
            except ValueError:
                raise InvalidInput(
                    f"{path}, line {number}: not query-id, corpus-id and a whole number."
                ) from None
            if value > 0:
                grades[question_id][corpus_id] = value
    return dict(grades)
