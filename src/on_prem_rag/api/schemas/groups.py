"""Bodies of groups."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field

from on_prem_rag.access.groups import GroupView
from on_prem_rag.api.schemas.base import Input, Output


class GroupName(Input):
    """A group's name, which is kept in lower case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "legal"}]})

    name: str = Field(min_length=1, max_length=128)


class GroupBody(Output):
    """A group of people."""

    id: str
    name: str
    member_count: int
    created_at: datetime

    @classmethod
    def of(cls, view: GroupView) -> Self:
        """From the group and its count."""
        group = view.group
        return cls(
            id=group.id,
            name=group.name,
            member_count=view.member_count,
            created_at=group.created_at,
        )


class MemberBody(Output):
    """One who belongs to a group."""

    id: str
    username: str
    disabled: bool


class MemberList(Output):
    """Everyone in a group, by name."""

    items: list[MemberBody]
