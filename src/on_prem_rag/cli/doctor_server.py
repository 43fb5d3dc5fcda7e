"""``doctor`` on the server: its parts, the models and the GPU, the index, the backups."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from on_prem_rag.cli.connection import ApiClient, Target, connect
from on_prem_rag.cli.findings import Finding
from on_prem_rag.config import Settings
from on_prem_rag.errors import AppError

_CHECK_WITHIN = timedelta(days=3)
_BACKUP_WITHIN = timedelta(hours=26)
_RESTORE_WITHIN = timedelta(days=8)
_LAG_CHANGES = 1000
_OPENING_SECONDS = 10.0


def look_at_server(settings: Settings) -> list[Finding]:
    """What the running server says, or a private one where none runs."""
    try:
        with connect(Target()) as client:
            overview = client.json("GET", "admin/overview")
            return [
                *_health(client),
                *_models(client, settings),
                *look_at_index(overview, datetime.now(UTC)),
                *look_at_backups(overview["backup"], datetime.now(UTC)),
            ]
    except AppError as error:
        return [Finding("failed", "server", error.message, error.hint or "")]


def _health(client: ApiClient) -> Iterator[Finding]:
    health = _settled_health(client)
    for name, check in (health["checks"] or {}).items():
        if check["status"] == "healthy":
            yield Finding("ok", name, f"{check['response_time_ms']:.0f} ms")
        else:
            vital = health["status"] == "unhealthy"
            said = check["message"] or "does not answer"
            yield Finding("failed" if vital else "warning", name, said)


def _settled_health(client: ApiClient) -> dict[str, Any]:
    """The state of all parts, once a server that has just started has opened its indexes."""
    deadline = time.monotonic() + _OPENING_SECONDS
    while True:
        health: dict[str, Any] = client.json("GET", "health")
        opened = (health["checks"] or {}).get("vector_db", {}).get("status") == "healthy"
        if opened or time.monotonic() > deadline:
            return health
        time.sleep(0.2)


def _models(client: ApiClient, settings: Settings) -> Iterator[Finding]:
    models = client.json("GET", "models")
    if not models["reachable"]:
        return
    names = [model["name"] for model in models["chat"]]
    if models["default_model"] in names:
        yield Finding("ok", "model", f"Ollama has {models['default_model']}")
    else:
        said = f"Ollama does not have {models['default_model']}"
        advice = f"load it, or choose another (it has: {', '.join(names) or 'none'})"
        yield Finding("warning", "model", said, advice)
    try:
        with httpx.Client(base_url=settings.ollama_endpoint, trust_env=False, timeout=5) as ollama:
            loaded = ollama.get("/api/ps").raise_for_status().json()["models"] or []
    except (httpx.HTTPError, ValueError, KeyError) as error:
        yield Finding("warning", "gpu", f"Ollama does not say ({type(error).__name__})")
        return
    yield look_at_gpu(loaded)


def look_at_gpu(loaded: list[dict[str, Any]]) -> Finding:
    """Where the loaded models lie, by Ollama's ``/api/ps``."""
    if not loaded:
        return Finding("ok", "gpu", "no model is loaded, so it cannot be told; ask something first")
    shares = {m["name"]: m.get("size_vram", 0) / max(1, m.get("size", 0)) for m in loaded}
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    advice = "see the driver and the container's GPU, or choose a smaller model"
    if not any(shares.values()):
        return Finding("warning", "gpu", "loaded models run on processors alone", advice)
    if min(shares.values()) < 0.99:
        return Finding("warning", "gpu", f"in its memory: {told}; the rest is slow", advice)
    return Finding("ok", "gpu", f"in its memory: {told}")


def look_at_index(overview: dict[str, Any], now: datetime) -> Iterator[Finding]:
    """How far the indexes are behind, and what the last check of everything found."""
    lag = overview["index_lag"]
    if lag > _LAG_CHANGES:
        advice = "wait while documents come in; if it stays, see the log"
        yield Finding("warning", "index", f"{lag} changes behind", advice)
    else:
        yield Finding("ok", "index", f"{lag} changes behind")
    last = overview["last_check"]
    if last is None:
        yield Finding("warning", "check", "there was none yet", "on-prem-rag check")
        return
    age = now - datetime.fromisoformat(last["finished_at"])
    told = f"{_ago(age)}, {last['inconsistencies']} inconsistencies"
    if not last["consistent"]:
        yield Finding("failed", "check", told, "on-prem-rag check --repair, see docs/operations.md")
    elif age > _CHECK_WITHIN:
        yield Finding("warning", "check", told, "on-prem-rag check")
    else:
        yield Finding("ok", "check", told)


def look_at_backups(backup: dict[str, Any], now: datetime) -> Iterator[Finding]:
    """How old the last snapshot is, and the last one that was restored to try it."""
    for subject, name, within, advice in (
        (
            "backup",
            "last_at",
            _BACKUP_WITHIN,
            "scripts/backup.sh, every night (docs/operations.md)",
        ),
        ("restore drill", "last_verified_restore_at", _RESTORE_WITHIN, "scripts/backup.sh --drill"),
    ):
        if backup[name] is None:
            yield Finding("warning", subject, "there was none yet", advice)
            continue
        age = now - datetime.fromisoformat(backup[name])
        told = f"{_ago(age)}; {backup['snapshots']} snapshots are kept"
        if age > within:
            yield Finding("warning", subject, told, advice)
        else:
            yield Finding("ok", subject, told)


def _ago(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"
