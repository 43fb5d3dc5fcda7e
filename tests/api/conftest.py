from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from tests.api.house import (
    LEASE,
    OPERATOR_TOKEN,
    House,
    make_pdf,
    make_settings,
    open_house,
    until_searchable,
    upload,
    working,
)
from tests.databases import own_database
from tests.ollama_standin import ThreadedStandIn
from tests.ollama_standin.faults import Script


@pytest.fixture(scope="session")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    with ThreadedStandIn() as ollama:
        settings = make_settings(
            tmp_path_factory.mktemp("house"), ollama_endpoint=ollama.url, **own_database(request)
        )
        with open_house(settings) as house:
            house.ollama = ollama
            yield house


@pytest.fixture
def model(house: House) -> Iterator[ThreadedStandIn]:
    """The house's language model, as it was again after the test."""
    assert house.ollama is not None
    before = dict(vars(house.ollama.standin))
    yield house.ollama
    for name in ("reply", "token_delay", "first_token_delay", "thinks_anyway"):
        setattr(house.ollama.standin, name, before[name])
    house.ollama.standin.steps = Script()


@pytest.fixture(scope="session")
def operator(house: House) -> Iterator[httpx.Client]:
    with house.client(OPERATOR_TOKEN) as client:
        yield client


@pytest.fixture(scope="session")
def admin(house: House) -> Iterator[httpx.Client]:
    with house.sign_in("root", "admin") as client:
        yield client


@pytest.fixture(scope="session")
def ann(house: House) -> Iterator[httpx.Client]:
    with house.sign_in("ann") as client:
        yield client


@pytest.fixture(scope="session")
def bob(house: House) -> Iterator[httpx.Client]:
    with house.sign_in("bob") as client:
        yield client


@pytest.fixture(scope="session")
def auditor(house: House) -> Iterator[httpx.Client]:
    with house.sign_in("vera", "auditor") as client:
        yield client


@pytest.fixture(scope="session")
def anyone(house: House) -> Iterator[httpx.Client]:
    with house.client() as client:
        yield client


@dataclass
class Library:
    """Ann's collection, which Bob may not read, with a PDF that is searchable."""

    collection_id: str
    document_id: str


@pytest.fixture(scope="session")
def library(house: House, ann: httpx.Client) -> Library:
    made = ann.post("/api/v1/collections", json={"name": "Leases"}).json()
    pdf = make_pdf("The lease of the office ends in June.", LEASE)
    sent = upload(ann, made["id"], "lease.pdf", pdf).json()
    document_id = sent["document"]["id"]
    with working(house.appliance.settings):
        assert until_searchable(ann, document_id)["searchable"]
    return Library(made["id"], document_id)
