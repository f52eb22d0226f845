"""A pytest run inside a test: one test file, under the project's own conftest."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.harness.sh import PROJECT


def inner_pytest(folder: Path, text: str, *options: str) -> list[str]:
    """Write `text` as a test file in `folder`; return the command that runs it."""
    path = folder / "test_inner.py"
    path.write_text("import os, pytest, signal, subprocess, time\n" + text)
    # A search for plugins in all installed packages takes as long as the test itself.
    plugins = ["pytest_timeout", "tests.conftest", *["xdist"] * ("-n" in options)]
    return [
        *(sys.executable, "-m", "pytest", "-q", "--disable-plugin-autoload"),
        *(word for name in ("no:cacheprovider", *plugins) for word in ("-p", name)),
        *("--rootdir", str(folder), "-c", os.devnull, *options, str(path)),
    ]


def run_inner_pytest(
    folder: Path, text: str, *options: str, before: Sequence[str] = (), **keywords: object
) -> tuple[int, str]:
    """Run `text` as a test file in `folder`; return pytest's exit status and its whole output.

    For `text`, `os`, `pytest`, `signal`, `subprocess` and `time` are imported; `before` is a
    prefix for the command, such as `nohup`.
    """
    done = subprocess.run(
        [*before, *inner_pytest(folder, text, *options)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        check=False,
        **keywords,
    )
    return done.returncode, done.stdout
