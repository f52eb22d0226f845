"""`simpsh doctor` and `simpsh diagnose`: values and statuses."""

import json
import os
import subprocess
import sys

import pytest

from simpsh.cli.doctor_command import DoctorCommand
from simpsh.course.classroom import phone_access
from simpsh.diagnosis.answer import Diagnosis
from simpsh.process.machine_permits import UNCONFINED
from tests.cli.test_trace_command import EVIL
from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.harness.process import sh, started, wait_for_state, wait_until_at_rest
from tests.harness.sh import run_command, run_simpsh, simpsh_command
from tests.support.untraceable import refusing


@pytest.mark.needs("compiler")
def test_doctor_names_refused_calls(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    doctor = [*simpsh_command(), "doctor", "--path", str(tmp_path)]
    done = run_command([*refusing("clone3,kcmp=ENOSYS,waitid"), *doctor])
    assert (done.returncode, done.stderr) == (1, "")
    text = " ".join(done.stdout.split())
    assert "a seccomp filter refuses kcmp (Function not implemented)" in text
    assert "a seccomp filter refuses clone3 (Operation not permitted)" in text
    assert f"). To do: {UNCONFINED}" in text
    assert "apt install gcc" not in text


def test_diagnose_prints_the_sentences_without_control_characters():
    # A long path of the interpreter would leave no room for the rest of the message.
    argv = [EVIL, "-c", "input()"]
    with started(argv, executable=sys.executable, stdin=subprocess.PIPE) as process:
        wait_for_state(process.pid, "S")
        shown = run_simpsh("diagnose", str(process.pid), status=0).stdout
    assert r"\x1b]0;" in shown
    assert {char for char in shown if not char.isprintable()} == {"\n"}


def test_diagnose_as_json_has_the_fields_of_the_library():
    with started(["cat"], stdin=subprocess.PIPE) as process:
        wait_for_state(process.pid, "S")
        found = json.loads(run_simpsh("diagnose", "--json", str(process.pid)).stdout)
    assert set(found) == {"schema", *Diagnosis._fields}
    assert found["schema"] == "simpsh.diagnosis/2"
    assert found["verdict"] in ("at rest", "running"), found
    [wait] = [wait for pid, wait in found["waits"].items() if pid == str(found["pid"])]
    assert (wait["situation"], wait["outlook"], wait["wakers"]) == ("empty pipe", "held", [])
    assert [edge["process"]["pid"] for edge in wait["edges"]] == [os.getpid()]
    assert (found["pid"], found["situation"]) == (process.pid, "empty pipe")
    assert found["waits_for"] == [os.getpid()]
    assert found["holders"][0]["pid"] == os.getpid()
    assert found["statements"][0]["evidence"] == "inferred by the statements below"


def test_doctor_names_what_a_class_on_phones_lacks(monkeypatch, capfd):
    monkeypatch.setattr(phone_access, "LIBRARIES", ("aiohttp", "no_such_library"))
    lacks = "A class on phones lacks no_such_library; type in a copy of the source: pip install"
    assert phone_access.access_words().startswith(lacks)
    monkeypatch.setattr(phone_access, "LIBRARIES", ())
    monkeypatch.setattr(phone_access, "host_for_phones", lambda: "127.0.0.1")
    assert "this machine has no route to other machines" in phone_access.access_words()
    monkeypatch.setattr(phone_access, "host_for_phones", lambda: "10.0.0.5")
    assert DoctorCommand().run() in (0, 1)
    assert "A class on phones: they use the address 10.0.0.5" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("line", "verdict", "status"),
    [
        ("exec sleep 1000", "at rest", 0),
        ("kill -STOP $$", "stuck", 1),
        ("mkfifo fifo; exec echo >fifo", "not known", 3),
    ],
)
def test_the_status_of_diagnose_follows_its_verdict(line, verdict, status, tmp_path):
    with started(sh(line), cwd=tmp_path) as process:
        wait_until_at_rest()
        done = run_simpsh("diagnose", "--json", str(process.pid), status=status)
    assert json.loads(done.stdout)["verdict"] == verdict
