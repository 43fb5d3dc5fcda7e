"""The page's sign-in by cookie; programs use ``/auth/token`` and bearer tokens instead."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response, status

from on_prem_rag.api.cookies import (
    REFRESH,
    HttpsRequired,
    SessionCookies,
    csrf_token,
    require_own_origin,
)
from on_prem_rag.api.dependencies import (
    ApplianceDep,
    Principal,
    SignedIn,
    client_address,
    is_local,
    principal_of,
)
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import PUBLIC, SIGNED_IN, error_examples
from on_prem_rag.api.routes.auth import Limited, get_me
from on_prem_rag.api.schemas.auth import Login, PasswordChange
from on_prem_rag.api.schemas.session import SessionBody
from on_prem_rag.auth.service import TokenPair
from on_prem_rag.bootstrap.appliance import Appliance
from on_prem_rag.errors import Forbidden, Unauthenticated

router = APIRouter(prefix=f"{API}/auth/session", tags=["auth"])
_OPENING = {**PUBLIC, **error_examples(401, 403)}


@router.post("", summary="Sign in on the page", responses=_OPENING)
def open_session(
    body: Login, request: Request, response: Response, appliance: ApplianceDep, _limited: Limited
) -> SessionBody:
    """Check a name and a password, and set the session's cookies."""
    cookies = _cookies(request)
    require_own_origin(request)
    pair = appliance.auth.login(body.username, body.password, address=client_address(request))
    return _begun(appliance, cookies, response, pair)


@router.post("/refresh", summary="Stay signed in on the page", responses=_OPENING)
def refresh_session(
    request: Request, response: Response, appliance: ApplianceDep, _limited: Limited
) -> SessionBody:
    """Renew the cookies before, or after, the access token's minutes are over."""
    cookies = _cookies(request)
    require_own_origin(request)
    token = cookies.find(request, REFRESH)
    if token is None:
        raise Unauthenticated("There is no session to go on with.")
    return _begun(appliance, cookies, response, appliance.auth.refresh(token))


@router.get("", summary="The page's session", responses=SIGNED_IN)
def get_session(principal: SignedIn, request: Request) -> SessionBody:
    """Say who is signed in on the page, and give its CSRF token."""
    return _body(principal, SessionCookies.of(request))


@router.put("/password", summary="Change my password on the page", responses=SIGNED_IN)
def change_session_password(
    body: PasswordChange,
    principal: SignedIn,
    request: Request,
    response: Response,
    appliance: ApplianceDep,
) -> SessionBody:
    """Replace the password; every other session ends, and this one gets new cookies."""
    _family(principal)
    pair = appliance.auth.change_password(
        principal.caller.id,
        body.current_password,
        body.new_password,
        address=client_address(request),
    )
    return _begun(appliance, SessionCookies.of(request), response, pair)


@router.delete(
    "",
    summary="Sign out on the page",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=SIGNED_IN,
)
def close_session(
    principal: SignedIn, request: Request, response: Response, appliance: ApplianceDep
) -> None:
    """End this sign-in and have the browser forget it."""
    appliance.auth.logout(_family(principal))
    SessionCookies.of(request).clear(response)


def _cookies(request: Request) -> SessionCookies:
    cookies = SessionCookies.of(request)
    if not cookies.secure and not is_local(request):
        raise HttpsRequired("The page signs in over HTTPS only.")
    return cookies


def _family(principal: Principal) -> str:
    if principal.family_id is None:
        raise Forbidden("There is a session only after signing in with a password.")
    return principal.family_id


def _begun(
    appliance: Appliance, cookies: SessionCookies, response: Response, pair: TokenPair
) -> SessionBody:
    hours = timedelta(hours=appliance.settings.session_timeout_hours)
    cookies.put(response, pair, int(hours.total_seconds()))
    return _body(principal_of(appliance.auth.authenticate(pair.access_token)), cookies)


def _body(principal: Principal, cookies: SessionCookies) -> SessionBody:
    token = csrf_token(_family(principal))
    return SessionBody(user=get_me(principal), csrf_token=token, secure=cookies.secure)
