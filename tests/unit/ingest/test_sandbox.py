"""The sandbox with real children: what they return, how they are stopped, what they leave."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from on_prem_rag.errors import (
    ConversionTimeout,
    EmptyFile,
    FileTooComplex,
    ServiceUnavailable,
    UnreadableFile,
    UnsupportedMediaType,
)
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import Box
from on_prem_rag.ingest.sandbox import Sandbox

OPTIONS = ConvertOptions()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def text_file(folder: Path, text: str = "The lease ends in May.") -> Path:
    path = folder / "lease.txt"
    path.write_text(text)
    return path


def endless_file(folder: Path) -> Path:
    """HTML nested so deeply that its parser needs minutes."""
    path = folder / "deep.html"
    path.write_text("<html>" + "<div>" * 400_000 + "x")
    return path


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def gone(pid: int, seconds: float = 10.0) -> bool:
    """Wait until a process that is not ours has ended."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], seconds)[0])
    finally:
        os.close(watch)


def test_a_document_comes_back_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    document = sandbox.convert(text_file(tmp_path), "lease.txt", OPTIONS)
    assert document.media_type == "text/plain"
    assert [block.text.value for block in document.blocks] == ["The lease ends in May."]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.txt", b"", EmptyFile),
        ("a.docx", b"PK\x03\x04 cut short", UnreadableFile),
        ("a.bin", bytes(range(256)) * 4, UnsupportedMediaType),
    ],
)
def test_an_error_keeps_its_class_and_words(
    sandbox: Sandbox, tmp_path: Path, name: str, content: bytes, error: type[Exception]
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(error, match=r"[Ff]ile"):
        sandbox.convert(path, name, OPTIONS)


def test_the_options_reach_the_converter(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(FileTooComplex, match="10 characters"):
        sandbox.convert(text_file(tmp_path), "a.txt", ConvertOptions(max_text_chars=10))


def test_a_late_child_is_killed_and_the_next_file_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ConversionTimeout, match=r"0\.3 seconds"):
        sandbox.convert(endless_file(tmp_path), "a.html", OPTIONS, timeout_seconds=0.3)
    assert sandbox.process_id is not None
    assert children(sandbox.process_id) == []
    assert sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS).blocks


def test_memory_is_bounded(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "wide.txt"
    path.write_bytes(b"word " * 20_000_000)
    with pytest.raises(FileTooComplex, match="memory"):
        sandbox.convert(path, "a.txt", OPTIONS, memory_bytes=256 << 20)


def test_a_crash_of_the_child_is_an_unreadable_file(sandbox: Sandbox, tmp_path: Path) -> None:
    zygote = sandbox.process_id or (sandbox.start() and sandbox.process_id)
    assert zygote is not None
    failures: list[BaseException] = []

    def convert() -> None:
        try:
            sandbox.convert(endless_file(tmp_path), "a.html", OPTIONS, timeout_seconds=60)
        except UnreadableFile as error:
            failures.append(error)

    thread = threading.Thread(target=convert)
    thread.start()
    while not (running := children(zygote)):
        thread.join(0.01)
    os.kill(running[0], signal.SIGSEGV)
    thread.join()
    assert "SIGSEGV" in str(failures[0])
    assert sandbox.process_id == zygote


def test_a_killed_zygote_is_replaced(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.start()
    first = sandbox.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS).blocks
    assert sandbox.process_id not in (None, first)


def test_an_idle_zygote_ends_and_the_next_file_is_read(tmp_path: Path) -> None:
    with Sandbox(idle_seconds=0.2) as sandbox:
        sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS)
        zygote = sandbox.process_id
        assert zygote is not None
        assert gone(zygote)
        assert sandbox.process_id is None
        assert sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS).blocks


def test_threads_share_it(sandbox: Sandbox, tmp_path: Path) -> None:
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"File number {number}.")
        paths.append(path)
    with ThreadPoolExecutor(4) as pool:
        documents = list(pool.map(lambda p: sandbox.convert(p, p.name, OPTIONS), paths))
    assert [d.blocks[0].text.value for d in documents] == [f"File number {n}." for n in range(12)]


def test_no_scratch_folder_and_no_descriptor_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    path = text_file(tmp_path)
    sandbox.convert(path, "a.txt", OPTIONS)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        sandbox.convert(path, "a.txt", OPTIONS)
        with pytest.raises(ConversionTimeout):
            sandbox.convert(path, "a.txt", OPTIONS, timeout_seconds=0.0)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_closed_sandbox_refuses_and_leaves_no_process(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS)
    zygote = sandbox.process_id
    assert zygote is not None
    sandbox.close()
    sandbox.close()
    assert gone(zygote)
    with pytest.raises(ServiceUnavailable, match="shutting down"):
        sandbox.convert(text_file(tmp_path), "a.txt", OPTIONS)


def test_closing_gives_up_what_runs(tmp_path: Path) -> None:
    sandbox = Sandbox()
    sandbox.start()
    zygote = sandbox.process_id
    assert zygote is not None
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(sandbox.convert, endless_file(tmp_path), "a.html", OPTIONS)
        while not (running := children(zygote)):
            assert not job.done()
        sandbox.close()
        # Neither read nor unreadable: whoever asked may ask again.
        with pytest.raises(ServiceUnavailable):
            job.result()
    assert gone(running[0])


def test_a_child_outlives_no_killed_zygote(tmp_path: Path) -> None:
    with Sandbox() as sandbox, ThreadPoolExecutor(1) as pool:
        sandbox.start()
        zygote = sandbox.process_id
        assert zygote is not None
        job = pool.submit(
            sandbox.convert, endless_file(tmp_path), "a.html", OPTIONS, timeout_seconds=2
        )
        while not (running := children(zygote)):
            assert not job.done()
        os.kill(zygote, signal.SIGKILL)
        assert gone(running[0])
        # It was repeated in a new zygote, where it was late.
        with pytest.raises(ConversionTimeout):
            job.result()


def test_the_zygote_and_its_child_die_with_their_parent(tmp_path: Path) -> None:
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from on_prem_rag.ingest.sandbox import Sandbox\n"
        "from on_prem_rag.ingest.converters.options import ConvertOptions\n"
        "sandbox = Sandbox(); sandbox.start()\n"
        "print(sandbox.process_id, flush=True)\n"
        "sandbox.convert(Path(sys.argv[1]), 'a.html', ConvertOptions())\n"
    )
    command = [sys.executable, "-c", script, str(endless_file(tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        zygote = int(parent.stdout.readline())
        while not (running := children(zygote)):
            assert parent.poll() is None
        parent.kill()
    assert gone(zygote)
    assert gone(running[0])


def test_a_zip_bomb_is_refused_before_it_expands(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("word/document.xml", "w", force_zip64=True) as member:
            for _ in range(80):
                member.write(bytes(1 << 20))
    with pytest.raises(FileTooComplex, match="expand"):
        sandbox.convert(path, "bomb.docx", OPTIONS)


def test_a_page_is_drawn_in_a_child(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    sheet = Canvas(str(path), pagesize=(200, 100))
    sheet.drawString(20, 50, "The lease ends in May.")
    sheet.save()
    plain = sandbox.render_page(path, 1, scale=1.0)
    marked = sandbox.render_page(path, 1, scale=1.0, highlight_boxes=(Box(20, 40, 90, 55),))
    assert plain[:2] == b"\xff\xd8"
    assert marked != plain


def test_a_page_that_is_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4 cut short")
    with pytest.raises(UnreadableFile):
        sandbox.render_page(path, 1)
