"""The names operators rely on exist in the code under exactly these names."""

import re
from pathlib import Path

import pytest

from on_prem_rag.config import Settings
from on_prem_rag.monitoring.metrics import INGEST_DOCUMENTS, REGISTRY

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contract.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


def promised(section: str) -> list[str]:
    """The names in backticks, not those reserved for later."""
    return re.findall(r"`([^`]+)`", SECTIONS[section].split("Later:")[0])


@pytest.mark.parametrize("name", promised("Settings"))
def test_a_setting_exists(name: str) -> None:
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("promise", promised("Metrics"))
def test_a_metric_exists_with_its_labels(promise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, labels = promise.rstrip("}").partition("{")
    if name == "ingest_documents_total":
        # Read from SQL at each scrape, so it has no series until something was taken in.
        monkeypatch.setattr(INGEST_DOCUMENTS, "read", lambda: {"succeeded": 1.0})
        assert REGISTRY.get_sample_value(name, {"outcome": "succeeded"}) == 1
        return
    collector = REGISTRY._names_to_collectors[name]
    assert list(collector._labelnames) == [label for label in labels.split(",") if label]
