"""Installing the kernel for Jupyter: a directory with `kernel.json` and a logo."""

from __future__ import annotations

import json
import os
import shutil

from jupyter_client.kernelspec import KernelSpecManager

from simpsh.base.own_program import INTERPRETER
from simpsh.process.own_directory import own_directory

NAME = "simpsh"
_LOGO = os.path.join(os.path.dirname(__file__), "logo-svg.svg")
_LOGO_64 = os.path.join(os.path.dirname(__file__), "logo-64x64.png")


def install(prefix: str = "") -> str:
    """Install the kernelspec below `prefix`, or for this user; return its directory."""
    with own_directory("simpsh-kernel-") as folder:
        with open(os.path.join(folder, "kernel.json"), "w", encoding="utf-8") as file:
            spec = {
                "argv": [*INTERPRETER, "jupyter", "kernel", "-f", "{connection_file}"],
                "display_name": "simpsh",
                "language": "simpsh",
                "interrupt_mode": "signal",
                "metadata": {"debugger": False},
            }
            json.dump(spec, file, indent=1)
        for logo in (_LOGO, _LOGO_64):
            shutil.copy(logo, folder)
        # The temporary directory is private; an installed one must be readable by all.
        os.chmod(folder, 0o755)
        destination = {"prefix": prefix} if prefix else {"user": True}
        return str(KernelSpecManager().install_kernel_spec(folder, NAME, **destination))
