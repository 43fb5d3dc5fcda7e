from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from on_prem_rag.db.session import Database
from on_prem_rag.errors import InvalidInput, PayloadTooLarge
from on_prem_rag.settings.logo import MAX_BYTES, find_logo, logo_id, put_logo, remove_logo


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), **options: object) -> bytes:
    output = BytesIO()
    Image.new("RGB", size, "teal").save(output, kind, **options)
    return output.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_logo_is_drawn_anew_and_smaller(database: Database, kind: str) -> None:
    extra = PngImagePlugin.PngInfo()
    extra.add_text("comment", "a secret in the file")
    options = {"pnginfo": extra} if kind == "PNG" else {}
    sent = picture(kind, **options)
    assert (b"a secret in the file" in sent) == (kind == "PNG")
    with database.write() as session:
        first = put_logo(session, sent)
        logo = find_logo(session)
        assert logo is not None
        assert b"secret" not in logo.image
        with Image.open(BytesIO(logo.image)) as drawn:
            assert (drawn.format, drawn.size) == ("PNG", (384, 128))
        assert put_logo(session, sent) != first, "a new address, as it is kept for good"
        remove_logo(session)
        assert logo_id(session) is None


def test_what_is_no_small_picture_is_refused(database: Database) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    cut = picture()[:60]
    huge = picture(size=(5000, 5000))
    assert len(huge) < MAX_BYTES
    for wrong in (svg, cut, huge, b"", picture("GIF"), picture("JPEG")):
        with pytest.raises(InvalidInput), database.write() as session:
            put_logo(session, wrong)
    with pytest.raises(PayloadTooLarge), database.write() as session:
        put_logo(session, picture() + b"x" * MAX_BYTES)
