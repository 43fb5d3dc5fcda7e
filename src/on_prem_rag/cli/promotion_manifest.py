"""What ``export`` gathers: names and values, no id and no secret of this appliance."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.cli.people_names import every

_OF_THE_MOMENT = ("announcement",)


def gather(client: ApiClient, with_documents: Set[str]) -> dict[str, Any]:
    """The manifest's contents; documents of the collections with these ids only."""
    settings = client.json("GET", "admin/settings")
    shared = [c for c in client.json("GET", "collections")["items"] if not c["private"]]
    return {
        "settings": {
            name: settings["values"][name]
            for name in settings["changed"]
            if name in settings["values"] and name not in _OF_THE_MOMENT
        },
        "groups": [group["name"] for group in every(client, "groups")],
        "collections": [
            {
                "name": each["name"],
                "description": each["description"],
                "grants": grants_of(client, each["id"]),
                "documents": documents_of(client, each["id"])
                if each["id"] in with_documents
                else [],
            }
            for each in shared
        ],
        "limits": [
            {"holder": each["holder"], "name": each["name"], "limits": each["limits"]}
            for each in every(client, "limits")
            if each["holder"] != "api-keys"
        ],
    }


def grants_of(client: ApiClient, collection_id: str) -> list[dict[str, str]]:
    """Who has which right, by name."""
    items = client.json("GET", f"collections/{collection_id}/grants")["items"]
    return [
        {
            "kind": each["kind"],
            "name": each["username"] or each["group"] or each["principal"],
            "level": each["level"],
        }
        for each in items
    ]


def documents_of(client: ApiClient, collection_id: str) -> list[dict[str, str]]:
    """Documents that were taken in, with the id under which their original is found here."""
    return [
        {"name": each["name"], "sha256": each["latest"]["sha256"], "id": each["id"]}
        for each in every(client, "documents", collection_id=collection_id)
        if each["latest"]["status"] == "ready"
    ]
