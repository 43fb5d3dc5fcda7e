"""The enterprise's logo: drawn anew from what was sent, so that nothing else in a file is kept."""

from __future__ import annotations

import warnings
from io import BytesIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from on_prem_rag.audit.events import Event
from on_prem_rag.audit.log import record
from on_prem_rag.errors import InvalidInput, PayloadTooLarge
from on_prem_rag.settings.models import Logo

MAX_BYTES = 200_000
_MOST_PIXELS = 4_000_000
_SIZE = (512, 128)
"""Within which a logo is drawn, in pixels: twice the largest place it has on the page."""


def logo_id(session: Session) -> str | None:
    """The id of the logo, None without one."""
    return session.scalar(select(Logo.id))


def find_logo(session: Session) -> Logo | None:
    """The logo."""
    return session.scalar(select(Logo))


def put_logo(session: Session, data: bytes) -> str:
    """Take over a PNG or WebP image; returns the logo's new id.

    Raises PayloadTooLarge, and InvalidInput for what is no such image.
    """
    logo = Logo(image=_redrawn(data))
    session.execute(delete(Logo))
    session.add(logo)
    session.flush()
    record(session, Event.SETTING_CHANGED, name="logo", value=len(logo.image))
    return logo.id


def remove_logo(session: Session) -> None:
    """Go without a logo again."""
    session.execute(delete(Logo))
    record(session, Event.SETTING_CHANGED, name="logo", value=None)


def _redrawn(data: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - only where a logo is drawn

    if len(data) > MAX_BYTES:
        raise PayloadTooLarge(f"A logo has at most {MAX_BYTES} bytes.", hint="Send a smaller one.")
    refusal = InvalidInput("This is not a PNG or WebP image.", hint="Send one of these.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=("PNG", "WEBP")) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise refusal
                drawn = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise refusal from error
    drawn.thumbnail(_SIZE)
    output = BytesIO()
    drawn.save(output, "PNG", optimize=True)
    return output.getvalue()
