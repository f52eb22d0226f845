"""How much of the house one flow passes through: a reader must be able to follow it."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.c_programs import compile_c
from tests.support.shells import PROJECT, run_command

HOOK = """
import os, sys, threading

CO_OPTIMIZED = 1
path = os.environ["FILES_THAT_RAN"]
seen = set()

def note(frame, event, argument):
    name = frame.f_code.co_filename
    # The bodies of modules and classes are no functions: they lack this flag.
    if event == "call" and name not in seen and frame.f_code.co_flags & CO_OPTIMIZED:
        seen.add(name)
        if name.startswith(os.environ["PACKAGE"]):
            try:
                out = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError:
                return  # a process in a guard may open nothing; its parent ran the same files
            os.write(out, name.encode() + b"\\n")
            os.close(out)

sys.setprofile(note)
threading.setprofile(note)
"""
"""Written as sitecustomize.py: every process of the run, forked ones too, notes which files ran."""


FLOWS = {
    "checking a lesson": (("lesson", "check", "zombie"), "demonstration_monitor.py", 75),
    "exploring a race": (("explore", "./race"), "controlled_run.py", 75),
    "tracing to a page": (("trace", "-o", "run.html", "true"), "html_page.py", 50),
}
"""What is done, a file that must be among those that ran, and how many there may be."""


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS)
def test_a_flow_passes_through_few_files(flow, tmp_path, compiled_race):
    words, of_another_process, most = FLOWS[flow]
    (tmp_path / "sitecustomize.py").write_text(HOOK)
    noted = tmp_path / "files"
    variables = {**os.environ, "PYTHONPATH": f"{tmp_path}:{PROJECT}", "FILES_THAT_RAN": str(noted)}
    variables["PACKAGE"] = f"{PROJECT}/simpsh/"
    command = [sys.executable, "-m", "simpsh", *words]
    done = run_command(command, env=variables, cwd=compiled_race)
    assert done.returncode == 0, done.stdout + done.stderr
    files = set(noted.read_text().split())
    assert any(name.endswith(of_another_process) for name in files), "forked ones noted too"
    assert len(files) <= most, "\n".join(sorted(files))


RACE = """
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (fork() == 0) { write(1, "C", 1); _exit(0); }
    write(1, "P", 1);
    wait(NULL);
    write(1, "E", 1);
}
"""


@pytest.fixture(scope="module")
def compiled_race(tmp_path_factory):
    """A directory with a program of two processes that race for the output."""
    directory = tmp_path_factory.mktemp("race")
    (directory / "race.c").write_text(RACE)
    compile_c(directory / "race.c", directory / "race", "-g")
    return directory
