"""Bodies of limits."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field

from on_prem_rag.access.limits import LimitView
from on_prem_rag.api.schemas.base import Input, Output, Page

Holder = Literal["users", "groups", "api-keys"]
_MOST = 2**31 - 1
_MOST_BYTES = 2**53 - 1


class LimitChange(Input):
    """Limits to set: those left out stay, null ends one, 0 is without limit."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"queries_per_day": 5000, "storage_bytes": 107374182400}]}
    )

    requests_per_minute: int | None = Field(default=None, ge=0, le=_MOST)
    queries_per_minute: int | None = Field(default=None, ge=0, le=_MOST)
    queries_per_day: int | None = Field(default=None, ge=0, le=_MOST)
    upload_bytes_per_day: int | None = Field(default=None, ge=0, le=_MOST_BYTES)
    storage_bytes: int | None = Field(
        default=None, ge=0, le=_MOST_BYTES, description="Not for API keys: it is their owner's."
    )


class LimitValues(Output):
    """What is set: null is not set, 0 is without limit."""

    requests_per_minute: int | None
    queries_per_minute: int | None
    queries_per_day: int | None
    upload_bytes_per_day: int | None
    storage_bytes: int | None


class LimitBody(Output):
    """The limits that are set for a person, a service account, a group or an API key."""

    holder: Holder
    id: str
    name: str = Field(description="Of an API key with its owner's before it.")
    limits: LimitValues

    @classmethod
    def of(cls, view: LimitView) -> Self:
        """From what is set."""
        holder: dict[str, Holder] = {"user": "users", "group": "groups", "api_key": "api-keys"}
        limits = LimitValues.model_validate(view.values)
        return cls(holder=holder[view.kind], id=view.id, name=view.name, limits=limits)


class LimitList(Page[LimitBody]):
    """What is set, and what holds for everyone for whom nothing is."""

    defaults: LimitValues
