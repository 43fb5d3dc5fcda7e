"""A few known questions, recorded with a snapshot: what it holds must be found after a restore."""

from __future__ import annotations

import json
import random
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

from on_prem_rag.db.session import Database
from on_prem_rag.documents.models import Chunk, Document, Embedding

_QUESTIONS = 20
_DRAWN = 100
_MIN_WORDS = 6
_WORD = re.compile(r"[^\W\d_]{3,30}[.,;:!?]?")
_MAX_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """A passage's own words, and the passage that has to come back for them."""

    text: str
    collection_id: str
    document_id: str
    chunk_id: str


def draw_questions(database: Database, seed: str) -> list[Question]:
    """Up to twenty passages of what is searchable, drawn by ``seed``."""
    searchable = (
        select(Chunk.id)
        .join(Document, Document.current_version_id == Chunk.version_id)
        .join(Embedding, Embedding.chunk_id == Chunk.id)
        .order_by(Chunk.id)
        .distinct()
    )
    with database.read() as session:
        ids = session.scalars(searchable).all()
        drawn = random.Random(seed).sample(ids, min(_DRAWN, len(ids)))  # noqa: S311
        chunks = session.scalars(select(Chunk).where(Chunk.id.in_(drawn)).order_by(Chunk.id))
        questions = [
            Question(_words(chunk.text), chunk.collection_id, chunk.document_id, chunk.id)
            for chunk in chunks
        ]
    return [each for each in questions if _says_something(each.text)][:_QUESTIONS]


def _says_something(text: str) -> bool:
    """Whether there are words enough to find a passage by."""
    return len(set(text.split())) >= _MIN_WORDS


def _words(text: str) -> str:
    """The first words of a text, without what only looks like some."""
    words = (word for word in text[:_MAX_CHARACTERS].split()[:-1] if _WORD.fullmatch(word))
    return " ".join(words)


def write_questions(path: Path, questions: list[Question]) -> None:
    """Keep them as JSON."""
    path.write_text(json.dumps([asdict(question) for question in questions]))


def read_questions(path: Path) -> list[Question]:
    """Read them back; none where there is no such file."""
    try:
        return [Question(**each) for each in json.loads(path.read_text())]
    except FileNotFoundError:
        return []
