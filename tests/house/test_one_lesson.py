"""How much of the house one flow passes through: a reader must be able to follow it."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.shells import PROJECT, run_command

MOST_FILES = 130

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
        if "/simpsh/" in name:
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


@pytest.mark.slow
def test_checking_one_lesson_passes_through_at_most_130_files(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HOOK)
    noted = tmp_path / "files"
    variables = {**os.environ, "PYTHONPATH": f"{tmp_path}:{PROJECT}", "FILES_THAT_RAN": str(noted)}
    done = run_command([sys.executable, "-m", "simpsh", "lesson", "check", "zombie"], env=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    files = set(noted.read_text().split())
    assert any(name.endswith("demonstration_monitor.py") for name in files), "forked ones noted too"
    assert len(files) <= MOST_FILES
