"""Bodies of the consistency check."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.bootstrap.check import CheckReport, CheckState


class CheckInput(Input):
    """What to check."""

    read_data: bool = Field(
        False, description="Read every original and every vector, not only their ids and sizes."
    )
    repair: bool = Field(
        False, description="Put the indexes right from the database; remove orphaned originals."
    )


class FindingBody(Output):
    """Something that is not as the database says; ids and counts, never a name or a text."""

    store: Literal["originals", "embeddings", "lexical", "vectors"]
    kind: Literal["missing", "changed", "orphan", "surplus", "unfindable", "rebuilding"]
    count: int
    collection_id: str | None
    document_id: str | None
    version_id: str | None
    ids: list[str] = Field(description="Some of the chunks, or of the orphans' hashes.")
    repaired: bool


class CheckedBody(Output):
    """How much was looked at."""

    originals: int
    embeddings: int = Field(description="Stored vectors that were read; all with `read_data`.")
    collections: int
    chunks: int
    vectors: int


class ReportBody(Output):
    """What a check found."""

    started_at: datetime
    finished_at: datetime
    read_data: bool
    repair: bool
    consistent: bool
    inconsistencies: int = Field(description="What is not repaired.", examples=[0])
    repaired: int
    error: str | None = Field(description="Why it did not end; null when it did.")
    checked: CheckedBody
    findings: list[FindingBody] = Field(description="The first 500.")


class CheckBody(Output):
    """What is going on, and how the last check ended."""

    state: Literal["idle", "running"]
    read_data: bool
    repair: bool
    stage: str = Field(examples=["originals"])
    done: int
    total: int = Field(description="0 while it is not known.")
    started_at: datetime | None
    last: ReportBody | None = Field(description="Null before the first.")

    @classmethod
    def of(cls, state: CheckState) -> Self:
        """From the runner's state."""
        return cls(
            state="running" if state.running else "idle",
            read_data=state.read_data,
            repair=state.repair,
            stage=state.stage,
            done=state.done,
            total=state.total,
            started_at=state.started_at,
            last=None if state.last is None else ReportBody.model_validate(state.last),
        )


class LastCheckBody(Output):
    """The last check in short."""

    finished_at: datetime
    consistent: bool
    inconsistencies: int

    @classmethod
    def of(cls, report: CheckReport | None) -> Self | None:
        """None before the first."""
        return None if report is None else cls.model_validate(report)
