"""Bodies of signing in and of managing people."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self, cast

from pydantic import ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Output
from on_prem_rag.auth.models import Role, User


class Login(Input):
    """Name and password."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "ann", "password": "four unrelated words"}]}
    )

    username: str = Field(min_length=1, max_length=256)
    password: str = Field(min_length=1, max_length=4096)


class RefreshRequest(Input):
    """A refresh token, which is used up by this."""

    refresh_token: str = Field(min_length=1, max_length=512)


class TokenResponse(Output):
    """Tokens of a sign-in. The refresh token works once; the answer to it holds the next."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="Seconds the access token lives.")
    must_change_password: bool = Field(
        description="True after a one-time password: only /auth/password works until then."
    )


class Me(Output):
    """Who the token belongs to."""

    id: str
    username: str
    role: Literal["admin", "member", "auditor", "operator"]
    must_change_password: bool


class PasswordChange(Input):
    """The current password and its successor of at least 12 characters."""

    current_password: str = Field(min_length=1, max_length=4096)
    new_password: str = Field(min_length=1, max_length=4096)


class UserBody(Output):
    """A person as administrators see them."""

    id: str
    username: str
    role: Role
    disabled: bool
    must_change_password: bool
    created_at: datetime
    groups: list[str] = Field(description="Names of the groups they belong to.")

    @classmethod
    def of(cls, user: User, groups: list[str]) -> Self:
        """From the row and the names of the person's groups."""
        return cls(
            id=user.id,
            username=user.username,
            role=cast(Role, user.role),
            disabled=user.disabled,
            must_change_password=user.must_change_password,
            created_at=user.created_at,
            groups=groups,
        )


class UserCreate(Input):
    """A new person; without a password they get a one-time one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"username": "ann", "role": "member"}]}
    )

    username: str = Field(min_length=1, max_length=128)
    role: Role = "member"
    password: str | None = Field(default=None, max_length=4096)


class UserCreated(Output):
    """The new person, with the one-time password if one was made; it is not shown again."""

    user: UserBody
    one_time_password: str | None


class UserUpdate(Input):
    """What to change; either ends all of the person's sessions."""

    role: Role | None = None
    disabled: bool | None = None


class OneTimePassword(Output):
    """A password that must be changed at the next sign-in; it is not shown again."""

    one_time_password: str
