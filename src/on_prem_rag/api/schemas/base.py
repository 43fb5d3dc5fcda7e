"""What all bodies share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Path, Query
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    model_validator,
)

Item = TypeVar("Item")


class Input(BaseModel):
    """A request's body: unknown fields are refused, so that a typo is not silently ignored.

    Values are of the documented type: Pydantic would otherwise take 1 for true and "3" for 3.
    """

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, data: Any) -> Any:
        # Postgres cannot store the character, and no text needs it.
        if _holds_nul(data):
            raise ValueError("text must not contain the character NUL")
        return data


class Output(BaseModel):
    """A response's body, filled from an object's attributes. Times are UTC with a Z."""

    model_config = ConfigDict(from_attributes=True)


class Page(Output, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    total: int = Field(description="How many there are in all.")
    limit: int
    offset: int


def _written_out(value: object) -> object:
    # Pydantic would take a number for seconds since 1970.
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise ValueError("a time is written as 2026-03-01T00:00:00Z")


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), Strict(False)]
"""A point in time with its zone, as ISO 8601."""
Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$", description="Identifier.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Items on a page.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Items to skip.")]
NamePart = Annotated[
    str, Query(max_length=128, pattern=r"^[^\x00]*$", description="A part of the name.")
]


def _holds_nul(data: Any) -> bool:
    if isinstance(data, str):
        return "\x00" in data
    if isinstance(data, dict):
        return any(_holds_nul(value) for value in data.values())
    return isinstance(data, list) and any(_holds_nul(value) for value in data)
