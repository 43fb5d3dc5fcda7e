"""Groups and who belongs to them; for administrators."""

from __future__ import annotations

from fastapi import APIRouter, status

from on_prem_rag.access import groups
from on_prem_rag.api.dependencies import AdminDep, ApplianceDep
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import SIGNED_IN, error_examples
from on_prem_rag.api.schemas.base import Id, Limit, NamePart, Offset, Page
from on_prem_rag.api.schemas.groups import GroupBody, GroupName, MemberBody, MemberList

router = APIRouter(prefix=f"{API}/groups", tags=["groups"], responses=SIGNED_IN)
_NOT_FOUND = error_examples(404)


@router.get("", summary="List groups")
def list_groups(
    _admin: AdminDep,
    appliance: ApplianceDep,
    limit: Limit = 50,
    offset: Offset = 0,
    search: NamePart = "",
) -> Page[GroupBody]:
    """A page of groups by name."""
    with appliance.database.read() as session:
        found, total = groups.list_groups(session, offset=offset, limit=limit, search=search)
    items = [GroupBody.of(view) for view in found]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.post(
    "",
    summary="Add a group",
    status_code=status.HTTP_201_CREATED,
    responses=error_examples(409),
)
def create_group(body: GroupName, _admin: AdminDep, appliance: ApplianceDep) -> GroupBody:
    """Add a group nobody belongs to yet."""
    with appliance.database.write() as session:
        return GroupBody.of(groups.create_group(session, body.name))


@router.get("/{group_id}", summary="Show a group", responses=_NOT_FOUND)
def get_group(group_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> GroupBody:
    """One group."""
    with appliance.database.read() as session:
        return GroupBody.of(groups.get_group(session, group_id))


@router.patch("/{group_id}", summary="Rename a group", responses=error_examples(404, 409))
def rename_group(
    group_id: Id, body: GroupName, _admin: AdminDep, appliance: ApplianceDep
) -> GroupBody:
    """Give a group another name; its members and rights stay."""
    with appliance.database.write() as session:
        return GroupBody.of(groups.rename_group(session, group_id, body.name))


@router.delete(
    "/{group_id}",
    summary="Delete a group",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_NOT_FOUND,
)
def delete_group(group_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> None:
    """Delete a group; the rights it held end at its members' next request."""
    with appliance.database.write() as session:
        groups.delete_group(session, group_id)


@router.get("/{group_id}/members", summary="List a group's members", responses=_NOT_FOUND)
def list_group_members(group_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> MemberList:
    """Everyone in the group, by name."""
    with appliance.database.read() as session:
        found = groups.list_members(session, group_id)
    return MemberList(items=[MemberBody.model_validate(user) for user in found])


@router.put(
    "/{group_id}/members/{user_id}",
    summary="Add someone to a group",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=error_examples(404, 409),
)
def add_group_member(group_id: Id, user_id: Id, _admin: AdminDep, appliance: ApplianceDep) -> None:
    """Let a person or a service account into the group, with all its rights."""
    with appliance.database.write() as session:
        groups.add_member(session, group_id, user_id)


@router.delete(
    "/{group_id}/members/{user_id}",
    summary="Take someone out of a group",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_NOT_FOUND,
)
def remove_group_member(
    group_id: Id, user_id: Id, _admin: AdminDep, appliance: ApplianceDep
) -> None:
    """End a membership; the group's rights are lost at the next request."""
    with appliance.database.write() as session:
        groups.remove_member(session, group_id, user_id)
