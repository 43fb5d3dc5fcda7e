"""Who is asking: the first argument of every service and repository that touches content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, or the local operator.

    ``id`` is the user's id; the operator, who holds the data directory, is the principal
    ``operator`` and owns what it creates. No role reads documents without a grant: the operator
    administers, and reads only its own Collections and those open to everyone.
    """

    id: str
    username: str
    role: Literal["admin", "member", "auditor", "operator"]

    @property
    def is_admin(self) -> bool:
        """Whether the caller manages people, collections and models."""
        return self.role in ("admin", "operator")

    @property
    def is_auditor(self) -> bool:
        """Whether the caller reads the audit log, and nothing else."""
        return self.role == "auditor"


OPERATOR = Caller(id="operator", username="operator", role="operator")
