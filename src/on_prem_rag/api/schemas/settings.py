"""Bodies of run-time settings, branding and announcements."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from on_prem_rag.api.schemas.base import Input, Moment, Output
from on_prem_rag.config import LogLevel
from on_prem_rag.settings.values import (
    Context,
    Hue,
    ModelName,
    Name,
    Predict,
    Severity,
)


class BrandingBody(Output):
    """How the page looks to everyone, before they sign in too."""

    name: str = Field(description="The enterprise's; empty when none was set.")
    hue: int = Field(description="Of the accent, in degrees.")
    logo: str | None = Field(description="Address of the logo.")


class AnnouncementBody(Output):
    """What everyone is told."""

    text: str
    severity: Severity
    until: datetime | None


class CurrentAnnouncement(Output):
    """The announcement, null when there is none or its time is over."""

    announcement: AnnouncementBody | None


class RuntimeValuesBody(Output):
    """A value of each setting."""

    enterprise_name: str
    accent_hue: int
    announcement: AnnouncementBody | None
    chat_model: str
    num_ctx: int
    num_predict: int
    log_level: LogLevel


class RuntimeSettingsBody(Output):
    """What holds now, what would hold if nothing were set, and the names of what was set."""

    values: RuntimeValuesBody
    defaults: RuntimeValuesBody
    changed: list[str]
    logo: str | None


class AnnouncementPut(Input):
    """What everyone shall be told."""

    text: str = Field(min_length=1, max_length=500)
    severity: Severity = "info"
    until: Moment | None = None


class RuntimeSettingsChange(Input):
    """Values to set: those left out stay, null brings the default back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"chat_model": "mistral:7b", "num_ctx": 8192}]}
    )

    enterprise_name: Name | None = None
    accent_hue: Hue | None = None
    announcement: AnnouncementPut | None = None
    chat_model: ModelName | None = None
    num_ctx: Context | None = None
    num_predict: Predict | None = None
    log_level: LogLevel | None = None


class ModelTest(Input):
    """Which model to ask the test question; without a name the one that answers questions."""

    model: ModelName | None = None


class ModelTestBody(Output):
    """What the model said to a fixed question, and how fast."""

    model: str
    text: str
    first_token_ms: float
    total_ms: float
    tokens: int
    tokens_per_second: float | None = Field(description="Null when too little came to tell.")
