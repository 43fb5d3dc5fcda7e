from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from on_prem_rag.config import Settings
from on_prem_rag.errors import DocumentNotFound
from on_prem_rag.monitoring.logging import (
    REQUEST_ID,
    USER_ID,
    configure_logging,
    question_hash,
)

QUESTION = "how much did the zebra cost"


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def start(**settings: Any) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(Settings(**settings), hash_key=b"k" * 32, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_context() -> None:
    stream = start()
    request, user = REQUEST_ID.set("r-1"), USER_ID.set("u-1")
    structlog.get_logger("x").info("uploaded", size=3)
    REQUEST_ID.reset(request)
    USER_ID.reset(user)
    [line] = lines(stream)
    assert line["event"] == "uploaded"
    assert (line["request_id"], line["user_id"], line["size"]) == ("r-1", "u-1", 3)
    assert line["timestamp"].endswith("Z")
    assert line["level"] == "info"


def test_the_standard_librarys_records_take_the_same_form() -> None:
    stream = start()
    logging.getLogger("other").warning("disk at %s", "90 %")
    assert lines(stream)[0]["event"] == "disk at 90 %"


def test_secrets_and_questions_given_by_mistake_are_blanked() -> None:
    stream = start()
    structlog.get_logger().info("login", password="hunter2", Token="abc", query=QUESTION)
    assert "hunter2" not in stream.getvalue()
    assert QUESTION not in stream.getvalue()
    assert lines(stream)[0]["Token"] == "[redacted]"


@pytest.mark.parametrize("use_structlog", [True, False])
def test_an_exception_keeps_its_frames_and_drops_foreign_text(use_structlog: bool) -> None:
    stream = start()
    logger = structlog.get_logger() if use_structlog else logging.getLogger("other")
    try:
        try:
            raise ValueError(QUESTION)
        except ValueError as error:
            raise DocumentNotFound("There is no such document.") from error
    except DocumentNotFound:
        logger.exception("failed")
    [line] = lines(stream)
    assert "There is no such document." in line["exception"]
    assert "ValueError" in line["exception"]
    assert "test_logging.py" in line["exception"]
    assert QUESTION not in stream.getvalue()


def test_the_log_file_gets_json_even_when_the_terminal_gets_text(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "rag.log"
    stream = start(log_format="text", log_file=path)
    structlog.get_logger().info("started", port=8000)
    assert "started" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
    assert json.loads(path.read_text())["port"] == 8000


def test_the_level_is_kept() -> None:
    stream = start(log_level="WARNING")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_configuring_twice_does_not_double_lines() -> None:
    start()
    stream = start()
    structlog.get_logger().info("once")
    assert len(lines(stream)) == 1


def test_servers_own_access_lines_are_off() -> None:
    stream = start()
    logging.getLogger("uvicorn.access").info("GET /api/v1/search?q=%s", QUESTION)
    assert stream.getvalue() == ""


def test_a_question_hash_tells_nothing_and_is_stable() -> None:
    start()
    first = question_hash(QUESTION)
    assert first == question_hash("  How much did the ZEBRA cost ")
    assert first != question_hash(QUESTION + "?")
    assert len(first) == 16
    configure_logging(Settings(), hash_key=b"other" * 8, stream=io.StringIO())
    assert question_hash(QUESTION) != first
