from __future__ import annotations

import json
from html.parser import HTMLParser

import httpx
import pytest
from tests.api.test_sharing import granted, place, share  # noqa: F401 - fixtures

from on_prem_rag.audit.listing import AuditFilter, list_events

FORMS = {"markdown": "text/markdown", "json": "application/json", "html": "text/html"}


class Text(HTMLParser):
    """What a reader sees of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = ""
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.shown += data


def export(client: httpx.Client, place: str, form: str, **options) -> httpx.Response:  # noqa: F811
    return client.get(f"{place}/export", params={"format": form}, **options)


@pytest.mark.parametrize("form", FORMS)
def test_the_owner_takes_it_all_along(ann: httpx.Client, place: str, form: str) -> None:  # noqa: F811
    file = export(ann, place, form)
    assert file.status_code == 200
    assert file.headers["content-type"].startswith(FORMS[form])
    assert file.headers["content-disposition"].startswith('attachment; filename="conversation.')
    assert file.headers["content-security-policy"].endswith("sandbox")
    shown = Text(file.text).shown if form == "html" else file.text
    for part in ("What is the notice period", "nine months", "lease.pdf", "page 1-2"):
        assert part in shown or (form == "json" and part == "page 1-2"), part
    if form == "json":
        assert json.loads(file.text)["entries"][1]["quotations"][0]["pages"] == "1-2"


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_takes_along_what_they_may_see(
    ann: httpx.Client,
    bob: httpx.Client,
    place: str,  # noqa: F811
    form: str,
) -> None:
    missing = export(bob, place, form, headers={"X-Request-ID": "the-same"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "conversation_not_found")
    share(ann, place)
    file = export(bob, place, form)
    assert file.status_code == 200
    assert "What is the notice period" in file.text
    assert "withheld" in file.text
    for secret in ("nine months", "lease.pdf"):
        assert secret not in file.text


def test_a_reader_with_a_grant_gets_what_the_owner_gets(
    ann: httpx.Client,
    bob: httpx.Client,
    place: str,  # noqa: F811
    granted: None,  # noqa: F811
) -> None:
    share(ann, place)
    for form in FORMS:
        assert export(bob, place, form).content == export(ann, place, form).content


def test_an_export_is_recorded(house, ann: httpx.Client, place: str) -> None:  # noqa: F811
    export(ann, place, "html")
    assert export(ann, place, "docx").status_code == 422
    target = place.rpartition("/")[2]
    with house.appliance.database.read() as session:
        [event] = list_events(session, AuditFilter(event="conversation:export", target=target))
        assert json.loads(event.details) == {"format": "html"}
