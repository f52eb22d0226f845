"""The users who grade: the one of this test, and an ordinary one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import elftools
import pygments
import pytest

import lessons
import simpsh
import tests
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import require

ME, ORDINARY = "this one", "ordinary"
USERS = (ME, ORDINARY)
OTHER_PYTHON = "system's interpreter"
"""This user, with the interpreter of the system."""
_NOBODY = 65534
_AS_NOBODY = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")


class Grader:
    """A user who runs Python in a folder. The test is skipped if there is no such user."""

    def __init__(self, who: str, folder: Path, before: Sequence[str] = ()) -> None:
        """Make the user's home in the folder. `before` is a command that runs all others."""
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self._user = [*before]
        self._python = sys.executable
        self._environment = os.environ | {"HOME": str(self.home), "PYTHONPATH": PROJECT}
        if who != ME:
            self._become(who)
            self._environment["PYTHONPATH"] = _copy_packages(folder)
        self._is_nobody = who == ORDINARY
        self.own(self.home)

    def _become(self, who: str) -> None:
        if os.geteuid() != 0:
            pytest.skip("root is needed")
        require("setpriv")
        self._python = "/usr/bin/python3"
        if who != OTHER_PYTHON:
            self._user += _AS_NOBODY
        is_old = "import sys; sys.exit(sys.version_info < (3, 11))"
        if self.python("-c", is_old).returncode:
            pytest.skip("no other interpreter, or no namespaces")

    def own(self, *paths: Path) -> None:
        """Give files to this user."""
        for path in paths if self._is_nobody else ():
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)

    def require_namespaces(self) -> None:
        """Skip the test if this user may make no namespaces."""
        if subprocess.run([*self._user, "unshare", "-Upf", "true"], check=False).returncode:
            pytest.skip("no namespaces, or none for ordinary users")

    def python(
        self, *words: str, limits: Sequence[str] = (), timeout: float = 280, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run Python in the folder; `limits` is a command that this user runs it with."""
        argv = [*self._user, *limits, self._python, "-B", "-P", *words]
        environment = self._environment | variables
        return run_command(argv, cwd=self.folder, env=environment, timeout=timeout)

    def grade(self, *words: str, **more: object) -> subprocess.CompletedProcess[str]:
        """Run `simpsh grade` in the folder."""
        return self.python("-m", "simpsh", "grade", *words, **more)


def _copy_packages(folder: Path) -> str:
    """Copy simpsh, the tests, and the libraries that simpsh imports; return their folder.

    An ordinary user may be unable to read the directory of the project, such as one of root's.
    """
    for package in (elftools, pygments, simpsh, lessons, tests):
        # A folder without __init__.py is listed once for each entry of sys.path that has it.
        (source,) = {*package.__path__}
        shutil.copytree(source, folder / "packages" / package.__name__)
    return str(folder / "packages")
