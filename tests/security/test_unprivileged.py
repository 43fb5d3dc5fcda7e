"""Converters of an appliance that was started as root: who they are, and what that takes away.

Each refusal has its control: the same act by the same code as root.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pydantic
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

import on_prem_rag

ROOT = Path(__file__).parents[2]
LEASE = "The lease ends in May."

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

_SETUP = """
import contextlib, json, os, signal, sys, tempfile, threading
from pathlib import Path
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.ingest.sandbox_job import confine, what_holds
from on_prem_rag.ingest.sandbox_limits import Limits
from on_prem_rag.ingest.sandbox_user import become_nobody
folder = Path(sys.argv[1])
"""
_CONFINED = """
parent = os.getppid()
if sys.argv[3] == "nobody":
    confine(folder / "scratch", Limits(2 << 30, 60), parent, drop=True)
elif sys.argv[3] == "root":
    confine(folder / "scratch", Limits(2 << 30, 60), parent, drop=False)
elif sys.argv[3] == "nobody alone":
    become_nobody(folder / "scratch")
try:
    exec(sys.argv[2])
    print("done")
except PermissionError:
    print("refused")
"""
_CONVERTING = """
def owner(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[1:] for line in status.splitlines() if line.startswith("Uid"))

def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

tempfile.tempdir = str(folder / "work")
os.mkdir(tempfile.tempdir)
private = folder / "private"
(private / "deep.html").write_text("<html>" + "<div>" * 400_000 + "x")
with Sandbox() as sandbox:
    ready = sandbox.start()
    lease = sandbox.convert(private / "lease.txt", "lease.txt", ConvertOptions())
    def late():
        try:
            sandbox.convert(private / "deep.html", "a.html", ConvertOptions(), timeout_seconds=3)
        except Exception as error:
            outcome.append(type(error).__name__)
    outcome = []
    slow = threading.Thread(target=late)
    slow.start()
    owners = set()
    while slow.is_alive():
        for pid in children(sandbox.process_id):
            with contextlib.suppress(OSError, StopIteration):
                owners.add(tuple(owner(pid)))
        slow.join(0.05)
    pixels = len(sandbox.render_page(private / "page.pdf", 1))
    scan = sandbox.convert(private / "scan.png", "scan.png", ConvertOptions())
print(json.dumps({
    "unprivileged": ready.unprivileged,
    "lease": lease.blocks[0].text.value,
    "late": outcome,
    "owners": sorted(owners),
    "drawn": pixels > 500,
    "scan": " ".join(block.text.value for block in scan.blocks),
    "scratch": os.listdir(tempfile.tempdir),
}))
"""


def blocked_folder(path: Path, top: Path = Path("/")) -> Path | None:
    """The uppermost folder from ``top`` to ``path`` that only its owner may enter."""
    ways = [each for each in (*reversed(path.parents), path) if each.is_relative_to(top)]
    return next((each for each in ways if not each.stat().st_mode & 0o001), None)


@functools.cache
def readable(tree: Path) -> Path:
    """``tree``, or a copy of its modules everyone may read, if it was made with a umask of 077."""
    modules = [Path(str(module.__file__)).parent for module in (on_prem_rag, pydantic)]
    if not any(blocked_folder(each, tree) for each in modules):
        return tree
    copy = Path(tempfile.mkdtemp(prefix="readable-"))
    atexit.register(shutil.rmtree, copy)
    for part in (tree / "src", Path(sys.prefix)):
        subprocess.run(["cp", "-r", part, copy / part.relative_to(tree)], check=True)
    subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy


def run(tmp_path: Path, script: str, *arguments: str, before: tuple[str, ...] = ()) -> str:
    """Run ``script`` as root where the interpreter can be read by everyone; what it printed.

    What lies below a folder that is root's alone is shown at its own place in a mount namespace
    of this command.
    """
    python = [*before, sys.executable, "-c", _SETUP + script, str(tmp_path), *arguments]
    steps = []
    for number, needed in enumerate({Path(sys.base_prefix).resolve(), ROOT}):
        shown, blocked = readable(needed), blocked_folder(needed)
        if blocked or shown != needed:
            kept = tmp_path / f"kept{number}"
            kept.mkdir(exist_ok=True)
            hide = f"mount -t tmpfs -o mode=755 none {blocked} && mkdir -p {needed}"
            steps += [f"mount --bind {shown} {kept}", *([hide] if blocked else [])]
            steps.append(f"mount --bind {kept} {needed}")
    command = python
    if steps:
        namespace = ["unshare", "-m", "--propagation", "private", "sh", "-c"]
        entering = " && ".join(["umask 022", *steps, 'exec "$@"'])
        command = [*namespace, entering, "sh", *python]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if steps and "unshare" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below /tmp, whose ancestors everyone may enter, as the appliance's scratch folders are."""
    made = Path(tempfile.mkdtemp(prefix="unprivileged-"))
    made.chmod(0o755)
    (made / "scratch").mkdir()
    for name in ("server.json", "rag.db"):
        (made / name).write_text("secret")
        (made / name).chmod(0o600)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("act", [
    "(folder / 'server.json').read_text()",
    "(folder / 'rag.db').open('rb')",
    "os.listdir('/proc/1/fd')",
])  # fmt: skip
def test_it_reads_nothing_that_is_root_s_alone(folder: Path, act: str) -> None:
    assert run(folder, _CONFINED, act, "root") == "done"
    assert run(folder, _CONFINED, act, "nobody") == "refused"


