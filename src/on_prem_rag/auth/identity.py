"""Who is behind a bearer token."""

from __future__ import annotations

from dataclasses import dataclass

from on_prem_rag.auth.models import Role


@dataclass(frozen=True, slots=True)
class Identity:
    """The user behind a valid token, as SQL knows them now.

    A sign-in has a ``family_id``. An API key has a ``key_id`` and may do only what its ``scopes``
    name; None stands for all that the user may do.
    """

    user_id: str
    username: str
    role: Role
    must_change_password: bool
    family_id: str | None = None
    key_id: str | None = None
    scopes: frozenset[str] | None = None
