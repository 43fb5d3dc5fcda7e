"""From the names of people, service accounts and groups to their ids."""

from __future__ import annotations

from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.errors import GroupNotFound, UserNotFound


def every(client: ApiClient, path: str, **params: str) -> list[dict[str, Any]]:
    """Every item of a paged list."""
    items: list[dict[str, Any]] = []
    while True:
        page = client.json("GET", path, params={**params, "limit": 200, "offset": len(items)})
        items += page["items"]
        if len(items) >= page["total"] or not page["items"]:
            return items


def user_id(client: ApiClient, username: str, path: str = "users") -> str:
    """The id of the person, or with another ``path`` service account. Raises UserNotFound."""
    for user in every(client, path):
        if user["username"] == username.casefold():
            return str(user["id"])
    raise UserNotFound(f"There is no user '{username}'.")


def holder_id(client: ApiClient, username: str) -> str:
    """The id of the person or service account of this name. Raises UserNotFound."""
    try:
        return user_id(client, username)
    except UserNotFound:
        return user_id(client, username, "service-accounts")


def group_id(client: ApiClient, name: str) -> str:
    """The id of the group. Raises GroupNotFound."""
    wanted = " ".join(name.casefold().split())
    for group in every(client, "groups"):
        if group["name"] == wanted:
            return str(group["id"])
    raise GroupNotFound(f"There is no group '{name}'.")
