"""The source files that events name, each read once, as they stand when the program is recorded."""

from __future__ import annotations

import os
import stat

MOST_BYTES = 256 << 10
"""The largest source file that is kept."""
_MOST_ALTOGETHER = 4 << 20

_SUFFIXES = frozenset(
    (
        *(".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".inc", ".s", ".S"),
        *(".py", ".rs", ".go", ".zig", ".d", ".f90", ".adb", ".m", ".swift", ".nim"),
    )
)


class SourceTexts:
    """Reads the source files of programs, and says in `notes` where that would mislead."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        """By path."""
        self.notes: list[str] = []
        self._met: set[str] = set()
        self._kept = 0

    def meet(self, path: str, program: str, built_ns: int) -> None:
        """Read a file that debug information names, if this is the first time.

        Args:
            path: the file's.
            program: what the program is called.
            built_ns: when the program was last changed, in nanoseconds.
        """
        if path in self._met:
            return
        self._met.add(path)
        try:
            self._read(path, program, built_ns)
        except OSError:
            # Not here, or not to be read: lines are named without it.
            return

    def _read(self, path: str, program: str, built_ns: int) -> None:
        # Whoever compiled the program chose this name: only what can be source code is opened,
        # and no FIFO is waited for.
        if os.path.splitext(path)[1] not in _SUFFIXES or not os.path.isabs(path):
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        with open(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode):
                return
            name, program = os.path.basename(path), os.path.basename(program)
            if state.st_mtime_ns > built_ns:
                self.notes.append(
                    f"{name} was changed after {program} was compiled: its lines may not fit, and "
                    "its text is not recorded; compile it again"
                )
            elif state.st_size > min(MOST_BYTES, _MOST_ALTOGETHER - self._kept):
                self.notes.append(f"the text of {name} is not recorded: it is too large")
            else:
                text = file.read(MOST_BYTES).decode("utf-8", "replace")
                self._kept += len(text)
                self.texts[path] = text
