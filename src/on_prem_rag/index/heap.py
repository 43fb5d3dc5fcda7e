"""Memory that is wiped as it is handed out and given back.

hnswlib asks for room for elements to come and writes all of it to its files, filled or not. What
lay there before goes with it: in our measurements ids and vectors that had been deleted, in files
made after they were.
"""

from __future__ import annotations

import ctypes

_M_PERTURB = -6
_WIPED = 0xFF
"""What is given back is filled with this byte, what is handed out with its complement: zeros."""


def wipe_memory() -> bool:
    """Have the C library wipe memory from now on, in the whole process; False if it cannot.

    glibc's ``mallopt`` (see mallopt(3)) can. It costs an eighth more time for a write into Chroma
    and none that could be measured for a search.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_PERTURB, _WIPED) == 1
