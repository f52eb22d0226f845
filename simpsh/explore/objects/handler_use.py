"""What a handler uses of the code that it interrupts: a fact, with its words."""

from __future__ import annotations

import os
from enum import Enum
from signal import Signals

from simpsh.base.record import Record


class Used(Enum):
    """What a handler and the interrupted code both use; the value follows the handler's name."""

    MEMORY = "uses memory of the program"
    LIBRARY = "calls a function that is not safe in a handler"
    THREAD = "changes errno, or other memory of its thread"
    CONTEXT = "uses the saved state of the code that it interrupts"
    LEAVES = "jumps out of the code that it interrupts"


class HandlerUse(Record):
    """One such use; or a handler alone, as its key."""

    program: str
    """The file of the program."""
    signal: int
    handler: str
    """The name of the handler's function; empty if it is not known."""
    used: Used = Used.MEMORY
    variable: str = ""
    """The name of the variable, or of the function; empty if it is not known."""

    @property
    def words(self) -> str:
        """The use as a clause: `note (SIGUSR1) uses came`."""
        name = Signals(self.signal).name
        who = f"{self.handler} ({name})" if self.handler else f"the handler of {name}"
        if not self.handler and self.program:
            who += f" in {os.path.basename(self.program)}"
        if self.used is Used.LIBRARY and self.variable:
            return f"{who} calls {self.variable} (not safe in a handler)"
        return f"{who} uses {self.variable}" if self.variable else f"{who} {self.used.value}"
