"""Unit tests lie where their module lies."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "on_prem_rag"
UNIT = ROOT / "tests" / "unit"


def test_every_unit_test_mirrors_a_module() -> None:
    orphans = []
    for path in UNIT.rglob("test_*.py"):
        relative = path.relative_to(UNIT)
        name = path.stem.removeprefix("test_")
        module = PACKAGE / relative.parent / f"{name}.py"
        package = PACKAGE / relative.parent / name / "__init__.py"
        if not module.exists() and not package.exists():
            orphans.append(relative.as_posix())
    assert orphans == []
