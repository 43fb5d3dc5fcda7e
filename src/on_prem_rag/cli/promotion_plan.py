"""What ``import`` would change here, and changing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from on_prem_rag.cli.connection import ApiClient
from on_prem_rag.cli.people_names import every, group_id, holder_id
from on_prem_rag.cli.promotion_manifest import documents_of, grants_of

Step = Callable[[], None]


class Plan:
    """The differences between a manifest and the appliance, found when it is made.

    ``changes`` says them in order; ``left_out`` says what cannot be done, and after ``apply`` what
    failed.
    """

    def __init__(self, client: ApiClient, manifest: dict[str, Any], folder: Path) -> None:
        self.changes: list[str] = []
        self.left_out: list[str] = []
        self._client = client
        self._folder = folder
        self._steps: list[Step] = []
        self._groups = {group["name"] for group in every(client, "groups")}
        self._people = {
            each["username"]
            for path in ("users", "service-accounts")
            for each in every(client, path)
        }
        self._settings(manifest["settings"])
        for name in manifest["groups"]:
            self._group(name)
        items = client.json("GET", "collections")["items"]
        here = {each["name"]: each for each in items if not each["private"]}
        for wanted in manifest["collections"]:
            self._collection(wanted, here.get(wanted["name"]))
        set_here = {
            (each["holder"], each["name"]): each["limits"] for each in every(client, "limits")
        }
        for limits in manifest["limits"]:
            self._limits(limits, set_here.get((limits["holder"], limits["name"])))

    def apply(self) -> None:
        """Do all of it, in order. Raises what the server refuses."""
        for step in self._steps:
            step()

    def _add(self, said: str, step: Step) -> None:
        self.changes.append(said)
        self._steps.append(step)

    def _settings(self, wanted: dict[str, Any]) -> None:
        now = self._client.json("GET", "admin/settings")["values"]
        for name, value in wanted.items():
            if name not in now:
                self.left_out.append(f"the setting {name}, which this version does not have")
            elif now[name] != value:
                self._add(
                    f"set {name} to {value!r}, now {now[name]!r}",
                    partial(self._send, "PATCH", "admin/settings", {name: value}),
                )

    def _group(self, name: str) -> None:
        if name not in self._groups:
            self._groups.add(name)
            self._add(
                f"create the group '{name}'", lambda: self._send("POST", "groups", {"name": name})
            )

    def _collection(self, wanted: dict[str, Any], here: dict[str, Any] | None) -> None:
        name, place = wanted["name"], here["id"] if here else None
        about = {"name": name, "description": wanted["description"]}
        if here is None:
            self._add(
                f"create the collection '{name}'", lambda: self._send("POST", "collections", about)
            )
        elif here["description"] != wanted["description"]:
            self._add(
                f"describe the collection '{name}'",
                lambda: self._send("PATCH", f"collections/{place}", about),
            )
        grants = grants_of(self._client, place) if place else []
        for grant in wanted["grants"]:
            if grant not in grants:
                self._grant(name, grant)
        known = documents_of(self._client, place) if place else []
        have = {(each["name"], each["sha256"]) for each in known}
        missing = [d for d in wanted["documents"] if (d["name"], d["sha256"]) not in have]
        if missing:
            self._add(
                f"take {len(missing)} documents into '{name}'", lambda: self._upload(name, missing)
            )

    def _grant(self, collection: str, grant: dict[str, str]) -> None:
        kind, name = grant["kind"], grant["name"]
        if not self._is_here(kind, name):
            self.left_out.append(
                f"the right of '{name}' in '{collection}': nobody of that name here"
            )
            return
        body = {"principal": name, "level": grant["level"], "kind": kind}
        self._add(
            f"let {kind} '{name}' be {grant['level']} of '{collection}'",
            lambda: self._send("PUT", f"collections/{self._find(collection)}/grants", body),
        )

    def _limits(self, wanted: dict[str, Any], here: dict[str, Any] | None) -> None:
        holder, name = wanted["holder"], wanted["name"]
        if here == wanted["limits"]:
            return
        if not self._is_here(holder.rstrip("s"), name):
            self.left_out.append(f"the limits of '{name}': nobody of that name here")
            return
        find = group_id if holder == "groups" else holder_id
        self._add(
            f"set limits of '{name}'",
            lambda: self._send(
                "PATCH", f"limits/{holder}/{find(self._client, name)}", wanted["limits"]
            ),
        )

    def _is_here(self, kind: str, name: str) -> bool:
        if kind == "everyone":
            return True
        return name in (self._groups if kind == "group" else self._people)

    def _find(self, collection: str) -> str:
        from on_prem_rag.cli.collection_names import get_collection

        return str(get_collection(self._client, collection)["id"])

    def _upload(self, collection: str, documents: list[dict[str, str]]) -> None:
        from on_prem_rag.cli.ingest import LocalFile
        from on_prem_rag.cli.ingest_run import IngestRun

        files = [LocalFile(self._folder / each["sha256"], each["name"]) for each in documents]
        report = IngestRun(self._client, self._find(collection), quiet=True).run(files)
        self.left_out += [f"{failure.name}: {failure.message}" for failure in report.failures]

    def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        self._client.json(method, path, json=body)
