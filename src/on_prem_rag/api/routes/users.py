"""Managing people; for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from on_prem_rag.access.groups import names_of_groups
from on_prem_rag.api.dependencies import AdminDep, ApplianceDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.auth import (
    OneTimePassword,
    UserBody,
    UserCreate,
    UserCreated,
    UserUpdate,
)
from on_prem_rag.api.schemas.base import Id, Limit, NamePart, Offset, Page
from on_prem_rag.api.schemas.receipts import ReceiptBody
from on_prem_rag.auth.models import User
from on_prem_rag.bootstrap.appliance import Appliance

router = APIRouter(prefix=f"{API}/users", tags=["users"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List people")
def list_users(
    _admin: AdminDep,
    appliance: ApplianceDep,
    limit: Limit = 50,
    offset: Offset = 0,
    search: NamePart = "",
) -> Page[UserBody]:
    """A page of people by name."""
    users, total = appliance.auth.users.list(offset=offset, limit=limit, search=search)
    with appliance.database.read() as session:
        groups = names_of_groups(session, [user.id for user in users])
    items = [UserBody.of(user, groups[user.id]) for user in users]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.post(
    "",
    summary="Add a person",
    status_code=status.HTTP_201_CREATED,
    responses=error_examples(409),
)
def create_user(body: UserCreate, _admin: AdminDep, appliance: ApplianceDep) -> UserCreated:
    """Add a person; without a password they get a one-time one, which is shown only here."""
    user, one_time = appliance.auth.users.create(
        body.username, role=body.role, password=body.password
    )
    return UserCreated(user=UserBody.of(user, []), one_time_password=one_time)


@router.get("/{user_id}", summary="Show a person", responses=_NOT_FOUND)
def get_user(user_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> UserBody:
    """One person."""
    return _body(appliance, appliance.auth.users.get(user_id))


@router.patch(
    "/{user_id}", summary="Change a person's role or access", responses=error_examples(404, 409)
)
def update_user(
    user_id: Id, body: UserUpdate, _admin: AdminDep, appliance: ApplianceDep
) -> UserBody:
    """Change the role, or disable or enable; either ends all of the person's sessions."""
    return _body(
        appliance,
        appliance.auth.users.update(user_id, role=body.role, disabled=body.disabled),
    )


@router.delete(
    "/{user_id}",
    summary="Delete a person",
    responses=error_examples(404, 409),
)
def delete_user(
    user_id: Id,
    admin: AdminDep,
    appliance: ApplianceDep,
    heir_id: Annotated[
        str | None, Query(max_length=64, description="Who will own their shared collections.")
    ] = None,
) -> ReceiptBody:
    """Delete a person with their private collections, conversations, grants, sessions and keys."""
    receipt = appliance.user_removal.delete(user_id, heir_id=heir_id)
    with appliance.database.read() as session:
        return ReceiptBody.of(session, receipt, admin)


@router.post(
    "/{user_id}/reset-password", summary="Give a person a new password", responses=_NOT_FOUND
)
def reset_password(user_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> OneTimePassword:
    """Make a one-time password, which is shown only here, and end the person's sessions."""
    return OneTimePassword(one_time_password=appliance.auth.users.reset_password(user_id))


def _body(appliance: Appliance, user: User) -> UserBody:
    with appliance.database.read() as session:
        return UserBody.of(user, names_of_groups(session, [user.id])[user.id])
