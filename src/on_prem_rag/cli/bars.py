"""Progress of long work on standard error: a bar a stage, as it begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from on_prem_rag.backup.archive import Progress


@contextmanager
def bars(*, quiet: bool) -> Iterator[Progress]:
    """A function to be told of stages; nothing is shown when ``quiet`` or not on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:10}"), BarColumn(), TaskProgressColumn())
    tasks: dict[str, TaskID] = {}
    with Bars(
        *columns, TimeElapsedColumn(), console=console, disable=quiet or not console.is_terminal
    ) as shown:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage)
            shown.update(tasks[stage], completed=done, total=max(total, 1))

        yield tell
