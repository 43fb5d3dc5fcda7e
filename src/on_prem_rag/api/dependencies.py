"""What routes depend on: the appliance, who is asking, and what that person may do here.

Routes that touch SQL are plain functions and open their unit of work inside (``with
appliance.database.write() as session``). So the commit is done before the response starts, and one
thread serves the whole unit: a session handed in by a dependency would hold SQLite's write lock
while waiting for a second thread, and with all threads waiting for that lock none would be left.
Dependencies that do not block are coroutines, because FastAPI gives each plain one a thread.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool

from on_prem_rag.access.caller import OPERATOR, Caller
from on_prem_rag.api.cookies import ACCESS, SessionCookies, presented, require_own_page
from on_prem_rag.api.presence import Presence
from on_prem_rag.api.rate_limits import RateLimits
from on_prem_rag.auth.identity import Identity
from on_prem_rag.auth.keys import Scope
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.errors import Forbidden, NotFound, PasswordChangeRequired, Unauthenticated
from on_prem_rag.monitoring.request_context import signed_in_as

_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT or API key",
    description="An access token from `POST /api/v1/auth/token`, or an API key.",
)
_session = APIKeyCookie(
    name=SessionCookies(secure=True).name(ACCESS),
    scheme_name="Session",
    auto_error=False,
    description="Set by `POST /api/v1/auth/session`. Whatever is not a GET also needs the header "
    "`X-CSRF-Token`.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
SessionCookie = Annotated[str | None, Depends(_session)]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, and by what: a sign-in has a ``family_id``, an API key an id and scopes.

    The operator has neither. Without ``scopes`` everything is open that the caller may do.
    """

    caller: Caller
    family_id: str | None = None
    must_change_password: bool = False
    key_id: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What decides about a request before its route does; one an application."""

    limits: RateLimits
    presence: Presence
    operator_token: str


async def get_appliance(request: Request) -> Appliance:
    """The object graph this application serves."""
    appliance: Appliance = request.app.state.appliance
    return appliance


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


def client_address(request: Request) -> str:
    """The address the request came from; ``local`` over a Unix socket."""
    return request.client.host if request.client else "local"


def is_local(request: Request) -> bool:
    """Whether the request came over loopback or a Unix socket."""
    address = client_address(request)
    try:
        return address == "local" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def signed_in(
    request: Request, credentials: Credentials, _documented: SessionCookie = None
) -> Principal:
    """Whoever holds the request's bearer token or session cookie; the request is counted.

    Raises Unauthenticated, TooManyRequests, TwoCredentials, and CrossSiteRequest.
    """
    gate = _gate(request)
    try:
        principal = _identified(request, credentials)
    except Unauthenticated:
        gate.limits.count_address(request.scope, client_address(request))
        raise
    caller = principal.caller
    if caller is not OPERATOR:
        gate.limits.count_request(request.scope, caller.id, principal.key_id)
        gate.presence.saw(caller.id)
    return principal


def _identified(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    token, by_cookie = presented(request, credentials.credentials if credentials else None)
    if token is None:
        raise Unauthenticated("This needs an access token.")
    principal = _by_cookie(request, token) if by_cookie else _by_bearer(request, token)
    request.state.user_id = principal.caller.id
    signed_in_as(principal.caller.id, principal.caller.username, principal.key_id)
    return principal


def _by_bearer(request: Request, token: str) -> Principal:
    expected = _gate(request).operator_token.encode()
    given = token.encode("utf-8", "surrogatepass")
    if secrets.compare_digest(given, expected) and is_local(request):
        return Principal(OPERATOR)
    appliance: Appliance = request.app.state.appliance
    return principal_of(appliance.auth.authenticate(token))


def _by_cookie(request: Request, token: str) -> Principal:
    appliance: Appliance = request.app.state.appliance
    principal = principal_of(appliance.auth.authenticate(token))
    if principal.family_id is None:
        raise Unauthenticated("A session's cookie holds an access token and nothing else.")
    require_own_page(request, principal.family_id)
    return principal


def principal_of(identity: Identity) -> Principal:
    """The identity behind a token, as routes know it."""
    caller = Caller(identity.user_id, identity.username, identity.role)
    return Principal(
        caller,
        identity.family_id,
        identity.must_change_password,
        identity.key_id,
        identity.scopes,
    )


async def settled_principal(principal: Annotated[Principal, Depends(signed_in)]) -> Principal:
    """Whoever asks. Raises PasswordChangeRequired while a one-time password is unspent."""
    if principal.must_change_password:
        raise PasswordChangeRequired("Your one-time password must be changed first.")
    return principal


async def settled_caller(principal: Annotated[Principal, Depends(settled_principal)]) -> Caller:
    """A signed-in caller of any role, the auditor's too. Raises Forbidden for an API key."""
    if principal.scopes is not None:
        raise Forbidden("An API key may not do this.", hint="Sign in with your password instead.")
    return principal.caller


