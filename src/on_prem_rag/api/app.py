"""The HTTP application over one appliance."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from on_prem_rag import __version__
from on_prem_rag.access.limits import LimitBook
from on_prem_rag.api.dependencies import Gate
from on_prem_rag.api.docs import add_docs
from on_prem_rag.api.exception_handlers import add_exception_handlers
from on_prem_rag.api.gauges import reading_gauges
from on_prem_rag.api.middleware.body_limit import BodyLimit
from on_prem_rag.api.middleware.bounds import RequestBounds
from on_prem_rag.api.middleware.hosts import AllowedHosts
from on_prem_rag.api.middleware.quota_headers import QuotaHeaders
from on_prem_rag.api.middleware.request_log import RequestLog
from on_prem_rag.api.openapi import document_quotas
from on_prem_rag.api.page import add_page
from on_prem_rag.api.presence import Presence
from on_prem_rag.api.rate_limits import RateLimits
from on_prem_rag.api.routes import (
    admin,
    api_keys,
    audit,
    auth,
    check,
    collections,
    conversations,
    documents,
    groups,
    health,
    jobs,
    limits,
    messages,
    metrics,
    models,
    openai,
    originals,
    principals,
    receipts,
    search,
    service_accounts,
    session,
    settings,
    uploads,
    users,
)
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.bootstrap.parts import default_limits
from on_prem_rag.config import Settings
from on_prem_rag.monitoring.collector import settle_collector
from on_prem_rag.monitoring.metrics import set_build

_SETTLED_SECONDS = 30.0
_RETRY_SECONDS = 15.0
_PAGE_IMAGES_AT_ONCE = 4
_ROUTERS = (
    auth.router,
    session.router,
    users.router,
    audit.router,
    receipts.router,
    groups.router,
    principals.router,
    service_accounts.router,
    api_keys.router,
    limits.router,
    collections.router,
    uploads.router,
    documents.router,
    originals.router,
    jobs.router,
    search.router,
    conversations.router,
    messages.router,
    models.router,
    openai.router,
    admin.router,
    check.router,
    settings.router,
    health.router,
    metrics.router,
)
_log = structlog.get_logger(__name__)


def create_app(appliance: Appliance, *, operator_token: str | None = None) -> FastAPI:
    """The application. Whoever shows ``operator_token`` from this machine is the operator."""
    app = FastAPI(
        title="On-Prem RAG",
        version=__version__,
        summary="Ask an organisation's own documents, on its own machines.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.appliance = appliance
    app.state.page_images = CapacityLimiter(_PAGE_IMAGES_AT_ONCE)
    app.state.gate = Gate(
        limits=RateLimits(appliance.database, LimitBook(default_limits(appliance.settings))),
        presence=Presence(),
        operator_token=operator_token or secrets.token_urlsafe(32),
    )
    for router in _ROUTERS:
        app.include_router(router)
    add_docs(app)
    add_page(app)
    document_quotas(app)
    add_exception_handlers(app)
    _add_middleware(app, appliance.settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """From the innermost to the outermost."""
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.allowed_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy"],
        )
    app.add_middleware(QuotaHeaders)
    app.add_middleware(BodyLimit, max_upload_bytes=settings.max_upload_bytes)
    app.add_middleware(
        RequestBounds,
        max_concurrent=settings.max_concurrent_requests,
        timeout=settings.request_timeout,
    )
    app.add_middleware(AllowedHosts, allowed=settings.allowed_hosts)
    app.add_middleware(RequestLog)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    appliance: Appliance = app.state.appliance
    gate: Gate = app.state.gate
    set_build(__version__)
    with reading_gauges(appliance, gate.presence):
        tended = (appliance.recover_answers, appliance.tend_reserve, appliance.watcher.watch)
        tasks = [asyncio.create_task(_settle()), *(asyncio.create_task(_keep(t)) for t in tended)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await appliance.close_answers()


async def _settle() -> None:
    """Settle the collector once the index and the models, which load after the start, are there."""
    await asyncio.sleep(_SETTLED_SECONDS)
    settle_collector()


async def _keep(task: Callable[[], Awaitable[None]]) -> None:
    """Keep it running, also after SQL or the disk was away for a while."""
    while True:
        try:
            await task()
        except Exception:  # noqa: BLE001 - a task's edge: the next round may find SQL back
            _log.exception("task_failed", task=task.__name__)
        await asyncio.sleep(_RETRY_SECONDS)


def _operation_id(route: APIRoute) -> str:
    return route.name
