"""Installed models: tags, ps, show, pull, create, copy, delete."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.ollama_standin.generation import ApiError
from tests.ollama_standin.gojson import JSON, NDJSON, dumps, loads
from tests.ollama_standin.models import StandInModel, full_name, valid_name
from tests.ollama_standin.wire import Exchange

if TYPE_CHECKING:
    from tests.ollama_standin.server import StandIn

_MODEL = {"model": (str, "string")}


def tags(server: StandIn, exchange: Exchange) -> None:
    """GET /api/tags."""
    exchange.respond(200, dumps({"models": [m.tag() for m in server.models.values()]}), JSON)


def ps(server: StandIn, exchange: Exchange) -> None:
    """GET /api/ps."""
    exchange.respond(200, dumps({"models": server.engine.listing()}), JSON)


def show(server: StandIn, exchange: Exchange) -> None:
    """POST /api/show; the body is long enough for Go to send it in chunks."""
    name = loads(exchange.request.body, "ShowRequest", _MODEL).get("model")
    if not name:
        raise ApiError(400, "model is required")
    model = server.find(_valid(name))
    if model is None:
        raise ApiError(404, f"model '{full_name(name)}' not found")
    exchange.start(200, JSON)
    exchange.chunk(dumps(model.show()))
    exchange.end()


def pull(server: StandIn, exchange: Exchange) -> None:
    """POST /api/pull: what ``server.pullable`` names comes, anything else fails as offline."""
    name = _valid(loads(exchange.request.body, "PullRequest", _MODEL).get("model"))
    lines: list[dict[str, Any]] = [{"status": "pulling manifest"}]
    model = server.pullable.get(full_name(name))
    if model is None:
        lines.append(
            {"error": "pull model manifest: dial tcp: lookup registry.ollama.ai: no such host"}
        )
    else:
        layer = {"digest": f"sha256:{model.sha256}", "total": model.size}
        status = f"pulling {model.sha256[:12]}"
        lines += [
            {"status": status, **layer},
            {"status": status, **layer, "completed": model.size},
            {"status": "verifying sha256 digest"},
            {"status": "writing manifest"},
            {"status": "success"},
        ]
        server.models[model.name] = model
    _lines(exchange, lines)


def create(server: StandIn, exchange: Exchange) -> None:
    """POST /api/create from a GGUF file."""
    body = loads(exchange.request.body, "CreateRequest", _MODEL)
    name = full_name(_valid(body.get("model")))
    server.models[name] = StandInModel(name)
    layer = hashlib.sha256(dumps(body)).hexdigest()
    states = ["parsing GGUF", "verifying conversion", f"creating new layer sha256:{layer}"]
    _lines(exchange, [{"status": s} for s in [*states, "writing manifest", "success"]])


def copy(server: StandIn, exchange: Exchange) -> None:
    """POST /api/copy."""
    body = loads(exchange.request.body, "CopyRequest", {"source": (str, "string")})
    source = server.find(_valid(body.get("source")))
    target = full_name(_valid(body.get("destination")))
    if source is None:
        raise ApiError(404, f'model "{body["source"]}" not found')
    server.models[target] = replace(source, name=target, digest=source.sha256)
    exchange.respond(200)


def delete(server: StandIn, exchange: Exchange) -> None:
    """DELETE /api/delete."""
    name = _valid(loads(exchange.request.body, "DeleteRequest", _MODEL).get("model"))
    if server.models.pop(full_name(name), None) is None:
        raise ApiError(404, f"model '{name}' not found")
    exchange.respond(200)


def _valid(name: Any) -> str:
    if not valid_name(name):
        raise ApiError(400, "invalid model name")
    return str(name)


def _lines(exchange: Exchange, lines: list[dict[str, Any]]) -> None:
    exchange.start(200, NDJSON)
    for line in lines:
        exchange.chunk(dumps(line) + b"\n")
    exchange.end()
