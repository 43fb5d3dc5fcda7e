"""Cuts a parsed document into the passages that are embedded, found and cited."""

from on_prem_rag.ingest.splitter.boxes import chunk_boxes, line_boxes
from on_prem_rag.ingest.splitter.context import embedding_text
from on_prem_rag.ingest.splitter.draft import ChunkDraft, ChunkKind, Span
from on_prem_rag.ingest.splitter.pieces import document_text
from on_prem_rag.ingest.splitter.splitter import Splitter

__all__ = [
    "ChunkDraft",
    "ChunkKind",
    "Span",
    "Splitter",
    "chunk_boxes",
    "document_text",
    "embedding_text",
    "line_boxes",
]
