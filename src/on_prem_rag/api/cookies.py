"""The page's sign-in: two HttpOnly cookies, and what a request must show beside them.

A script cannot read the cookies, another site's page cannot have them sent (SameSite=Strict), and a
request that changes something must come from this origin and carry the session's CSRF token, which
only this origin's scripts can read (OWASP's synchronizer token). Over plain HTTP, which is accepted
on loopback alone, a browser refuses ``__Host-`` and ``Secure``: the names and flags differ there.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from on_prem_rag.auth.service import TokenPair
from on_prem_rag.errors import Forbidden, InvalidInput

CSRF_HEADER = "X-CSRF-Token"
ACCESS, REFRESH = "rag-access", "rag-refresh"
_HARMLESS = {"GET", "HEAD", "OPTIONS"}


class HttpsRequired(Forbidden):
    """A cookie would travel where anyone could read it."""

    code = "https_required"
    default_hint = "Open the page with https://."


class CrossSiteRequest(Forbidden):
    """A request with a session's cookie that this server's own page did not send."""

    code = "cross_site_request"
    default_hint = "Reload the page and try again."


class TwoCredentials(InvalidInput):
    """A bearer token and a session's cookie in one request."""

    code = "two_credentials"
    status = 400
    default_hint = "Send the Authorization header or the cookie, not both."


@dataclass(frozen=True, slots=True)
class SessionCookies:
    """The cookies of one request's origin; ``secure`` unless it came over plain HTTP."""

    secure: bool

    @classmethod
    def of(cls, request: Request) -> SessionCookies:
        """Those that belong to the scheme ``request`` came by."""
        return cls(request.url.scheme == "https")

    def name(self, plain: str) -> str:
        """The cookie's name under this scheme."""
        return f"__Host-{plain}" if self.secure else plain

    def find(self, request: Request, plain: str) -> str | None:
        """The cookie's value, None when there is none."""
        return request.cookies.get(self.name(plain)) or None

    def put(self, response: Response, pair: TokenPair, session_seconds: int) -> None:
        """Hand both tokens to the browser, each for as long as it lives."""
        self._set(response, ACCESS, pair.access_token, pair.expires_in)
        self._set(response, REFRESH, pair.refresh_token, session_seconds)

    def clear(self, response: Response) -> None:
        """Have the browser forget both."""
        for plain in (ACCESS, REFRESH):
            self._set(response, plain, "", 0)

    def _set(self, response: Response, plain: str, value: str, seconds: int) -> None:
        response.set_cookie(
            self.name(plain),
            value,
            max_age=seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )


def presented(request: Request, bearer: str | None) -> tuple[str | None, bool]:
    """The access token a request came with, and whether by cookie. Raises TwoCredentials."""
    cookie = SessionCookies.of(request).find(request, ACCESS)
    if bearer is not None and cookie is not None:
        raise TwoCredentials("The request carries a bearer token and a session's cookie.")
    return (bearer, False) if cookie is None else (cookie, True)


def csrf_token(family_id: str) -> str:
    """The token of a sign-in, from its family's id: random, and shown nowhere while it lives."""
    return hashlib.sha256(f"csrf:{family_id}".encode()).hexdigest()


def require_own_page(request: Request, family_id: str) -> None:
    """Raise CrossSiteRequest for an unsafe request that lacks its origin or the CSRF token."""
    if request.method in _HARMLESS:
        return
    require_own_origin(request)
    given = request.headers.get(CSRF_HEADER, "").encode("utf-8", "surrogatepass")
    if not secrets.compare_digest(given, csrf_token(family_id).encode()):
        raise CrossSiteRequest(f"The header {CSRF_HEADER} does not belong to this session.")


def require_own_origin(request: Request) -> None:
    """Raise CrossSiteRequest unless the browser says that a page of this server sent it."""
    origin = request.headers.get("Origin")
    own = f"{request.url.scheme}://{request.headers.get('Host', '')}"
    same = origin == own if origin else request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not same:
        raise CrossSiteRequest("The request does not come from a page of this server.")
