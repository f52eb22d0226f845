"""Free runs of a program, as a student runs it, and what is seen of them.

In a free run nothing traces the program, holds it at a mark, signals it or types. Each run has an
empty directory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.base.events import Write
from simpsh.base.record import Record
from simpsh.course.claims.observation import Observation
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.search.native_runs import FreeProgram, native_runs
from simpsh.explore.workplace.workplace import Workplace
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.own_directory import own_directory, remove_tree
from simpsh.process.worker import Channel, Worker


class ListingEnd(Record):
    """What a student sees of one run."""

    output: str
    is_stuck: bool = False
    """Whether it came to rest before it ended; then the output is that before the rest."""


class _EmptyDirectory(Workplace):
    """A directory that is empty at the start of each run, for programs that are trusted."""

    def refresh(self) -> bool:
        """Remove all files."""
        remove_tree(self.directory)
        os.mkdir(self.directory, mode=0o700)
        return True


class _FreeListing(FreeProgram):
    def place(self) -> _EmptyDirectory:
        return _EmptyDirectory(self.program.directory)


def run_freely(
    argv: tuple[str, ...], count: int, seconds: float, *, on_terminal: bool = False
) -> list[ListingEnd]:
    """Run a program freely; its output is a pipe or a terminal.

    After several runs that rest, fewer than `count` are made.
    """
    with own_directory("simpsh-lesson-") as empty:
        # A student's shell does not have it, and it would change when Python writes.
        usual = {name: os.environ[name] for name in os.environ if name != "PYTHONUNBUFFERED"}
        program = ExploredProgram(argv, argv[0], empty, on_terminal, usual)
        runs = native_runs(_FreeListing(program), count, seconds).runs
    return [
        ListingEnd(run.output.decode(errors="replace").replace("\r\n", "\n"), run.is_stuck)
        for run in runs
    ]


def find_end(run: Observation) -> ListingEnd:
    """Return what an observed run shows until its user acts for the first time."""
    if not run.rests:
        return ListingEnd(run.output)
    written = [run.events[index].what for index in run.outputs if index < run.rests[0]]
    texts = [what.text for what in written if isinstance(what, Write)]
    return ListingEnd("".join(texts), is_stuck=True)


@contextmanager
def busy_processors() -> Iterator[None]:
    """Keep each processor busy."""
    workers = [Worker(_spin) for _ in sched_getaffinity()]
    try:
        yield
    finally:
        for worker in workers:
            worker.end(at_once=True)


def _spin(_: Channel) -> None:
    while True:
        pass
