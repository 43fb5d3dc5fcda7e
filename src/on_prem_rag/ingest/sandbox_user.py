"""Who a parsing child is: nobody, where the appliance was started as root.

Root could read every file of the machine, the database and the server's token among them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pydantic

from on_prem_rag.errors import UnreadableFile

NOBODY = 65534
"""The user and group that own nothing, by this number on every Linux and in every container."""
_DROPPED = 0


def become_nobody(scratch: Path) -> None:
    """Give ``scratch`` away and become its unprivileged owner for good. Raises OSError."""
    os.chown(scratch, NOBODY, NOBODY)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def copy_for_nobody(path: Path, scratch: Path) -> Path:
    """A copy of the file at ``path`` below ``scratch``, as its own lies where nobody may look.

    Called by root, before it opens anything with a parser: the kernel copies, nothing is read.
    """
    copy = scratch / "upload"
    try:
        shutil.copyfile(path, copy)
    except FileNotFoundError as error:
        raise UnreadableFile("The file is no longer there.") from error
    copy.chmod(0o444)
    return copy


def can_become_nobody() -> bool:
    """Whether root may become nobody here, kill what it became, and still find the interpreter.

    Containers may lack CAP_SETUID, CAP_SETGID, CAP_CHOWN or CAP_KILL, and a Python below root's
    home folder cannot be read by anybody else. Tried out in a child.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
            pid = os.fork()
            if pid == 0:
                _try(Path(scratch))
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            try:
                # A dead process keeps its owner until it is waited for.
                os.kill(pid, 0)
                killable = True
            except PermissionError:
                killable = False
            status = os.waitpid(pid, 0)[1]
    except PermissionError:
        # What nobody made in a folder of its own is not root's to remove without CAP_DAC_OVERRIDE.
        return False
    return killable and os.waitstatus_to_exitcode(status) == _DROPPED


def _try(scratch: Path) -> None:
    """Become nobody and do what a job needs; never returns."""
    code = 1
    try:
        become_nobody(scratch)
        (scratch / "tried").write_text("x")
        needed = (os.__file__, pydantic.__file__, __file__)
        code = _DROPPED if all(os.access(path, os.R_OK) for path in needed) else 1
    finally:
        os._exit(code)
