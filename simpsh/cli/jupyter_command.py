"""`simpsh jupyter`: the kernel for Jupyter, and the processes that it starts."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.own_program import how_to_install
from simpsh.cli.option_parser import Subcommand, flag, option

_STARTED = "started by Jupyter, not by hand; try: simpsh jupyter install"


def _lacking(error: ImportError) -> SimpshError:
    return SimpshError(f"{error.name} is not installed; {how_to_install('jupyter')}")


class InstallCommand(Subcommand):
    """Install the kernelspec."""

    name, usage = "jupyter install", ("[option …]",)
    example = "simpsh jupyter install"
    about = "Installs simpsh as a kernel that notebooks can choose."
    notes = "By default only for this user. 'jupyter kernelspec list' shows it."

    in_environment: bool = flag("--sys-prefix", "for this environment of Python")
    left: ClassVar = {
        "--user": "simpsh jupyter install",
        "--prefix": "JUPYTER_DATA_DIR=DIR/share/jupyter simpsh jupyter install",
    }

    def run(self) -> int:
        """Write the kernelspec and print its path."""
        try:
            from simpsh.notebook.simpsh_kernel import install
        except ImportError as error:
            raise _lacking(error) from error

        path = install(sys.prefix if self.in_environment else "")
        console.show(f"the kernel simpsh is installed: {path}\n")
        return 0


class KernelCommand(Subcommand):
    """Run the kernel of one notebook."""

    name, usage = "jupyter kernel", ("-f FILE",)
    example = "simpsh jupyter kernel -f connection.json"
    about = "Started by Jupyter: serves a notebook until it is shut down."

    connection: str = option("-f FILE", "the connection file of the frontend", "")

    def run(self) -> int:
        """Serve one notebook."""
        if not self.connection:
            raise self.misuse(_STARTED)
        # Copy the environment before importing Jupyter's libraries, which change it.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("JPY_")
        }
        try:
            from simpsh.notebook.simpsh_kernel import serve_notebook
        except ImportError as error:
            raise _lacking(error) from error

        serve_notebook(self.connection, environment)
        return 0


class ShellCommand(Subcommand):
    """Run the shell of a kernel."""

    name, usage = "jupyter shell", ("CHANNEL RECORD",)
    example = "simpsh jupyter shell 3 4"
    about = "Started by a kernel: its shell. The operands are descriptors."
    operand_counts, missing = (2, 2), _STARTED
    operands_are = ("word",)

    def run(self) -> int:
        """Serve the kernel until one of the two ends."""
        from simpsh.notebook.cell_shell import serve

        if not all(word.isdecimal() and len(word) < 6 for word in self.operands):
            raise self.misuse(_STARTED)
        channel, record = map(int, self.operands)
        serve(channel, record)
        return 0


class JupyterCommand(Subcommand):
    """The kernel for Jupyter."""

    name, usage = "jupyter", ("install [option …]",)
    example = "simpsh jupyter install"
    about = (
        "A kernel whose cells are lines of one shell. Below each cell is a picture of what its "
        "processes did."
    )
    missing = "the subcommand is missing; try: simpsh jupyter install"
    operand_counts = (1, 0)
    is_command = True
    children: ClassVar = {
        "install": lambda: InstallCommand,
        "kernel": lambda: KernelCommand,
        "shell": lambda: ShellCommand,
    }
