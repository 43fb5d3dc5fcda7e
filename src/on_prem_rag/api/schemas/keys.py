"""Bodies of service accounts and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Self, cast

from pydantic import ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.auth.keys import MAX_DAYS, KeyView, Scope


class ServiceAccountCreate(Input):
    """A new service account; it shares one space of names with people."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"username": "intranet"}]})

    username: str = Field(min_length=1, max_length=128)


class ServiceAccountUpdate(Input):
    """Whether it is shut out."""

    disabled: bool


class ServiceAccountBody(Output):
    """An account for a program: it holds grants and API keys, and cannot sign in."""

    id: str
    username: str
    disabled: bool
    created_at: datetime


class ApiKeyCreate(Input):
    """A new key, of the caller or of a service account."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "nightly report", "scopes": ["read", "ask"]}]}
    )

    name: str = Field(min_length=1, max_length=128)
    scopes: list[Scope] = Field(min_length=1, max_length=8)
    expires_in_days: int = Field(default=90, ge=1, le=MAX_DAYS)
    service_account_id: str | None = Field(
        default=None, max_length=64, description="For administrators; without it the key is yours."
    )


class ApiKeyBody(Output):
    """A key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How the key begins.")
    user_id: str
    username: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None

    @classmethod
    def of(cls, view: KeyView) -> Self:
        """From the row and its owner's name."""
        key = view.key
        return cls(
            id=key.id,
            name=key.name,
            prefix=f"ork_{key.prefix}",
            user_id=key.user_id,
            username=view.username,
            scopes=cast(list[Scope], key.scopes.split()),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class ApiKeyCreated(Output):
    """The new key; ``key`` is not shown again."""

    api_key: ApiKeyBody
    key: str
