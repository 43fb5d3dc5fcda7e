"""Questions widened by what documents print."""

import tomllib
from importlib.resources import files

from on_prem_rag.retrieve.glossary import widened


def test_an_expression_brings_what_is_printed() -> None:
    assert "statements of income" in widened("Use the P&L statement.")
    assert "property plant and equipment" in widened("What is the CapEx?")


def test_other_texts_stay_as_they_are() -> None:
    for text in ("Who was Ada Lovelace?", "departments", "", "¿Dónde está?"):
        assert widened(text) == text


def test_overlapping_expressions_all_count() -> None:
    text = widened("inventory turnover")
    assert "cost of sales" in text
    assert "inventories" in text


def test_own_words_may_count_double() -> None:
    assert widened("the capex", own_words=2).startswith("the capex the capex ")
    assert widened("the weather", own_words=2) == "the weather"


def test_every_expression_is_lower_case_and_stands_once() -> None:
    text = files("on_prem_rag.retrieve").joinpath("glossary.toml").read_text(encoding="utf-8")
    said = [each for entry in tomllib.loads(text)["entry"] for each in entry["said"]]
    assert said == [each.casefold() for each in said]
    assert len(said) == len(set(said))
