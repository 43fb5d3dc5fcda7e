"""Bodies of Collections and their grants."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field

from on_prem_rag.access.principals import PrincipalKind
from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.documents.collections import CollectionSummary

Level = Literal["reader", "contributor", "manager"]


class CollectionCreate(Input):
    """A new Collection, owned by the caller."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Contracts", "open_to_everyone": True}]}
    )

    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=4000)
    private: bool = Field(default=False, description="For the owner alone; grants do not apply.")
    open_to_everyone: bool = Field(default=False, description="Let everyone signed in read it.")


class CollectionUpdate(Input):
    """What to change."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=4000)


class CollectionBody(Output):
    """A Collection as its reader sees it."""

    id: str
    name: str
    description: str
    private: bool
    owner_id: str
    created_at: datetime
    level: Level = Field(description="The caller's own right in it.")
    document_count: int

    @classmethod
    def of(cls, summary: CollectionSummary) -> Self:
        """From the service's summary."""
        collection = summary.collection
        return cls(
            id=collection.id,
            name=collection.name,
            description=collection.description,
            private=collection.private,
            owner_id=collection.owner_id,
            created_at=collection.created_at,
            level=summary.level,
            document_count=summary.document_count,
        )


class CollectionList(Output):
    """Every Collection the caller may read."""

    items: list[CollectionBody]


class GrantPut(Input):
    """Give a level to one person or group by name, or to ``everyone``."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"principal": "ann", "level": "contributor"}]}
    )

    principal: str = Field(min_length=1, max_length=128)
    kind: PrincipalKind | None = Field(
        default=None, description="What the name names; without it a person, or everyone."
    )
    level: Level


class GrantBody(Output):
    """A right in a Collection; ``username`` is a person's, ``group`` a group's name, else null."""

    id: str
    principal: str = Field(description="Id of the person or group, or `everyone`.")
    kind: PrincipalKind
    username: str | None
    group: str | None
    level: Level
    created_at: datetime


class GrantList(Output):
    """Every grant of a Collection."""

    items: list[GrantBody]
