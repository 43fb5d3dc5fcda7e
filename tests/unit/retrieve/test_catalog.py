"""Which documents a question speaks of."""

import pytest

from on_prem_rag.retrieve.catalog import Catalog, Evidence
from on_prem_rag.retrieve.labels import label_of

NAMES = {
    "amex-22": "AMERICANEXPRESS_2022_10K.pdf",
    "water-22": "AMERICANWATERWORKS_2022_10K.pdf",
    "water-21": "AMERICANWATERWORKS_2021_10K.pdf",
    "water-q2": "AMERICANWATERWORKS_2023Q2_10Q.pdf",
    "jnj-22": "JOHNSON_JOHNSON_2022_10K.pdf",
    "jnj-8k": "JOHNSON_JOHNSON_2023_8K_dated-2023-08-30.pdf",
    "ulta": "ULTABEAUTY_2023Q4_EARNINGS.pdf",
    "law": "Handbook of European Union law.docx",
    "plain": "notes.txt",
}


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog()
    for document_id, name in NAMES.items():
        catalog.put(label_of(document_id, "shared", name, None, None, 100))
    return catalog


def best(catalog: Catalog, question: str) -> str | None:
    return next(iter(catalog.evidence(question, {"shared"}).weights), None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What are American Water Works' dividends for FY2021?", "water-21"),
        ("American Water Works from FY2021 to FY2022", "water-22"),
        ("american water works in Q2 of FY2023", "water-q2"),
        ("How did AMEX do in 2022?", "amex-22"),
        ("How did JnJ do in FY2022?", "jnj-22"),
        ("How did J&J do in FY2022?", "jnj-22"),
        ("What did JnJ announce as of August 30, 2023?", "jnj-8k"),
        ("What drove Ulta's margin?", "ulta"),
        ("Who writes the weather report?", None),
        ("", None),
    ],
)
def test_documents_are_found_as_people_call_them(
    catalog: Catalog, question: str, expected: str | None
) -> None:
    assert best(catalog, question) == expected


def test_a_name_with_its_period_outweighs_the_name_alone(catalog: Catalog) -> None:
    weights = catalog.evidence("American Water Works FY2022", {"shared"}).weights
    assert weights["water-22"] > 2 * weights["water-21"] > 0
    assert set(weights) == {"water-22", "water-21", "water-q2"}


def test_a_topic_shared_with_a_long_name_weighs_little(catalog: Catalog) -> None:
    topic = catalog.evidence("Which law says so?", {"shared"}).weights.get("law", 0.0)
    name = catalog.evidence("the handbook of European Union law", {"shared"}).weights["law"]
    assert topic < 0.5 < name


def test_a_period_that_no_document_of_the_name_has_is_told(catalog: Catalog) -> None:
    assert catalog.evidence("American Express in FY2019", {"shared"}).period_missing
    assert not catalog.evidence("American Express in FY2022", {"shared"}).period_missing
    assert not catalog.evidence("American Express", {"shared"}).period_missing


def test_a_period_alone_weighs_less_than_a_name(catalog: Catalog) -> None:
    found = catalog.evidence("What changed in FY2021?", {"shared"})
    assert (list(found.weights), found.named) == (["water-21"], False)
    assert found.weights["water-21"] < 0.5


def test_a_period_that_most_documents_have_says_nothing() -> None:
    catalog = Catalog()
    for number in range(4):
        catalog.put(label_of(str(number), "shared", f"memo-{number}-2022.txt", None, None, 5))
    assert catalog.evidence("in 2022", {"shared"}).weights == {}


def test_only_the_given_collections_are_looked_at(catalog: Catalog) -> None:
    catalog.put(label_of("secret", "private", "ULTABEAUTY_2023.pdf", None, None, 100))
    assert "secret" not in catalog.evidence("Ulta Beauty in 2023", {"shared"}).weights
    assert list(catalog.evidence("Ulta Beauty", {"private"}).weights) == []  # alone tells nothing
    assert catalog.evidence("Ulta Beauty", set()).weights == {}


def test_names_weigh_little_where_documents_are_single_passages() -> None:
    weights = []
    for chunks in (1, 2, 100):
        catalog = Catalog()
        for name in ("zebra", "lion", "gnu", "okapi", "ibex"):
            catalog.put(label_of(name, "shared", f"{name}.txt", None, None, chunks))
        weights.append(catalog.evidence("Where do zebra live?", {"shared"}).weights["zebra"])
    assert weights == pytest.approx([0.0, 0.5, 0.99])


def test_a_label_is_replaced_and_forgotten(catalog: Catalog) -> None:
    catalog.put(label_of("ulta", "shared", "SEPHORA_2023.pdf", None, None, 100))
    assert best(catalog, "What drove Ulta's margin?") is None
    assert best(catalog, "What drove Sephora's margin?") == "ulta"
    catalog.remove("ulta")
    catalog.remove("ulta")
    assert best(catalog, "What drove Sephora's margin?") is None
    assert len(catalog) == len(NAMES) - 1


def test_no_labels_give_no_evidence() -> None:
    assert Catalog().evidence("Anything from 2022?", {"shared"}) == Evidence({})
