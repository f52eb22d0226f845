"""A simpsh in which one rule about processes is changed, to test the tests.

    python -m tests.shell.interpret.changed_shell CHANGE -c SCRIPT

CHANGE is `no-exec-in-place` or `-`.
"""

import sys

from simpsh.cli import command_line
from simpsh.shell.interpret.interpreter import Interpreter
from tests.harness.sh import PROJECT, Shell


def changed(change: str) -> Shell:
    """Return simpsh with a change."""
    code = f"import sys; sys.path.insert(0, {PROJECT!r}); "
    code += "from tests.shell.interpret.changed_shell import main; sys.exit(main())"
    return Shell(f"simpsh with {change}", (sys.executable, "-c", code, change))


def _without_exec_in_place() -> None:
    run_command = Interpreter.run_command
    Interpreter.run_command = lambda self, tree, **_: run_command(self, tree)


def main() -> int:
    change = sys.argv.pop(1)
    if change == "no-exec-in-place":
        _without_exec_in_place()
    return command_line.run(sys.argv[1:])
