"""The budgets of module and function length, and the names that say nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

PACKAGE = Path(__file__).parents[2] / "src" / "on_prem_rag"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}
# Alembic's revisions are one function a revision by the tool's own form.
EXEMPT_FOLDERS = {"versions"}


def modules() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__init__.py" and not EXEMPT_FOLDERS & set(path.parts)
    ]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_modules_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules()}
    assert {p.name: n for p, n in lengths.items() if n > 400} == {}
    assert median(lengths.values()) <= 110


def test_functions_are_short() -> None:
    lengths = [pair for path in modules() for pair in functions(path)]
    assert [pair for pair in lengths if pair[1] > 60] == []
    assert quantiles([n for _, n in lengths], n=10)[-1] <= 35


def test_names_say_what_a_module_is_for() -> None:
    assert [p for p in PACKAGE.rglob("*") if p.stem in FORBIDDEN_NAMES] == []


def test_nothing_is_left_unfinished() -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    found = [(p.name, mark) for p in modules() for mark in marks if mark in p.read_text()]
    assert found == []