async def current_caller(caller: Annotated[Caller, Depends(settled_caller)]) -> Caller:
    """A caller who works with the appliance. Raises Forbidden for an auditor and an API key."""
    return _refuse_auditor(caller)


def _refuse_auditor(caller: Caller) -> Caller:
    if caller.is_auditor:
        raise Forbidden("An auditor reads the audit log and nothing else.")
    return caller


@dataclass(frozen=True, slots=True)
class Allows:
    """A dependency that opens a route to API keys of one scope; no other opens any to them."""

    scope: Scope

    async def __call__(self, principal: Annotated[Principal, Depends(settled_principal)]) -> Caller:
        """As ``current_caller``. Raises Forbidden for an API key without the scope."""
        if principal.scopes is not None and self.scope not in principal.scopes:
            raise Forbidden(
                f"This API key lacks the scope {self.scope}.", hint="Use a key that has it."
            )
        return _refuse_auditor(principal.caller)


async def admin_caller(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
    """A caller who administers. Raises Forbidden."""
    if not caller.is_admin:
        raise Forbidden("Only administrators may do this.")
    return caller


async def auditor_caller(caller: Annotated[Caller, Depends(settled_caller)]) -> Caller:
    """Who reads the audit log: an auditor or the local operator. Raises Forbidden."""
    if not caller.is_auditor and caller is not OPERATOR:
        raise Forbidden("Only auditors may do this.")
    return caller


async def operator_caller(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
    """The local operator. Raises Forbidden."""
    if caller is not OPERATOR:
        raise Forbidden("Only the operator, on the server itself, may do this.")
    return caller


async def asking_caller(
    request: Request,
    caller: Annotated[Caller, Depends(Allows("ask"))],
    principal: Annotated[Principal, Depends(settled_principal)],
) -> Caller:
    """A caller who is about to ask a question, which is counted. Raises TooManyRequests."""
    if caller is not OPERATOR:
        count = _gate(request).limits.count_query
        await run_in_threadpool(count, request.scope, caller.id, principal.key_id)
    return caller


async def optional_caller(request: Request, credentials: Credentials) -> Caller | None:
    """The caller if there is a valid token, else None. Raises TwoCredentials.

    Nothing is counted.
    """
    if presented(request, credentials.credentials if credentials else None)[0] is None:
        return None
    try:
        principal = await run_in_threadpool(_identified, request, credentials)
        return await settled_caller(await settled_principal(principal))
    except (Unauthenticated, Forbidden, OperationalError):
        return None  # whether the database is there is what /health has to say


async def limit_address(request: Request) -> None:
    """Count a request of someone not signed in. Raises TooManyRequests."""
    count = _gate(request).limits.count_address
    await run_in_threadpool(count, request.scope, client_address(request))


async def local_only(request: Request) -> None:
    """Raise NotFound unless the request came from this machine."""
    if not is_local(request):
        raise NotFound("There is nothing at this address.", hint="See /docs for what there is.")


ApplianceDep = Annotated[Appliance, Depends(get_appliance)]
SignedIn = Annotated[Principal, Depends(signed_in)]
SettledDep = Annotated[Caller, Depends(settled_caller)]
CallerDep = Annotated[Caller, Depends(current_caller)]
AdminDep = Annotated[Caller, Depends(admin_caller)]
AuditorDep = Annotated[Caller, Depends(auditor_caller)]
OperatorDep = Annotated[Caller, Depends(operator_caller)]
ReaderDep = Annotated[Caller, Depends(Allows("read"))]
TalkerDep = Annotated[Caller, Depends(Allows("ask"))]
WriterDep = Annotated[Caller, Depends(Allows("write"))]
AskingDep = Annotated[Caller, Depends(asking_caller)]
OptionalCaller = Annotated[Caller | None, Depends(optional_caller)]
