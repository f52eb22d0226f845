"""A pipe makes its readers wait while it is empty, its writers while it is full.

A reader sees the end of file only when the last write end anywhere is closed: any process that
inherited one, knowingly or not, keeps the reader waiting.
"""

from __future__ import annotations

import os

from simpsh.process.case import Finding, file_words
from simpsh.process.holders import pipe_holders
from simpsh.process.people import listed, numbered, origin, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.process.case import Case
    from simpsh.process.holders import Holder
    from simpsh.process.open_files import Descriptor

_O_ACCMODE = 3


def unseen_words(not_permitted: Sequence[int]) -> tuple[str, ...]:
    """Return the sentence that tells "nothing found" from "not permitted to look"."""
    if not not_permitted:
        return ()
    count = len(not_permitted)
    which = f"process {not_permitted[0]}" if count == 1 else f"{count} other processes"
    return (f"Not permitted to look into {which}: the list may be incomplete.",)


def held_by(holders: Sequence[Holder], end: str, asked_by: int) -> tuple[str, ...]:
    """Return a sentence for each process that holds one end of a pipe."""
    sentences = []
    for holder in holders:
        numbers = numbered("descriptor", holder.numbers)
        if holder.pid == asked_by:
            sentences.append(f"It holds a {end} itself, as {numbers}.")
            continue
        whose = origin(holder.pid, asked_by)
        whose = f": {whose}" if whose else ""
        name = f"{holder.pid} ({shortened(holder.command)})"
        sentences.append(f"Process {name} holds a {end} as {numbers}{whose}.")
    return tuple(sentences)


def reads_pipe(case: Case, one: Descriptor) -> Finding:
    """Find out who keeps the reader of an empty pipe waiting."""
    ends = pipe_holders(one)
    others = tuple(holder for holder in ends.writers if holder.pid != case.pid)
    details = [
        "The pipe is empty: read(2) returns when somebody writes, or with the end of file when "
        "the last write end is closed.",
        *held_by(ends.writers, "write end", case.pid),
    ]
    if len(others) < len(ends.writers):
        details.append("As long as it holds that, it never gets the end of file.")
    if not others:
        details.append(_alone(ends.writers, ends.not_permitted, "write end", "write"))
    whose = f", whose write end is held by {_names(others)}" if others else ""
    return Finding(
        situation="empty pipe" if one.kind == "pipe" else "empty FIFO",
        brief=f"reads {file_words(one)} as descriptor {one.number}{whose}",
        details=(*details, *unseen_words(ends.not_permitted)),
        waits_for=tuple(holder.pid for holder in others),
        holders=ends.writers,
        not_permitted=ends.not_permitted,
    )


def writes_pipe(case: Case, one: Descriptor) -> Finding:
    """Find out who does not read the full pipe that a process writes into."""
    ends = pipe_holders(one)
    others = tuple(holder for holder in ends.readers if holder.pid != case.pid)
    details = [
        "The pipe is full: write(2) goes on when somebody reads, or fails with EPIPE when the "
        "last read end is closed.",
        *held_by(ends.readers, "read end", case.pid),
    ]
    if not others:
        details.append(_alone(ends.readers, ends.not_permitted, "read end", "read"))
    whose = f", whose read end is held by {_names(others)}" if others else ""
    return Finding(
        situation="full pipe" if one.kind == "pipe" else "full FIFO",
        brief=f"writes into {file_words(one)} as descriptor {one.number}{whose}",
        details=(*details, *unseen_words(ends.not_permitted)),
        waits_for=tuple(holder.pid for holder in others),
        holders=ends.readers,
        not_permitted=ends.not_permitted,
    )


def _names(holders: Sequence[Holder]) -> str:
    return listed([f"process {holder.pid} ({shortened(holder.command)})" for holder in holders])


def _alone(own: Sequence[Holder], not_permitted: Sequence[int], end: str, verb: str) -> str:
    if not_permitted:
        return f"No other process that we may look into holds a {end}."
    if own:
        return f"Nobody else holds a {end}: nobody will ever {verb}, it waits for itself."
    return f"Nobody holds a {end} any more: the wait is about to end."


def opens_fifo(case: Case) -> Finding | None:
    """Find out which side of a FIFO is missing; None if what is opened is no FIFO."""
    path, flags = _opened(case)
    if not path:
        return None
    try:
        what = case.directory.status_of(_seen_from_here(case, path))
    except (OSError, ValueError):
        return None
    shown = os.fsdecode(path)
    if what.st_mode & 0o170000 != 0o010000:
        return Finding("open", f"opens {shown}, and open(2) has not returned yet")
    is_reader = flags & _O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    return Finding(
        situation="FIFO without a reader" if not is_reader else "FIFO without a writer",
        brief=f"opens the FIFO {shown} for {mine}, and nobody has opened it for {missing}",
        details=(
            f"open(2) returns when another process opens {shown} for {missing}; see fifo(7).",
        ),
    )


def _opened(case: Case) -> tuple[bytes, int]:
    """Return the path and the flags that an open was called with."""
    first = {"open": 0, "creat": 0, "openat": 1, "openat2": 1}.get(case.call)
    if first is None:
        return b"", 0
    path = case.text(case.argument(first))
    if case.call == "creat":
        return path, os.O_WRONLY
    if case.call == "openat2":
        return path, int.from_bytes(case.memory(case.argument(2), 8), "little")
    return path, case.argument(first + 1) or 0


def _seen_from_here(case: Case, path: bytes) -> str:
    """Return the path relative to /proc/PID, through that process's root or directories."""
    if path.startswith(b"/"):
        return "root" + os.fsdecode(path)
    base = case.integer(0) if case.call in ("openat", "openat2") else -100
    # -100 is AT_FDCWD.
    return f"{'cwd' if base in (-100, None) else f'fd/{base}'}/{os.fsdecode(path)}"
