"""Each outside library has one home, and every import points one way."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "on_prem_rag"
HOMES = {
    "fastapi": "api/",
    "starlette": "api/",
    "chromadb": "index/chroma.py",
    "ollama": "llm/ollama",
    "jose": "auth/tokens.py",
    "passlib": "auth/passwords.py",
    "pypdfium2": "ingest/",
    "tantivy": "index/",
    "onnxruntime": "llm/minilm.py",
    "typer": "cli/",
    "alembic": "db/",
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def strays(library: str, home: str) -> list[str]:
    return [
        relative
        for path in sorted(PACKAGE.rglob("*.py"))
        if not (relative := path.relative_to(PACKAGE).as_posix()).startswith(home)
        and any(name.split(".")[0] == library for name in imported(path))
    ]


@pytest.mark.parametrize(("library", "home"), HOMES.items())
def test_a_library_has_one_home(library: str, home: str) -> None:
    assert strays(library, home) == []


def test_the_check_finds_a_stray() -> None:
    assert strays("sqlalchemy", "nowhere/") != []


def test_only_config_reads_the_environment() -> None:
    readers = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "os.environ" in path.read_text() or "os.getenv" in path.read_text()
    ]
    assert readers == ["config.py"]


def test_import_contracts_hold() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(PACKAGE.parents[1] / "pyproject.toml")) == 0
