"""Limits of people, groups and API keys; for administrators."""

from __future__ import annotations

from fastapi import APIRouter, status

from on_prem_rag.access import limits
from on_prem_rag.access.limits import HolderKind
from on_prem_rag.api.dependencies import AdminDep, ApplianceDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, Offset
from on_prem_rag.api.schemas.limits import (
    Holder,
    LimitBody,
    LimitChange,
    LimitList,
    LimitValues,
)
from on_prem_rag.bootstrap.parts import default_limits

router = APIRouter(prefix=f"{API}/limits", tags=["limits"], responses=SIGNED_IN)
_KINDS: dict[Holder, HolderKind] = {"users": "user", "groups": "group", "api-keys": "api_key"}


@router.get("", summary="List limits")
def list_limits(
    _admin: AdminDep, appliance: ApplianceDep, limit: Limit = 50, offset: Offset = 0
) -> LimitList:
    """A page of the people, groups and API keys with limits of their own, and the defaults.

    A person's own limit holds; else the most generous of their groups', where every member has
    all of it; else the default. An API key's limits bound the key besides.
    """
    with appliance.database.read() as session:
        views, total = limits.list_limits(session, offset=offset, limit=limit)
        items = [LimitBody.of(view) for view in views]
    defaults = LimitValues.model_validate(default_limits(appliance.settings))
    return LimitList(items=items, total=total, limit=limit, offset=offset, defaults=defaults)


@router.patch("/{holder}/{holder_id}", summary="Set limits", responses=error_examples(404, 409))
def set_limits(
    holder: Holder, holder_id: Id, body: LimitChange, _admin: AdminDep, appliance: ApplianceDep
) -> LimitBody:
    """Set limits of a person or service account, a group or an API key; it holds in seconds."""
    with appliance.database.write() as session:
        changes = body.model_dump(exclude_unset=True)
        return LimitBody.of(limits.set_limits(session, _KINDS[holder], holder_id, changes))


@router.delete(
    "/{holder}/{holder_id}",
    summary="Clear limits",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=error_examples(404),
)
def clear_limits(holder: Holder, holder_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> None:
    """Let the groups' limits or the defaults hold again."""
    with appliance.database.write() as session:
        limits.clear_limits(session, _KINDS[holder], holder_id)
