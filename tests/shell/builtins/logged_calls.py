"""A simpsh that writes its calls, and those of its copies and children up to execve, to a file.

    python -m tests.shell.builtins.logged_calls FILE -c LINE

A line of the file is a call that has returned, or a fork or execve that begins: name, errno, and
the result or the words.
"""

import os
import sys

from simpsh.cli import command_line
from simpsh.kernel import call_observer
from simpsh.shell.jobs import fork_engine

DESCRIPTOR = 300


class Logger:
    """An observer that a child continues to use until it executes a program."""

    def entering(self, name: str, args: tuple[object, ...]) -> None:
        if name in ("fork", "execve"):
            self._write(f"{name} begins", 0, args[1] if args else "")

    def note_return(self, name: str, args: tuple[object, ...], result: object, errno: int) -> None:
        del args
        self._write(name, errno, "" if result is None else result)

    def _write(self, name: str, errno: int, value: object) -> None:
        os.write(DESCRIPTOR, f"{name}\t{errno}\t{value!r}\n".encode())


def main() -> int:
    opened = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(opened, DESCRIPTOR, inheritable=True)  # a copy of the shell closes the others
    os.close(opened)
    logger, become = Logger(), fork_engine.become

    def become_logged(*args: object) -> None:
        call_observer.set_observer(logger)
        become(*args)

    fork_engine.become = become_logged
    call_observer.set_observer(logger)
    return command_line.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
