"""The stand-in says what a real Ollama said: status, headers, shapes, wording and framing."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ollama_standin import Reply, ThreadedStandIn, default_models

RECORDINGS = Path(__file__).parents[1] / "ollama_standin" / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.json"))

LEFT_OUT = {
    name: "the OpenAI route: the appliance never calls it (no num_ctx, errors swallowed)"
    for name in NAMES
    if name.startswith(("v1_", "v1flood_")) or name.endswith("_v1_stream")
}

# What has to hold on the server before the request for it to answer as it did.
FAULTS = {
    "chat_format_json": "abort_repeats",
    "repeat_abort_stream": "abort_repeats",
    "kill_nostream": "engine_death",
}
NOT_LOADED = {"ps_empty", "ps_after_unload"}
VALUES = {"done", "done_reason", "role", "version", "capabilities", "format", "context_length"}
"""Keys whose values are protocol and not chance, compared wherever they stand in an answer."""

RAMBLING = " ".join(["if at section to one"] * 400)


@pytest.fixture
def recorded_server() -> Iterator[ThreadedStandIn]:
    models = [m for m in default_models() if m.name.startswith("tiny-")]
    with ThreadedStandIn(models=models, reply=lambda messages: Reply(RAMBLING)) as server:
        yield server


def _recording(name: str) -> dict[str, Any]:
    recording = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    recording["req"]["body"] = _uncut(recording["req"]["body"])
    return recording


def _uncut(value: Any) -> Any:
    """Texts were cut where marked; they were one phrase over and over."""
    if isinstance(value, dict):
        return {key: _uncut(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_uncut(entry) for entry in value]
    if isinstance(value, str):
        return re.sub(
            r"…\[(\d+) characters, cut\]…", lambda m: "the data " * (int(m[1]) // 9), value
        )
    return value


def _prepare(server: ThreadedStandIn, name: str) -> None:
    models = server.standin.models
    if name in FAULTS:
        server.script(FAULTS[name])
    if name == "tags":
        for extra in ("tiny-think:latest", "tiny-think2:latest"):
            del models[extra]
    if name == "delete":
        models["copy1:latest"] = models["tiny-chat:latest"]
    if name == "ps_loaded":
        _exchange(server, "POST", "/api/chat", {"model": "tiny-chat", "messages": []})
    if name.startswith("think2_default"):
        server.standin.reply = lambda messages: Reply(RAMBLING, thinking="not by page")


def _exchange(
    server: ThreadedStandIn, method: str, path: str, body: Any
) -> tuple[int, dict[str, str], bytes, list[bytes]]:
    """Status, the headers the recordings keep, the body, and the chunks as they were framed."""
    connection = http.client.HTTPConnection("127.0.0.1", server.standin.port, timeout=10)
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    try:
        connection.request(method, path, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        kept = ("Content-Type", "Content-Length", "Transfer-Encoding")
        headers = {key: response.headers[key] for key in kept if key in response.headers}
        chunks = []
        if response.chunked and response.fp is not None:
            while (size := int(response.fp.readline(), 16)) > 0:
                chunks.append(response.fp.read(size))
                response.fp.read(2)
        return response.status, headers, b"".join(chunks) or response.read(), chunks
    finally:
        connection.close()


def _same_shape(ours: Any, theirs: Any, where: str = "") -> None:
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), where
        assert list(ours) == list(theirs), where
        for key, value in theirs.items():
            _same_shape(ours[key], value, f"{where}.{key}")
            if key in VALUES and not isinstance(value, dict):
                assert ours[key] == value, f"{where}.{key}"
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        assert bool(ours) == bool(theirs), where
        if theirs and "tensors" not in where:
            others = theirs if len(theirs) == len(ours) else theirs[:1] * len(ours)
            for entry, other in zip(ours, others, strict=True):
                _same_shape(entry, other, f"{where}[]")
    elif isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        assert isinstance(ours, (int, float)), where
        assert not isinstance(ours, bool), where
        if "duration" in where or "count" in where:
            assert isinstance(ours, int), where
    else:
        assert type(ours) is type(theirs), where


def _wording(body: bytes) -> str:
    return re.sub(r"\d+", "N", json.loads(body)["error"])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEFT_OUT])
def test_reproduces(recorded_server: ThreadedStandIn, name: str) -> None:
    recording = _recording(name)
    _prepare(recorded_server, name)
    request = recording["req"]

    status, headers, body, chunks = _exchange(
        recorded_server, request["method"], request["path"], request["body"]
    )

    assert status == recording["status"]
    wanted = dict(recording["headers"])
    assert headers.keys() == wanted.keys()
    assert headers.get("Content-Type") == wanted.get("Content-Type")
    assert headers.get("Transfer-Encoding") == wanted.get("Transfer-Encoding")
    theirs = recording["body"].encode()
    content_type = wanted.get("Content-Type", "")
    if content_type == "application/x-ndjson":
        _same_stream(chunks, theirs)
    elif "json" in content_type and theirs:
        _same_shape(json.loads(body), json.loads(theirs))
        assert body.endswith(b"\n") == theirs.endswith(b"\n")
        if status >= 400:
            assert _wording(body) == _wording(theirs)
    else:
        assert body == theirs


def _same_stream(chunks: list[bytes], recorded: bytes) -> None:
    """One JSON object a chunk, each ending in a line feed; first, middle and last as recorded."""
    assert recorded.endswith(b"\n")
    theirs = [json.loads(line) for line in recorded.splitlines() if b"characters, cut]" not in line]
    assert all(chunk.endswith(b"\n") and chunk.count(b"\n") == 1 for chunk in chunks)
    ours = [json.loads(chunk) for chunk in chunks]
    for line in ours[:-1]:
        _same_shape(line, theirs[0])
    _same_shape(ours[-1], theirs[-1])


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_left_out_says_so(recorded_server: ThreadedStandIn, name: str) -> None:
    request = _recording(name)["req"]
    assert request["path"].startswith("/v1/")
    status, _, body, _ = _exchange(
        recorded_server, request["method"], request["path"], request["body"]
    )
    assert (status, body) == (404, b"404 page not found")


def test_nothing_recorded_is_forgotten() -> None:
    assert len(NAMES) == 105
    assert set(FAULTS) | NOT_LOADED <= set(NAMES)


def test_a_difference_is_seen() -> None:
    """The positive control: the comparison fails on a missing key, a type and a value."""
    theirs = {"model": "m", "done": True, "eval_count": 3}
    for ours in (
        {"model": "m", "done": True},
        {"model": "m", "done": True, "eval_count": "3"},
        {"model": "m", "done": False, "eval_count": 3},
        {"done": True, "model": "m", "eval_count": 3},
    ):
        with pytest.raises(AssertionError):
            _same_shape(ours, theirs)


def test_go_escapes(recorded_server: ThreadedStandIn) -> None:
    recorded_server.standin.reply = lambda messages: "a < b & c > d"
    body = {"model": "tiny-chat", "messages": [{"role": "user", "content": "x"}], "stream": False}
    _, _, data, _ = _exchange(recorded_server, "POST", "/api/chat", body)
    assert rb"a \u003c b \u0026 c \u003e d" in data


def test_busy_only_while_loading(recorded_server: ThreadedStandIn) -> None:
    recorded_server.standin.engine.max_queue = 0
    body = {"model": "tiny-chat", "messages": [{"role": "user", "content": "x"}], "stream": False}
    status, headers, data, _ = _exchange(recorded_server, "POST", "/api/chat", body)
    assert status == 503
    assert "Retry-After" not in headers
    assert json.loads(data)["error"].startswith("server busy, please try again.  maximum")
    _exchange(recorded_server, "POST", "/api/chat", {**body, "messages": []})
    status, *_ = _exchange(recorded_server, "POST", "/api/chat", body)
    assert status == 200


def test_thinking_comes_in_its_own_chunks(recorded_server: ThreadedStandIn) -> None:
    thinker = next(m for m in default_models() if m.name == "thinker:latest")
    recorded_server.standin.models[thinker.name] = thinker
    recorded_server.standin.reply = lambda messages: Reply("Four.", thinking="two and two")
    body = {"model": "thinker", "messages": [{"role": "user", "content": "2+2"}]}
    _, _, _, chunks = _exchange(recorded_server, "POST", "/api/chat", body)
    messages = [json.loads(chunk)["message"] for chunk in chunks]
    assert "".join(m.get("thinking", "") for m in messages) == "two and two"
    assert "".join(m["content"] for m in messages) == "Four."
    _, _, _, chunks = _exchange(recorded_server, "POST", "/api/chat", {**body, "think": False})
    assert all("thinking" not in json.loads(chunk)["message"] for chunk in chunks)


def test_pull(recorded_server: ThreadedStandIn) -> None:
    """Offline a 200 and then an error line; what can be had comes in the known steps."""
    _, _, _, chunks = _exchange(recorded_server, "POST", "/api/pull", {"model": "new"})
    assert list(json.loads(chunks[-1])) == ["error"]
    new = default_models()[0]
    recorded_server.standin.pullable[new.name] = new
    _, _, _, chunks = _exchange(recorded_server, "POST", "/api/pull", {"model": new.name})
    states = [json.loads(chunk)["status"] for chunk in chunks]
    assert states[0] == "pulling manifest"
    assert re.fullmatch(r"pulling [0-9a-f]{12}", states[1])
    assert states[-3:] == ["verifying sha256 digest", "writing manifest", "success"]
    assert new.name in recorded_server.standin.models
