"""The bills of materials name everything that is locked to run, and keep CycloneDX's form."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "scripts" / "bill_of_materials.py"
IMAGE_PYTHON = {"python_version": "3.13", "python_full_version": "3.13.0", "sys_platform": "linux"}
PACKAGES = """os\tdebian\t13
python\t3.13.0
deb\tlibstdc++6\t14.2.0-19+deb13u1\tamd64\tgcc-14
deb\tbsdutils\t1:2.41-5\tamd64\tutil-linux
"""


def made(kind: str, *arguments: str, given: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, PROGRAM, kind, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def require_form(bom: dict[str, Any]) -> None:
    """What the specification of CycloneDX 1.5 asks of a bill and its components."""
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["specVersion"] == "1.5"
    assert isinstance(bom["version"], int)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"])
    kinds = {"application", "library", "operating-system", "container"}
    components = [*bom["components"], bom["metadata"]["component"]]
    assert components[1:], "the bill is empty"
    for component in components:
        assert component["type"] in kinds
        assert component["name"]
    for component in bom["components"]:
        assert component["version"], component["name"]
        if component["type"] == "library":
            assert re.fullmatch(r"pkg:[a-z]+/[^\s@]+@[^\s@]+", component["purl"]), component
    refs = [component["bom-ref"] for component in components if "bom-ref" in component]
    assert len(refs) == len(set(refs))
    for each in bom.get("dependencies", []):
        assert {each["ref"], *each.get("dependsOn", [])} <= set(refs)


def named(bom: dict[str, Any]) -> dict[str, str]:
    return {component["name"]: component["version"] for component in bom["components"]}


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the script writes without an image, called from another directory."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    script = ROOT / "scripts" / "sbom.sh"
    subprocess.run([script, "bills"], cwd=elsewhere, check=True, capture_output=True)
    return elsewhere / "bills"


def test_every_locked_python_package_is_named_with_its_version(bills: Path) -> None:
    bom = json.loads((bills / "python.cdx.json").read_text())
    require_form(bom)
    assert named(bom) == locked_packages()
    assert {"torch", "pytest"} & set(named(bom)) == set(), "neither dropped nor for development"


def test_every_locked_npm_package_is_named_with_its_version(bills: Path) -> None:
    bom = json.loads((bills / "npm.cdx.json").read_text())
    require_form(bom)
    lock = json.loads((ROOT / "src/web/package-lock.json").read_text())["packages"]
    wanted = {
        (path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in lock.items()
        if path and not entry.get("dev")
    }
    assert len(wanted) > 50
    assert {(c["name"], c["version"]) for c in bom["components"]} == wanted
    scopes = {component["name"]: component["scope"] for component in bom["components"]}
    assert (scopes["react"], scopes["fsevents"]) == ("required", "optional")


def test_debian_packages_become_components() -> None:
    bom = made("debian", "on-prem-rag:1", given=PACKAGES)
    require_form(bom)
    assert named(bom) == {
        "debian": "13",
        "python": "3.13.0",
        "libstdc++6": "14.2.0-19+deb13u1",
        "bsdutils": "1:2.41-5",
    }
    purls = [component.get("purl") for component in bom["components"]]
    assert purls[2:] == [
        "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19%2Bdeb13u1?arch=amd64&distro=debian-13",
        "pkg:deb/debian/bsdutils@1:2.41-5?arch=amd64&distro=debian-13",
    ]


def test_what_is_no_list_of_packages_is_refused() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        made("debian", "image", given="sh: dpkg-query: not found\n")


def test_advisories_are_asked_for_in_the_workflow() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert "scripts/advisories.sh" in steps


def locked_packages() -> dict[str, str]:
    """What uv.lock wants on the image's Linux and Python, without what is for development."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    wanted: list[tuple[str, str, tuple[str, ...]]] = [("on-prem-rag", "", ())]
    seen, found = set(wanted), {}
    while wanted:
        name, version, extras = wanted.pop()
        (package,) = (
            p
            for p in packages
            if p["name"] == name and (p["version"] == version or (not version and applies(p)))
        )
        dependencies = list(package.get("dependencies", []))
        for extra in extras:
            dependencies += package["optional-dependencies"][extra]
        for each in dependencies:
            key = (each["name"], each.get("version", ""), tuple(each.get("extra", ())))
            if holds(each.get("marker")) and key not in seen:
                seen.add(key)
                wanted.append(key)
        found[name] = package["version"]
    del found["on-prem-rag"]
    return found


def applies(package: dict[str, Any]) -> bool:
    markers = package.get("resolution-markers", [])
    return not markers or any(holds(marker) for marker in markers)


def holds(marker: str | None) -> bool:
    return marker is None or Marker(marker).evaluate({**IMAGE_PYTHON})
