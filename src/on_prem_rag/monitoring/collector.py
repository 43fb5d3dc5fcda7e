"""Python's collector of cyclic garbage, told what need not be looked at."""

from __future__ import annotations

import gc


def settle_collector() -> None:
    """Leave out of every later collection what exists now; call it when all modules are loaded.

    A full collection looks at every object: 150 ms in which nobody gets a token (measured), nearly
    all of it spent on modules and tables that live as long as the process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
