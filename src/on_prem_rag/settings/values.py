"""What can be set at run time, within which bounds, and what holds where nothing was set."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from on_prem_rag.config import LogLevel, Settings

Severity = Literal["info", "warning", "critical"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Hue = Annotated[int, Field(ge=0, le=359)]
Context = Annotated[int, Field(ge=512, le=262_144)]
Predict = Annotated[int, Field(ge=16, le=32_768)]


class Announcement(BaseModel):
    """What everyone is told above every view, up to ``until`` if that is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    severity: Severity = "info"
    until: AwareDatetime | None = None


class RuntimeValues(BaseModel):
    """All of it. ``accent_hue`` is in degrees; ``num_ctx`` and ``num_predict`` are tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enterprise_name: Name = ""
    accent_hue: Hue = 176
    announcement: Announcement | None = None
    chat_model: ModelName
    num_ctx: Context
    num_predict: Predict
    log_level: LogLevel


NAMES = tuple(RuntimeValues.model_fields)


def default_values(settings: Settings) -> dict[str, Any]:
    """What holds where nothing was set: of the model and the log what the environment says.

    The environment may go beyond the bounds of what is set here; then it stays as it is.
    """
    return {
        "enterprise_name": "",
        "accent_hue": 176,
        "announcement": None,
        "chat_model": settings.default_model,
        "num_ctx": settings.num_ctx,
        "num_predict": settings.num_predict,
        "log_level": settings.log_level,
    }
