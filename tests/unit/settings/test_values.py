from __future__ import annotations

import pytest
from pydantic import ValidationError

from on_prem_rag.config import Settings
from on_prem_rag.settings.values import NAMES, RuntimeValues, default_values


def test_the_environment_gives_the_models_defaults() -> None:
    settings = Settings(default_model="mine:1b", num_ctx=4096, num_predict=256)
    defaults = default_values(settings)
    assert tuple(defaults) == NAMES
    assert RuntimeValues(**defaults).chat_model == "mine:1b"


@pytest.mark.parametrize(
    "wrong",
    [
        {"accent_hue": 360},
        {"num_ctx": 100},
        {"num_predict": 10**6},
        {"chat_model": " "},
        {"announcement": {"text": ""}},
        {"announcement": {"text": "x", "severity": "loud"}},
        {"announcement": {"text": "x", "until": "2030-01-01T00:00:00"}},
        {"enterprise_name": "x" * 81},
    ],
)
def test_each_value_has_its_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RuntimeValues.model_validate({**default_values(Settings()), **wrong})
