"""What all bodies share."""

from __future__ import annotations

from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Item = TypeVar("Item")


class Input(BaseModel):
    """A request's body: unknown fields are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_nul(cls, data: Any) -> Any:
        # Postgres cannot store the character, and no text needs it.
        if _holds_nul(data):
            raise ValueError("text must not contain the character NUL")
        return data

    @model_validator(mode="before")
    @classmethod
    def _refuse_other_types(cls, data: Any) -> Any:
        """JSON tells types apart; Pydantic would take 1 for true, "3" for 3 and 0 for 1970."""
        for name, field in cls.model_fields.items() if isinstance(data, dict) else ():
            kinds = _kinds(field.annotation)
            wanted = _TAKEN.get(type(data.get(name)))
            if wanted is not None and kinds <= _PLAIN and not kinds & wanted:
                raise ValueError(f"{name} is of another type")
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


Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$", description="Identifier.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Items on a page.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Items to skip.")]


_TAKEN: dict[type, set[Any]] = {
    bool: {bool},
    int: {int, float},
    float: {int, float},
    str: {str, datetime, AwareDatetime},
}
"""Types of fields that take a JSON value of each type."""
_PLAIN = {bool, int, float, str, datetime, AwareDatetime, type(None)}


def _kinds(annotation: Any) -> set[Any]:
    """The types an annotation names, whatever it is wrapped in."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return {kind for part in get_args(annotation) for kind in _kinds(part)}
    return {annotation} if isinstance(annotation, type) else {object}


def _holds_nul(data: Any) -> bool:
    if isinstance(data, str):
        return "\x00" in data
    if isinstance(data, dict):
        return any(_holds_nul(value) for value in data.values())
    return isinstance(data, list) and any(_holds_nul(value) for value in data)
