"""Writes the page's typed client from the API: ``python -m tests.architecture.web_client``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from on_prem_rag.api.app import create_app
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.config import Settings

WEB = Path(__file__).parents[2] / "src" / "web"
CLIENT = WEB / "src" / "client" / "schema.d.ts"
GENERATOR = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def make_client(folder: Path) -> str:
    """The types of the API as it is now; ``folder`` is for scratch."""
    appliance = Appliance(Settings(data_dir=folder / "data"), workers=0)
    try:
        document = create_app(appliance).openapi()
    finally:
        appliance.stop()
    described, made = folder / "openapi.json", folder / "schema.d.ts"
    described.write_text(json.dumps(document))
    node = Path(sys.executable).with_name("node")
    subprocess.run([node, GENERATOR, described, "-o", made], check=True, capture_output=True)
    return made.read_text()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        CLIENT.write_text(make_client(Path(scratch)))
