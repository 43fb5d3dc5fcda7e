"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from on_prem_rag.api.dependencies import ApplianceDep, SignedIn, client_address, limit_address
from on_prem_rag.api.paths import API
from on_prem_rag.api.responses import PUBLIC, SIGNED_IN, error_examples
from on_prem_rag.api.schemas.auth import Login, Me, PasswordChange, RefreshRequest, TokenResponse
from on_prem_rag.auth.service import TokenPair
from on_prem_rag.errors import Forbidden

router = APIRouter(prefix=f"{API}/auth", tags=["auth"])
Limited = Annotated[None, Depends(limit_address)]


@router.post("/token", summary="Sign in", responses={**PUBLIC, **error_examples(401)})
def create_token(
    body: Login, request: Request, appliance: ApplianceDep, _limited: Limited
) -> TokenResponse:
    """Exchange a user name and a password for an access token and a refresh token."""
    address = client_address(request)
    return _tokens(appliance.auth.login(body.username, body.password, address=address))


@router.post("/refresh", summary="Stay signed in", responses={**PUBLIC, **error_examples(401)})
def refresh_token(
    body: RefreshRequest, appliance: ApplianceDep, _limited: Limited
) -> TokenResponse:
    """Exchange a refresh token, which works once, for the next pair of tokens."""
    return _tokens(appliance.auth.refresh(body.refresh_token))


@router.post(
    "/logout",
    summary="Sign out",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=SIGNED_IN,
)
def logout(principal: SignedIn, appliance: ApplianceDep) -> None:
    """End this sign-in: its access tokens and its refresh tokens stop working."""
    if principal.family_id is not None:
        appliance.auth.logout(principal.family_id)


@router.post(
    "/logout-everywhere",
    summary="Sign out everywhere",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=SIGNED_IN,
)
def logout_everywhere(principal: SignedIn, appliance: ApplianceDep) -> None:
    """End every sign-in of this person, this one included; API keys stay."""
    if principal.family_id is None:
        raise Forbidden("Only who signed in with a password may end every sign-in.")
    appliance.auth.logout_everywhere(principal.caller.id)


@router.get("/me", summary="Who am I", responses=SIGNED_IN)
def get_me(principal: SignedIn) -> Me:
    """Say whose token this is."""
    caller = principal.caller
    return Me(
        id=caller.id,
        username=caller.username,
        role=caller.role,
        must_change_password=principal.must_change_password,
    )


@router.post("/password", summary="Change my password", responses=SIGNED_IN)
def change_password(
    body: PasswordChange, principal: SignedIn, request: Request, appliance: ApplianceDep
) -> TokenResponse:
    """Replace the password; every other session ends, and new tokens are returned."""
    if principal.family_id is None:
        raise Forbidden("Only who signed in with a password may change it.")
    pair = appliance.auth.change_password(
        principal.caller.id,
        body.current_password,
        body.new_password,
        address=client_address(request),
    )
    return _tokens(pair)


def _tokens(pair: TokenPair) -> TokenResponse:
    return TokenResponse(**asdict(pair))
