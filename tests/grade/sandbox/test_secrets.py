"""No submission finds solutions, hidden checks, results or other submissions; not even by name.

One walks all files and all of /proc, as a program of an exercise and as one that a check runs.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpsh.process.own_directory import remove_tree
from tests.grade.confinement import accepted
from tests.grade.sandbox.test_hostile_class import grader_of, packages_in
from tests.support.shells import PROJECT, run_command

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.slow, pytest.mark.timeout(300)]
WORD = "xyzzy" + "-secret"
WALKER = r"""#!/usr/bin/python3
import os, stat, sys
word = b"xyzzy" + b"-secret"
found, own = [], os.path.dirname(os.path.abspath(sys.argv[0]))
own_names = ("solution.py", "solution.c", "exercise.py", "results")

def look(path):
    try:
        target = os.readlink(path)
        if word in os.fsencode(target):
            found.append(f"{path} -> {target}")
    except OSError:
        pass
    try:
        if stat.S_ISREG(os.stat(path).st_mode):
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            with open(descriptor, "rb", buffering=0) as file:
                if word in file.read(1 << 18):
                    found.append(path)
    except OSError:
        pass

for top, folders, names in os.walk("/"):
    if top == "/":
        folders.remove("proc")
    if top == own:
        continue
    if "lessons" in top and "exercises" in folders:
        found.append(f"{top}/exercises")
    for name in (*names, *folders):
        path = os.path.join(top, name)
        if word in os.fsencode(path) or name in own_names[:3]:
            found.append(path)
        if not top.startswith(("/usr", "/lib", "/opt", "/sys")) and "site-packages" not in top:
            look(path)
mine = str(os.getpid())
for pid in os.listdir("/proc"):
    below = [f"/proc/{pid}"]
    if not pid.isdigit():
        continue
    found += [] if pid == mine else [pid for _ in [0] if os.access(f"/proc/{pid}/environ", os.R_OK)]
    for kind in ("", "fd", "map_files", "task", "cwd", "root/proc/1/root"):
        folder = os.path.join(f"/proc/{pid}", kind)
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        if kind == "cwd" and os.path.samefile(folder, own):
            continue
        for name in names:
            if name not in ("mem", "kmsg", "pagemap", "kcore"):
                look(os.path.join(folder, name))
words = f"walked {len(found)}: {found[:20]}"
if "checked" in sys.argv:
    print(words)
    sys.exit(1)
raise RuntimeError(words)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose name and files are secrets, outside /tmp, which is hidden."""
    above = "/var/lib" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=above, prefix=f"simpsh-tests-{WORD}-"))
    yield folder
    remove_tree(str(folder))


@pytest.mark.parametrize("who", ["this one", "ordinary"])
def test_a_submission_that_walks_everything_finds_no_secret(place, who):
    if accepted():
        pytest.skip("nothing can be isolated here")
    command, environment = grader_of(who), {**os.environ, "HOME": str(place)}
    if who == "ordinary":
        os.chown(place, 65534, 65534)
        environment["PYTHONPATH"] = f"{PROJECT}:{packages_in(place)}"
    for task in ("exercise", "check"):
        submissions = place / f"class-{task}"
        submissions.mkdir()
        (submissions / "walker.py").write_text(WALKER)
        (submissions / "walker.py").chmod(0o755)
        (submissions / "other.py").write_text(f"# {WORD}\n")
    (place / "check.sh").write_text(f'#!/bin/sh\n# {WORD}\n"$SIMPSH_RUN" "$1" checked\n')
    (place / "check.sh").chmod(0o755)
    (place / "results").mkdir(mode=0o755)
    if who == "ordinary":
        os.chown(place / "results", 65534, 65534)
    (place / "results" / "earlier.json").write_text(WORD)
    (place / "keeps").write_text(WORD)
    found = {}
    for task, what in {
        "exercise": ("--exercise", "two-children"),
        "check": ("--check", str(place / "check.sh")),
    }.items():
        words = ["-B", "-P", "-m", "simpsh", "grade", "one", "-q", *what, "--format", "json"]
        argv = [*command, *words, "-o", str(place / "results"), f"class-{task}/walker.py"]
        done = run_command(argv, cwd=place, env=environment)
        if task == "check" and who == "ordinary" and "same user" in done.stderr:
            continue  # this user has no other ids: no check runs here
        assert done.stdout, done.stderr
        [found[task]] = json.loads(done.stdout)["submissions"]
    assert "exercise" in found
    for task, result in found.items():
        text = json.dumps([result["marks"], result["feedback"]])
        assert "walked 0: []" in text, (task, text, result["not_isolated"])
