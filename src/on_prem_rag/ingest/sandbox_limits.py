"""What a parsing child may do: bounds of the kernel it puts on itself before it opens a file.

Three layers, none of which needs privileges, so they hold inside containers (which deny new
namespaces) too: resource limits, a seccomp filter (seccomp(2), classic BPF) that refuses to make or
connect sockets and to touch other processes, and Landlock (landlock(7)) which allows writing below
one folder only. Everything is inherited by tools the child starts and cannot be undone.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from pathlib import Path
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_SECCOMP_RET_ALLOW = 0x7FFF0000
_SECCOMP_RET_EPERM = 0x00050000 | 1

_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4


class _Architecture(NamedTuple):
    """AUDIT_ARCH constant, and the numbers of the refused system calls."""

    audit: int
    refused: tuple[int, ...]


# socket, connect, bind, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, unshare,
# setns, bpf, perf_event_open, userfaultfd, keyctl, pidfd_getfd, mount, pidfd_send_signal
_ARCHITECTURES = {
    "x86_64": _Architecture(
        0xC000003E,
        (41, 42, 49, 101, 310, 311, 425, 272, 308, 321, 298, 323, 250, 438, 165, 424),
    ),
    "aarch64": _Architecture(
        0xC00000B7,
        (198, 203, 200, 117, 270, 271, 425, 97, 268, 280, 241, 282, 219, 438, 40, 424),
    ),
}
# x86_64 has a second numbering of every call from here on.
_X32_NUMBERS = 0x40000000

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_CREATE_RULESET_VERSION = 1
_LANDLOCK_RULE_PATH_BENEATH = 1
# WRITE_FILE, REMOVE_DIR, REMOVE_FILE, MAKE_CHAR .. MAKE_SYM; from ABI 2 REFER; from ABI 3 TRUNCATE.
_WRITING = 0b1_1111_1111_0010
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_WRITE_FILE = 1 << 1
_SCOPE_ABSTRACT_SOCKET, _SCOPE_SIGNAL = 1 << 0, 1 << 1


class Limits(NamedTuple):
    """Resource limits of one child; bytes and seconds."""

    memory_bytes: int
    cpu_seconds: int
    file_bytes: int = 1 << 30
    open_files: int = 256


def limit_resources(limits: Limits) -> None:
    """Bound memory (address space), processor time, written files, descriptors; no core dumps."""
    wanted = (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, amount in wanted:
        hard = resource.getrlimit(kind)[1]
        bounded = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(kind, (bounded, bounded))


def deny_network() -> bool:
    """Refuse sockets and other processes' memory from now on; False where the kernel cannot."""
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None:
        return False
    program = _filter(architecture)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HL", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def allow_writing_only_below(folder: Path) -> bool:
    """Refuse to create, change or remove files outside ``folder``; False where the kernel cannot.

    From ABI 6 on, signals reach only processes that are confined in the same way.

    /dev/null stays writable: tools are started with their output sent there.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    if version < 1:
        return False
    handled = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    scoped = (_SCOPE_SIGNAL | _SCOPE_ABSTRACT_SOCKET) if version >= 6 else 0
    attributes = struct.pack("QQQ", handled, 0, scoped) if scoped else struct.pack("Q", handled)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    try:
        single_file = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
        for path, access in ((folder, handled), (Path("/dev/null"), single_file)):
            _allow(libc, ruleset, path, access)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def hide_memory() -> None:
    """Keep other processes of the same user from reading this one's memory."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """Be killed when the process ``parent`` ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # It ended before the kernel was told.
        os._exit(1)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        # struct landlock_path_beneath_attr is packed: a u64 and an s32.
        rule = struct.pack("=Qi", access, handle)
        libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)


def _filter(architecture: _Architecture) -> bytes:
    """The BPF program: other architectures and refused calls get EPERM, the rest goes through."""
    count = len(architecture.refused)
    program = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_OFFSET),
        (_JUMP_EQUAL, 0, count + 3, architecture.audit),
        (_LOAD_WORD, 0, 0, _NUMBER_OFFSET),
        (_JUMP_AT_LEAST, count + 1, 0, _X32_NUMBERS),
    ]
    for index, number in enumerate(architecture.refused):
        program.append((_JUMP_EQUAL, count - index, 0, number))
    program.append((_RETURN, 0, 0, _SECCOMP_RET_ALLOW))
    program.append((_RETURN, 0, 0, _SECCOMP_RET_EPERM))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