@pytest.mark.parametrize(
    "act", ["os.kill(parent, 0)", "os.setuid(0)", "os.setgroups([0])", "os.chown(folder, 0, 0)"]
)
def test_it_ends_no_process_and_does_not_become_root_again(folder: Path, act: str) -> None:
    assert run(folder, _CONFINED, act, "root alone") == "done"
    assert run(folder, _CONFINED, act, "nobody alone") == "refused"


def test_it_still_works_in_its_own_folder(folder: Path) -> None:
    act = "(folder / 'scratch' / 'page').write_text('x')"
    assert run(folder, _CONFINED, act, "nobody") == "done"


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="apt-get install tesseract-ocr")
def test_files_are_read_and_drawn_and_scans_recognised_by_nobody(folder: Path) -> None:
    _private_files(folder)
    result = json.loads(run(folder, _CONVERTING))
    assert result["unprivileged"] is True
    assert result["lease"] == LEASE
    assert result["late"] == ["ConversionTimeout"]
    assert ["65534"] * 4 in result["owners"]
    assert result["drawn"]
    assert "lease" in result["scan"]
    assert result["scratch"] == []


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="apt-get install util-linux")
@pytest.mark.parametrize("capability", ["setuid", "setgid", "chown", "kill"])
def test_where_it_cannot_be_done_it_is_said(folder: Path, capability: str) -> None:
    script = "print(what_holds().unprivileged)"
    assert run(folder, script) == "True"
    lacking = ("setpriv", "--bounding-set", f"-{capability}", "--inh-caps", f"-{capability}")
    assert run(folder, script, before=lacking) == "False"
    if capability == "setuid":
        _private_files(folder)
        converting = (
            "with Sandbox() as s:\n    print(s.convert(folder / 'private' / 'lease.txt', 'a.txt',"
            " ConvertOptions()).blocks[0].text.value)"
        )
        assert run(folder, converting, before=lacking) == LEASE


def _private_files(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    (private / "lease.txt").write_text(LEASE)
    (private / "lease.txt").chmod(0o400)
    sheet = Canvas(str(private / "page.pdf"), pagesize=(400, 200))
    sheet.drawString(20, 50, LEASE)
    sheet.save()
    image = Image.new("L", (1600, 300), 255)
    ImageDraw.Draw(image).text((60, 100), LEASE, fill=0, font=ImageFont.load_default(80))
    image.save(private / "scan.png", dpi=(200, 200))
