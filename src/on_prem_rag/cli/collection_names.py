"""From the names people type to the ids the API takes."""

from __future__ import annotations

from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.errors import CollectionNotFound, InvalidInput


def find_collection(client: ApiClient, name: str) -> dict[str, Any] | None:
    """The readable Collection of this name or id. Raises InvalidInput for an ambiguous name."""
    items = client.json("GET", "collections")["items"]
    found = [c for c in items if name in (c["id"], c["name"])]
    if not found:
        found = [c for c in items if c["name"].casefold() == name.casefold()]
    if len(found) > 1:
        ids = ", ".join(c["id"] for c in found)
        raise InvalidInput(f"Several collections are named '{name}'.", hint=f"Use an id: {ids}.")
    return found[0] if found else None


def get_collection(client: ApiClient, name: str) -> dict[str, Any]:
    """As ``find_collection``; raises CollectionNotFound."""
    found = find_collection(client, name)
    if found is None:
        raise CollectionNotFound(
            f"There is no collection '{name}' that you may read.",
            hint="List them with `on-prem-rag collections list`.",
        )
    return found


def bounds_of(client: ApiClient, collections: list[str] | None) -> dict[str, Any]:
    """The request fields that bound a search to the named Collections."""
    if not collections:
        return {}
    return {"collection_ids": [get_collection(client, name)["id"] for name in collections]}
