"""What has been found out about a program survives from run to run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from simpsh.explore.leaving import undisturbed
from simpsh.explore.program import fingerprint_of
from simpsh.explore.restart import Restart
from simpsh.explore.stage import Stage

if TYPE_CHECKING:
    from types import TracebackType

    from simpsh.explore.call_site import CallSite
    from simpsh.explore.program import Program

PROGRAM_CHANGED = "its file was changed while it was explored"
__all__ = ["Knowledge", "Restart"]


class Knowledge:
    """What is known about a program; as a context manager it cleans up behind all its cages."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.signals_matter = False
        """Whether signals are sent: then births, exits and dispositions are visible, too."""
        self.shared: set[str] = set()
        """The files and directories that the program changes, by name."""
        self.offsets: set[str] = set()
        """The files that are read by descriptors made before a fork: their place is shared."""
        self.names_change = False
        """Whether files are given further names, or lose some, while others look."""
        self.flags: Counter[str] = Counter()
        """What makes exploration incomplete, in plain words, and how often it was seen."""
        self.notes: Counter[str] = Counter()
        """What is worth saying, and does no harm."""
        self.letters: dict[str, str] = {}
        """What people call each pipe."""
        self.locked: set[str] = set()
        """The files that somebody locks."""
        self.plain_numbers: set[bytes] = set()
        """Numbers that the program writes and that are no pids."""
        self.start_ups: dict[tuple[str, ...], set[tuple[str, CallSite]] | None] = {}
        """What each interpreter does by itself; None if that has not been measured yet."""
        self.call_sites: dict[object, CallSite] = {}
        self.is_measuring = False
        """Whether this is about an interpreter's start itself."""
        self._stage: Stage | None = None
        self._executable = fingerprint_of(program)
        self.must_restart = False
        """Whether the next step raises Restart; a new Cage clears it."""

    def __enter__(self) -> Knowledge:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        Raises:
            UsageProblem: the program cannot be executed, or its directory not be copied.
            NotTraceable: the system lets no process trace its child.
        """
        self.must_restart = False
        return self.stage.begin(signals_matter=self.signals_matter, files_matter=self.files_matter)

    @property
    def files_matter(self) -> bool:
        """Whether using some file is visible."""
        return bool(self.shared or self.offsets or self.locked)

    @property
    def stage(self) -> Stage:
        """Where the runs take place."""
        if self._stage is None:
            with undisturbed():
                self._stage = Stage(self.program)
        return self._stage

    def so_far(self) -> tuple[Counter[str], Counter[str]]:
        """Return copies of the flags and notes."""
        return self.flags.copy(), self.notes.copy()

    def take_back(self, before: tuple[Counter[str], Counter[str]]) -> None:
        """Forget the flags and notes that came after so_far()."""
        for counter, old in zip((self.flags, self.notes), before, strict=True):
            counter.clear()
            counter.update(old)

    def check_program(self) -> None:
        """Flag a program whose file has changed since the beginning."""
        if fingerprint_of(self.program) != self._executable:
            self.flags[PROGRAM_CHANGED] += 1

    def close(self) -> None:
        """End the template process and remove the working copy."""
        if self._stage is not None:
            self._stage.close()
            self._stage = None
