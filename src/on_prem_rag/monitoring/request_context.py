"""The request being answered, for whatever is done on its behalf."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class RequestContext:
    """Whence a request came and, once that is known, from whom.

    One object a request, shared by all threads that work on it, so that what a dependency fills in
    on its thread is seen by the route on another.
    """

    request_id: str | None = None
    address: str | None = None
    actor_id: str | None = None
    actor_name: str | None = None
    key_id: str | None = None


_NOBODY = RequestContext()
_CURRENT: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current_request() -> RequestContext:
    """The context of the present request; one without content outside of any."""
    return _CURRENT.get() or _NOBODY


def begin_request(request_id: str, address: str) -> RequestContext:
    """Start a request; everything that is called or started from here on belongs to it.

    Every server runs a request in a context of its own, so nothing has to be reset.
    """
    context = RequestContext(request_id, address)
    _CURRENT.set(context)
    return context


def signed_in_as(actor_id: str, actor_name: str, key_id: str | None = None) -> None:
    """Say who makes the present request, and with which API key."""
    context = _CURRENT.get()
    if context is not None:
        context.actor_id, context.actor_name, context.key_id = actor_id, actor_name, key_id
