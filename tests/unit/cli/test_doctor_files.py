"""Doctor on the certificate's end."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from on_prem_rag.cli.doctor_files import look_at_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that ends in 30 days, made as scripts/secrets.sh makes them."""
    folder = tmp_path_factory.mktemp("tls")
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj /CN=rag"
    subprocess.run(
        ["openssl", *made.split(), "-keyout", "key.pem", "-out", "certificate.pem"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "certificate.pem"


@pytest.mark.parametrize(
    ("days", "level"), [(0, "ok"), (8, "ok"), (10, "warning"), (29, "warning"), (31, "failed")]
)
def test_a_certificate_is_warned_of_three_weeks_before_it_ends(
    certificate: Path, days: int, level: str
) -> None:
    found = look_at_certificate(certificate, datetime.now(UTC) + timedelta(days=days))
    assert found.level == level
    assert bool(found.advice) == (level != "ok")


def test_what_is_no_certificate_is_said(certificate: Path, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert look_at_certificate(tmp_path / "absent", now).level == "failed"
    found = look_at_certificate(certificate.with_name("key.pem"), now)
    assert (found.level, "is no certificate" in found.message) == ("failed", True)
