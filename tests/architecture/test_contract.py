"""The names operators rely on exist in the code under exactly these names."""

import re
from pathlib import Path

import pytest

from on_prem_rag.config import Settings
from on_prem_rag.monitoring.metrics import READINGS, REGISTRY

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "contract.md").read_text()
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


def promised(section: str) -> list[str]:
    """The names in backticks, not those reserved for later."""
    return re.findall(r"`([^`]+)`", SECTIONS[section].split("Later:")[0])


@pytest.mark.parametrize("name", promised("Settings"))
def test_a_setting_exists(name: str) -> None:
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize("promise", promised("Metrics"))
def test_a_metric_exists_with_its_labels(promise: str) -> None:
    name, _, labels = promise.rstrip("}").partition("{")
    collector = REGISTRY._names_to_collectors[name]
    read = {reading.name: reading for reading in READINGS.readings}
    known = [read[name].label] if name in read else list(collector._labelnames)
    assert [label for label in known if label] == [label for label in labels.split(",") if label]
