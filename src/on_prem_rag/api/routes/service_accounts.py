"""Accounts for programs; for administrators."""

from __future__ import annotations

from fastapi import APIRouter, status

from on_prem_rag.api.dependencies import AdminDep, ApplianceDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, NamePart, Offset, Page
from on_prem_rag.api.schemas.keys import (
    ServiceAccountBody,
    ServiceAccountCreate,
    ServiceAccountUpdate,
)
from on_prem_rag.api.schemas.receipts import ReceiptBody

router = APIRouter(prefix=f"{API}/service-accounts", tags=["api-keys"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List service accounts")
def list_service_accounts(
    _admin: AdminDep,
    appliance: ApplianceDep,
    limit: Limit = 50,
    offset: Offset = 0,
    search: NamePart = "",
) -> Page[ServiceAccountBody]:
    """A page of service accounts by name."""
    users, total = appliance.auth.users.list(
        offset=offset, limit=limit, kind="service", search=search
    )
    items = [ServiceAccountBody.model_validate(user) for user in users]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.post(
    "",
    summary="Add a service account",
    status_code=status.HTTP_201_CREATED,
    responses=error_examples(409),
)
def create_service_account(
    body: ServiceAccountCreate, _admin: AdminDep, appliance: ApplianceDep
) -> ServiceAccountBody:
    """Add an account that works by API keys; it reads what is granted to its name."""
    return ServiceAccountBody.model_validate(
        appliance.auth.users.create_service_account(body.username)
    )


@router.patch("/{user_id}", summary="Disable or enable a service account", responses=_NOT_FOUND)
def update_service_account(
    user_id: Id, body: ServiceAccountUpdate, _admin: AdminDep, appliance: ApplianceDep
) -> ServiceAccountBody:
    """Shut a service account out at its next request, or let it in again."""
    user = appliance.auth.users.update(user_id, disabled=body.disabled, kind="service")
    return ServiceAccountBody.model_validate(user)


@router.delete("/{user_id}", summary="Delete a service account", responses=_NOT_FOUND)
def delete_service_account(user_id: Id, admin: AdminDep, appliance: ApplianceDep) -> ReceiptBody:
    """Delete a service account with its keys, grants and conversations."""
    receipt = appliance.user_removal.delete(user_id, kind="service")
    with appliance.database.read() as session:
        return ReceiptBody.of(session, receipt, admin)
