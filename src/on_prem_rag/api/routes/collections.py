"""Collections and who may do what in them."""

from __future__ import annotations

from fastapi import APIRouter, status

from on_prem_rag.access.grants import delete_grant, list_grants, put_grant
from on_prem_rag.api.dependencies import ApplianceDep, CallerDep, ReaderDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id
from on_prem_rag.api.schemas.collections import (
    CollectionBody,
    CollectionCreate,
    CollectionList,
    CollectionUpdate,
    GrantBody,
    GrantList,
    GrantPut,
)
from on_prem_rag.api.schemas.receipts import ReceiptBody

router = APIRouter(prefix=f"{API}/collections", tags=["collections"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List collections")
def list_collections(caller: ReaderDep, appliance: ApplianceDep) -> CollectionList:
    """Every collection the caller may read, by name."""
    with appliance.database.read() as session:
        found = appliance.collections.list_collections(session, caller)
        return CollectionList(items=[CollectionBody.of(summary) for summary in found])


@router.post(
    "",
    summary="Create a collection",
    status_code=status.HTTP_201_CREATED,
    responses=error_examples(409),
)
def create_collection(
    body: CollectionCreate, caller: CallerDep, appliance: ApplianceDep
) -> CollectionBody:
    """Create a collection that the caller owns."""
    with appliance.database.write() as session:
        summary = appliance.collections.create(
            session,
            caller,
            body.name,
            description=body.description,
            private=body.private,
            open_to_everyone=body.open_to_everyone,
        )
        return CollectionBody.of(summary)


@router.get("/{collection_id}", summary="Show a collection", responses=_NOT_FOUND)
def get_collection(collection_id: Id, caller: ReaderDep, appliance: ApplianceDep) -> CollectionBody:
    """One collection."""
    with appliance.database.read() as session:
        return CollectionBody.of(appliance.collections.get(session, caller, collection_id))


@router.patch("/{collection_id}", summary="Rename or describe", responses=error_examples(404, 409))
def update_collection(
    collection_id: Id, body: CollectionUpdate, caller: CallerDep, appliance: ApplianceDep
) -> CollectionBody:
    """Change the name or the description; for its managers."""
    with appliance.database.write() as session:
        summary = appliance.collections.update(
            session, caller, collection_id, name=body.name, description=body.description
        )
        return CollectionBody.of(summary)


@router.delete("/{collection_id}", summary="Delete a collection", responses=_NOT_FOUND)
def delete_collection(collection_id: Id, caller: CallerDep, appliance: ApplianceDep) -> ReceiptBody:
    """Delete a collection with all its documents; for its managers.

    Whoever deletes their last private collection has an empty one from then on.
    """
    with appliance.database.write() as session:
        deletion = appliance.documents.delete_collection(session, caller, collection_id)
    with appliance.database.write() as session:
        appliance.documents.remove_originals(session, deletion)
        return ReceiptBody.of(session, deletion.receipt, caller)


@router.get("/{collection_id}/grants", summary="List grants", responses=_NOT_FOUND)
def get_grants(collection_id: Id, caller: CallerDep, appliance: ApplianceDep) -> GrantList:
    """Who may do what in the collection besides its owner; for its managers."""
    with appliance.database.read() as session:
        found = list_grants(session, caller, collection_id)
        return GrantList(items=[GrantBody.model_validate(grant) for grant in found])


@router.put("/{collection_id}/grants", summary="Give a right", responses=error_examples(404, 409))
def put_collection_grant(
    collection_id: Id, body: GrantPut, caller: CallerDep, appliance: ApplianceDep
) -> GrantBody:
    """Give a person, a group or everyone a level in the collection; for its managers."""
    with appliance.database.write() as session:
        grant = put_grant(
            session, caller, collection_id, body.principal, body.level, kind=body.kind
        )
        return GrantBody.model_validate(grant)


@router.delete(
    "/{collection_id}/grants/{grant_id}",
    summary="Take a right away",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_NOT_FOUND,
)
def delete_collection_grant(
    collection_id: Id, grant_id: Id, caller: CallerDep, appliance: ApplianceDep
) -> None:
    """Remove a grant; for the collection's managers."""
    with appliance.database.write() as session:
        delete_grant(session, caller, collection_id, grant_id)
