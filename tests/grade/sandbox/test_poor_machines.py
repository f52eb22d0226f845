"""If the machine lacks something, one line reports it, and no submission is blamed."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.harness.sh import run_command, simpsh_command

SIMPSH = simpsh_command()
CLASS = ["grade", "--exercise", "two-children", "submissions"]
IN_NAMESPACE = ["unshare", "-m", "sh", "-c"]


@pytest.fixture
def handed(tmp_path):
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "one.py").write_text("pass\n")
    return tmp_path


def namespace_or_skip() -> None:
    made = shutil.which("unshare") and os.geteuid() == 0
    if not made or subprocess.run([*IN_NAMESPACE, "umount -l /proc"], check=False).returncode:
        pytest.skip("root is needed, with mount namespaces")


def test_without_proc_one_line_reports_that_and_help_works(handed):
    namespace_or_skip()
    script = 'while umount -l /proc 2>/dev/null; do :; done; exec "$@"'
    without_proc = [*IN_NAMESPACE, script, "sh", *SIMPSH]
    for words in (CLASS, ["doctor"], ["lesson", "run", "zombie"], ["trace", "true"]):
        done = run_command([*without_proc, *words], cwd=handed)
        assert done.returncode == 1
        assert done.stderr == (
            "simpsh: /proc is not mounted here, and simpsh needs it to see processes: "
            "mount -t proc proc /proc\n"
        )
    assert not (handed / "results").exists()
    done = run_command([*without_proc, "doctor", "--help"], cwd=handed)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: simpsh doctor")


@pytest.mark.parametrize("words", [CLASS, ["grade", "shell", "sh"]])
def test_too_few_descriptors_are_reported_and_nothing_is_judged(handed, words):
    done = run_command(["sh", "-c", 'ulimit -n 20; exec "$@"', "sh", *SIMPSH, *words], cwd=handed)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "simpsh: 64 descriptors are needed, and this process may have 20 open (RLIMIT_NOFILE): "
        "raise the limit with `ulimit -n`\n"
    )


def test_a_full_disk_leaves_no_file_with_half_a_result(handed):
    namespace_or_skip()
    full = handed / "full"
    full.mkdir()
    script = (
        "mount -t tmpfs -o size=16k tmpfs full && dd if=/dev/zero of=full/fill bs=4k 2>/dev/null;"
        ' "$@"; status=$?; ls -A full; exit $status'
    )
    argv = [*SIMPSH, "grade", "-q", "--check", "true", "--unconfined", "--table", "full/x"]
    done = run_command([*IN_NAMESPACE, script, "sh", *argv, "submissions"], cwd=handed)
    assert done.returncode == 1
    assert done.stdout == "fill\n"
    assert done.stderr == "simpsh: full/x: No space left on device\n"
