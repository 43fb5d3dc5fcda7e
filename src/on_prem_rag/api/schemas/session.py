"""Bodies of the page's session."""

from __future__ import annotations

from pydantic import Field

from on_prem_rag.api.schemas.auth import Me
from on_prem_rag.api.schemas.base import Output


class SessionBody(Output):
    """Who is signed in on the page. The tokens themselves are in cookies no script can read."""

    user: Me
    csrf_token: str = Field(description="Goes into X-CSRF-Token of every request but GET.")
    secure: bool = Field(description="False over plain HTTP, of which the page should warn.")
