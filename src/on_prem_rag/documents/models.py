"""Tables of the truth: collections, documents, versions, pages, chunks, embeddings, changes.

Collection 1─* Document 1─* DocumentVersion 1─* Page
                                   │ 1─* Chunk 1─* Embedding *─1 EmbeddingModel
Change: the log every index follows, numbered by the row of ChangeCounter
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from on_prem_rag.access.models import Collection
from on_prem_rag.db.base import Base, UTCDateTime, new_id, utc_now

__all__ = [
    "Change",
    "ChangeCounter",
    "Chunk",
    "Collection",  # defined with the rights it carries, in access/models.py
    "Document",
    "DocumentVersion",
    "Embedding",
    "EmbeddingModel",
    "Page",
]


class Document(Base):
    """A file under its name in a Collection; ``current_version_id`` is the one that is searched.

    It is None until the first version is ready; a replacement that fails leaves it as it was.
    """

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("collection_id", "name"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    collection_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("collections.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(String(1024))
    created_by: Mapped[str] = mapped_column(String(36), index=True)
    current_version_id: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class DocumentVersion(Base):
    """One upload of a Document. ``status``: pending, processing, ready, failed, superseded.

    ``change`` is the number of the log entry that made it current; it is searchable once the
    serving index has reached that number. ``document_date`` is what the file says of itself.
    """

    __tablename__ = "document_versions"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        Index("ix_document_versions_created_by_size", "created_by", "size_bytes"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    document_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("documents.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(128), default="application/octet-stream")
    status: Mapped[str] = mapped_column(String(16), default="pending")
    title: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    document_date: Mapped[datetime | None] = mapped_column(UTCDateTime)
    page_count: Mapped[int] = mapped_column(default=0)
    chunk_count: Mapped[int] = mapped_column(default=0)
    text_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_hint: Mapped[str | None] = mapped_column(Text)
    change: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Page(Base):
    """One page of a version: its size in points and its word boxes as one compressed blob."""

    __tablename__ = "pages"

    version_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("document_versions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    width: Mapped[float]
    height: Mapped[float]
    ocr: Mapped[str] = mapped_column(String(8), default="none")
    words: Mapped[bytes] = mapped_column(LargeBinary)


class Chunk(Base):
    """A passage of a version, the unit of retrieval and citation.

    ``boxes`` is a list of ``[page, x0, y0, x1, y1]`` (points, top-left origin), a box a line.
    ``spans`` is a list of ``[start, end, page, first_word, last_word]``: ``text[start:end]`` is the
    words ``first_word:last_word`` of that page joined by spaces.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        Index("ix_chunks_version_ordinal", "version_id", "ordinal"),
        Index("ix_chunks_collection_text", "collection_id", "content_sha256"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    version_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("document_versions.id", ondelete="CASCADE")
    )
    document_id: Mapped[str] = mapped_column(String(36), index=True)
    collection_id: Mapped[str] = mapped_column(String(36))
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    heading_path: Mapped[list[str]] = mapped_column(JSON, default=list)
    page_start: Mapped[int | None]
    page_end: Mapped[int | None]
    char_start: Mapped[int]
    char_end: Mapped[int]
    token_count: Mapped[int]
    boxes: Mapped[list[list[float]]] = mapped_column(JSON, default=list)
    spans: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    content_sha256: Mapped[str] = mapped_column(String(64), index=True)


class EmbeddingModel(Base):
    """A model whose vectors are stored. ``complete_at`` is set once every chunk has one.

    ``canaries`` holds the vectors of the fixed canary texts (float32, row-major), which tell
    whether the model behind the name is still the same.
    """

    __tablename__ = "embedding_models"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(128))
    dimensions: Mapped[int]
    canaries: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    complete_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Embedding(Base):
    """A chunk's vector by one model: float32, little-endian, L2-normalised."""

    __tablename__ = "embeddings"

    chunk_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True
    )
    model_id: Mapped[str] = mapped_column(
        String(16), ForeignKey("embedding_models.id", ondelete="CASCADE"), primary_key=True
    )
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class ChangeCounter(Base):
    """The one row whose value is the last change number given out.

    It is updated last before commit, so numbers become visible in their order; a database sequence
    would let a late committer slip in below a watermark already passed.
    """

    __tablename__ = "change_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class Change(Base):
    """What an index has to follow. ``kind``: version (its chunks are now the document's current
    ones), remove (the document's chunks go), drop (the Collection goes).

    ``details`` of remove lists the chunk ids, as their rows are gone by then.
    """

    __tablename__ = "changes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    collection_id: Mapped[str] = mapped_column(String(36))
    document_id: Mapped[str | None] = mapped_column(String(36))
    version_id: Mapped[str | None] = mapped_column(String(36))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
