"""Names of those something may be given to; for whoever is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from on_prem_rag.access.principals import FEWEST_LETTERS, NamedKind, find_names
from on_prem_rag.api.dependencies import ApplianceDep, CallerDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN
from on_prem_rag.api.schemas.principals import NameBody, NameList

router = APIRouter(prefix=f"{API}/principals", tags=["groups"], responses=SIGNED_IN)
Part = Annotated[
    str,
    Query(
        min_length=FEWEST_LETTERS,
        max_length=128,
        pattern=r"^[^\x00]+$",
        description="A part of the name.",
        examples=["an"],
    ),
]
Few = Annotated[int, Query(ge=1, le=20, description="Names at most.")]
OneKind = Annotated[NamedKind | None, Query(description="Without it, both.")]


@router.get("", summary="Look up names of people and groups")
def find_principals(
    _caller: CallerDep,
    appliance: ApplianceDep,
    search: Part,
    kind: OneKind = None,
    limit: Few = 10,
) -> NameList:
    """Names that grants and shares may be given to: of people who are not disabled, and groups."""
    with appliance.database.read() as session:
        found = find_names(session, search, kind=kind, limit=limit)
    return NameList(items=[NameBody.model_validate(name) for name in found])
