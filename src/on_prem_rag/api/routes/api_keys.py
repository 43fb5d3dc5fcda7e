"""API keys: everyone's own, and for administrators those of service accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.api.dependencies import ApplianceDep, CallerDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, NamePart, Offset, Page
from on_prem_rag.api.schemas.keys import ApiKeyBody, ApiKeyCreate, ApiKeyCreated
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.errors import Forbidden, InvalidInput

router = APIRouter(prefix=f"{API}/api-keys", tags=["api-keys"], responses=SIGNED_IN)
All = Annotated[bool, Query(alias="all", description="Everyone's; for administrators.")]


@router.get("", summary="List API keys")
def list_api_keys(
    caller: CallerDep,
    appliance: ApplianceDep,
    everyone: All = False,
    limit: Limit = 50,
    offset: Offset = 0,
    search: NamePart = "",
) -> Page[ApiKeyBody]:
    """A page of the caller's keys, newest first, those that ended too."""
    if everyone and not caller.is_admin:
        raise Forbidden("Only administrators see the keys of others.")
    owner = None if everyone else caller.id
    views, total = appliance.auth.keys.list(owner, offset=offset, limit=limit, search=search)
    items = [ApiKeyBody.of(view) for view in views]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.post(
    "",
    summary="Make an API key",
    status_code=status.HTTP_201_CREATED,
    responses=error_examples(404, 409),
)
def create_api_key(body: ApiKeyCreate, caller: CallerDep, appliance: ApplianceDep) -> ApiKeyCreated:
    """Make a key that may do what its owner may, within its scopes; it is shown only here."""
    owner = _owner(appliance, caller, body.service_account_id)
    view, key = appliance.auth.keys.create(owner, body.name, body.scopes, days=body.expires_in_days)
    return ApiKeyCreated(api_key=ApiKeyBody.of(view), key=key)


@router.delete(
    "/{key_id}",
    summary="Revoke an API key",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=error_examples(404),
)
def revoke_api_key(key_id: Id, caller: CallerDep, appliance: ApplianceDep) -> None:
    """End a key at once: one's own, or for administrators anyone's."""
    appliance.auth.keys.revoke(key_id, None if caller.is_admin else caller.id)


def _owner(appliance: Appliance, caller: Caller, service_account_id: str | None) -> str:
    if service_account_id is not None:
        if not caller.is_admin:
            raise Forbidden("Only administrators make keys of service accounts.")
        return appliance.auth.users.get(service_account_id, "service").id
    if caller is OPERATOR:
        raise InvalidInput("The operator has no keys.", hint="Name a service account.")
    return caller.id
