"""What is in the image is what the bills of materials say."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.containers.stack import Stack

LIST_PYTHON = """
import importlib.metadata, json
print(json.dumps({each.name: each.version for each in importlib.metadata.distributions()}))
"""


def test_the_bills_name_what_the_image_holds(stack: Stack, tmp_path: Path) -> None:
    image = stack.env["RAG_IMAGE"]
    stack.run("scripts/sbom.sh", str(tmp_path), image)
    inside = ("docker", "run", "--rm", "--network", "none", "--entrypoint")
    installed = json.loads(stack.run(*inside, "python", image, "-c", LIST_PYTHON).stdout)
    installed = {re.sub(r"[-_.]+", "-", name).lower(): v for name, v in installed.items()}
    del installed["on-prem-rag"]
    assert _named(tmp_path / "python.cdx.json") == installed
    listed = stack.run(*inside, "dpkg-query", image, "-W", "-f", "${Package} ${Version}\\n").stdout
    packages = dict(line.split() for line in listed.splitlines())
    debian = _named(tmp_path / "debian.cdx.json")
    assert "tesseract-ocr" in packages
    assert {name: debian[name] for name in packages} == packages
    assert set(debian) - set(packages) == {"debian", "python"}


def _named(path: Path) -> dict[str, str]:
    components = json.loads(path.read_text())["components"]
    return {component["name"]: component["version"] for component in components}
