"""What a snapshot says of itself."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from on_prem_rag.backup.errors import SnapshotBroken, SnapshotForeign, SnapshotTooNew

FORMAT = 1
MANIFEST = "manifest.json"
OBJECTS = "objects.txt"
DATABASE = "database.sqlite3"
SETTINGS = "settings.json"
QUESTIONS = "questions.json"
SECRETS = "secrets.json"
MEMBERS = (OBJECTS, SETTINGS, QUESTIONS, SECRETS, DATABASE)
"""What an archive may hold behind its manifest, in this order."""
_NAME = "%Y%m%d_%H%M%S"
_NAME_PATTERN = r"\d{8}_\d{6}"
_APPLICATION = "on-prem-rag"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Strict):
    """A file of the archive: its SHA-256 in hex and its size in bytes."""

    path: Literal["objects.txt", "settings.json", "questions.json", "secrets.json", DATABASE]  # type: ignore[valid-type]
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Fingerprint(_Strict):
    """An embedding model whose vectors the database holds; its canaries in hex (float32)."""

    id: str
    name: str
    digest: str
    dimensions: int
    canaries: str


class Manifest(_Strict):
    """A snapshot's contents. ``sha256`` is of all the rest in its canonical form.

    ``objects`` and ``object_bytes`` count the originals that belong to it; ``lost`` names those
    that were missing or changed when it was made.
    """

    application: str
    format: int
    version: str
    repository: str
    name: str = Field(pattern=f"^{_NAME_PATTERN}$")
    created_at: datetime
    database: Literal["sqlite", "postgresql"]
    schema_revision: str
    libraries: dict[str, str]
    embedding_models: list[Fingerprint]
    rows: dict[str, int]
    last_change: int
    audit_head: tuple[int, str] | None
    objects: int = Field(ge=0)
    object_bytes: int = Field(ge=0)
    lost: list[str]
    members: list[Member]
    sha256: str = ""

    def sealed(self) -> Manifest:
        """This manifest with its own hash."""
        return self.model_copy(update={"sha256": self._hash()})

    def to_json(self) -> bytes:
        """The bytes that stand in the archive."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Read a manifest. Raises SnapshotForeign, SnapshotTooNew or SnapshotBroken."""
        try:
            raw = json.loads(data)
            known = isinstance(raw, dict) and raw.get("application") == _APPLICATION
        except ValueError:
            raise SnapshotBroken("The manifest is not JSON.") from None
        if not known:
            raise SnapshotForeign("This is no snapshot of this appliance.")
        if isinstance(raw.get("format"), int) and raw["format"] > FORMAT:
            raise SnapshotTooNew(f"The snapshot has format {raw['format']}; this knows {FORMAT}.")
        try:
            manifest = cls.model_validate(raw)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise SnapshotBroken(f"The manifest is damaged at {where}.") from None
        if manifest.sha256 != manifest._hash():
            raise SnapshotBroken("The manifest is not what was written: its hash differs.")
        paths = [member.path for member in manifest.members]
        if paths != [path for path in MEMBERS if path in paths] or DATABASE not in paths:
            raise SnapshotBroken("The manifest lists its members twice, in disorder or not at all.")
        return manifest

    def member(self, path: str) -> Member:
        """A member by its path. Raises SnapshotBroken."""
        for member in self.members:
            if member.path == path:
                return member
        raise SnapshotBroken(f"The manifest lists no {path}.")

    def _hash(self) -> str:
        content = self.model_dump(mode="json", exclude={"sha256"})
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def snapshot_name(moment: datetime) -> str:
    """``YYYYMMDD_HHMMSS`` in UTC."""
    return moment.astimezone(UTC).strftime(_NAME)


def is_snapshot_name(text: str) -> bool:
    """Whether this is the name of a snapshot, and of a moment that there is."""
    try:
        return bool(re.fullmatch(_NAME_PATTERN, text)) and bool(snapshot_time(text))
    except ValueError:
        return False


def snapshot_time(name: str) -> datetime:
    """The moment that a snapshot is named after. Raises ValueError."""
    return datetime.strptime(name, _NAME).replace(tzinfo=UTC)
