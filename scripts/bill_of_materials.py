"""Bills of materials (CycloneDX 1.5) of what runs in the image; for scripts/sbom.sh.

``python`` reads uv's and drops what the image never installs. ``npm`` reads package-lock.json:
npm's own bill without development leaves out what that needs too, such as react. ``debian IMAGE``
reads lines of tab-separated fields: ``os ID VERSION``, ``python VERSION`` and
``deb NAME VERSION ARCHITECTURE SOURCE``.
"""

from __future__ import annotations

import base64
import json
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from packaging.markers import Environment, Marker, default_environment

_MARKER = "uv:package:marker"


def installed(bom: dict[str, Any], version: str = "3.13") -> dict[str, Any]:
    """The bill less what its own markers keep off a Linux with this Python."""
    environment: Environment = {
        **default_environment(),
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_name": "cpython",
    }
    markers = {
        component["bom-ref"]: Marker(each["value"])
        for component in bom["components"]
        for each in component.get("properties", [])
        if each["name"] == _MARKER
    }
    absent = {ref for ref, marker in markers.items() if not marker.evaluate(dict(environment))}
    return {
        **bom,
        "components": [c for c in bom["components"] if c["bom-ref"] not in absent],
        "dependencies": [
            {**each, "dependsOn": [ref for ref in each.get("dependsOn", []) if ref not in absent]}
            for each in bom["dependencies"]
            if each["ref"] not in absent
        ],
    }


def npm(lock: dict[str, Any]) -> dict[str, Any]:
    """What a lock holds to build and run the page; optional is what only some machines install."""
    components = {}
    for path, entry in lock["packages"].items():
        if not path or entry.get("dev"):
            continue
        name, version = path.rpartition("node_modules/")[2], entry["version"]
        found = _component(name, version, f"pkg:npm/{quote(name)}@{quote(version)}")
        optional = entry.get("optional") or entry.get("devOptional")
        digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
        components[found["purl"]] = {
            **found,
            "scope": "optional" if optional else "required",
            "hashes": [{"alg": "SHA-512", "content": digest}],
        }
    return _bill("application", lock["name"], list(components.values()))


def debian(image: str, lines: Iterable[str]) -> dict[str, Any]:
    """The bill of materials. Raises ValueError for lines that are none of the three."""
    components: list[dict[str, Any]] = []
    distribution, release = "debian", ""
    for line in lines:
        match line.rstrip("\n").split("\t"):
            case ["os", identifier, version]:
                distribution, release = identifier, version
                components.append(
                    {"type": "operating-system", "name": identifier, "version": version}
                )
            case ["python", version]:
                # Built by the base image itself, so that no Debian package names it.
                components.append(_component("python", version, f"pkg:generic/python@{version}"))
            case ["deb", name, version, architecture, source]:
                purl = (
                    f"pkg:deb/{distribution}/{quote(name)}@{quote(version, safe=':~')}"
                    f"?arch={architecture}&distro={distribution}-{release}"
                )
                found = _component(name, version, purl)
                found["properties"] = [{"name": "debian:source", "value": source}]
                components.append(found)
            case other:
                raise ValueError(f"not a line of packages: {other}")
    return _bill("container", image, components)


def _bill(kind: str, name: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "component": {"type": kind, "bom-ref": f"{kind}:{name}", "name": name},
        },
        "components": components,
    }


def _component(name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["python"]:
            found = installed(json.load(sys.stdin))
        case ["npm"]:
            found = npm(json.load(sys.stdin))
        case ["debian", image]:
            found = debian(image, sys.stdin)
        case _:
            sys.exit("usage: bill_of_materials.py python | npm | debian IMAGE")
    json.dump(found, sys.stdout, indent=2)
    sys.stdout.write("\n")
