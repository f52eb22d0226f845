"""`simpsh doctor` and `simpsh diagnose`: what they print, and their statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from simpsh.cli.doctor_command import DoctorCommand
from simpsh.course.classroom import phone_access
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.diagnosis.answer import Diagnosis
from simpsh.process.process_tree import children
from tests.cli.test_trace_command import EVIL
from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.harness.process import end, wait_for_state
from tests.harness.sh import PROJECT, run_command, run_simpsh, simpsh_command
from tests.support.untraceable import refusing


def simpsh(*words, **more):
    return run_simpsh(*words, cwd=PROJECT, variables=more)


def test_doctors_status_is_1_if_a_lesson_is_affected(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    (tmp_path / "broken.py").write_text("LESSON = 1 / 0\n")
    done = simpsh("doctor", "--path", str(tmp_path))
    assert done.returncode == 1, done.stderr
    assert "broken.py, line 1: ZeroDivisionError: division by zero\n" in done.stdout


def test_doctor_names_lessons_with_open_parts(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    doctor = ("doctor", "--path", str(tmp_path))
    assert "The course:" not in simpsh(*doctor, XDG_STATE_HOME=str(tmp_path)).stdout
    progress = StudentProgress(tmp_path / "simpsh" / "progress.json")
    progress.finish("shell-loop")
    progress.finish("tried", ["question", "task"])
    shown = simpsh(*doctor, XDG_STATE_HOME=str(tmp_path)).stdout
    assert re.search(r"^The course: 1 of \d+ core lessons done, 1 with open parts, ", shown, re.M)
    assert "\n  tried, still open: 1 question and the task\n" in shown


@pytest.mark.needs("compiler")
def test_doctor_reports_the_effects_of_refused_calls(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM))
    doctor = [*simpsh_command(), "doctor", "--path", str(tmp_path)]
    done = run_command([*refusing("clone3,kcmp=ENOSYS,waitid"), *doctor], cwd=PROJECT)
    assert (done.returncode, done.stderr) == (1, "")
    text = " ".join(done.stdout.split())
    assert "a seccomp filter refuses kcmp (Function not implemented) to do:" in text
    assert "programs of scripts are started by fork" in text
    assert "apt install gcc" not in text


def test_diagnose_prints_the_sentences_without_control_characters():
    # A long path of the interpreter would leave no room for the rest of the message.
    argv = ["python", "-c", "input()", EVIL]
    with subprocess.Popen(argv, executable=sys.executable, stdin=subprocess.PIPE) as process:
        try:
            wait_for_state(process.pid, "S")
            done = simpsh("diagnose", str(process.pid))
        finally:
            process.kill()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Process {process.pid} (")
    assert r"\x1b]0;" in done.stdout
    assert {char for char in done.stdout if not char.isprintable()} == {"\n"}


ASK_EACH_OTHER = """
import os, signal
(first, to_first), (second, to_second) = os.pipe(), os.pipe()
signal.signal(signal.SIGUSR1, lambda *_: None)
print("ready", flush=True)
signal.pause()
if os.fork() == 0:
    os.close(to_second)
    os.close(first)
    os.read(second, 1)
os.close(to_first)
os.close(second)
os.read(first, 1)
"""
GOES_ON = "sleep 1000 & echo ready; wait $!; read more"


def test_diagnose_watch_ends_at_a_deadlock_and_when_the_waiting_process_continues():
    for argv, signalled, words, status in (
        ([sys.executable, "-c", ASK_EACH_OTHER], lambda pid: pid, "deadlock.\nProcess ", 1),
        (
            ["bash", "-c", GOES_ON],
            lambda pid: children(pid)[0].pid,
            "the process continues. Process ",
            0,
        ),
    ):
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                process.stdout.readline()
                wait_for_state(process.pid, "S")
                watch = [*simpsh_command(), "diagnose", "--watch", str(process.pid)]
                with subprocess.Popen(
                    watch, cwd=PROJECT, stdout=subprocess.PIPE, text=True
                ) as watcher:
                    watcher.stdout.readline()
                    os.kill(signalled(process.pid), signal.SIGUSR1)
                    assert words in watcher.stdout.read()
                assert watcher.returncode == status
            finally:
                end(process.pid)


def test_diagnose_as_json_has_the_fields_of_the_library():
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        wait_for_state(process.pid, "S")
        found = json.loads(simpsh("diagnose", "--json", str(process.pid)).stdout)
    assert set(found) == {"schema", *Diagnosis._fields}
    assert found["schema"] == "simpsh.diagnosis/1"
    assert found["verdict"] in ("at rest", "running"), found
    [wait] = [wait for pid, wait in found["waits"].items() if pid == str(found["pid"])]
    assert (wait["situation"], wait["outlook"], wait["wakers"]) == ("empty pipe", "held", [])
    assert [edge["process"]["pid"] for edge in wait["edges"]] == [os.getpid()]
    assert (found["pid"], found["situation"]) == (process.pid, "empty pipe")
    assert found["waits_for"] == [os.getpid()]
    assert found["holders"][0]["pid"] == os.getpid()
    assert found["statements"][0]["evidence"] == "inferred by the statements below"


def test_diagnose_of_an_ended_process_prints_no_traceback():
    pid = os.posix_spawn("/bin/true", ["true"], os.environ)
    os.waitpid(pid, 0)
    done = simpsh("diagnose", str(pid))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"simpsh: diagnose: there is no process {pid}\n"


def test_doctor_as_json_says_how_files_are_shown():
    answer = json.loads(simpsh("doctor", "--json").stdout)
    assert answer["machine"].startswith(f"Linux {os.uname().release}, Python 3.")
    assert answer["is_good"] == (not answer["losses"] and not answer["problems"])
    assert answer["phones"]["missing"] == [*phone_access.missing_libraries()]
    world = answer["private_world"]
    shown = {each["path"]: (each["manner"], each["reason"]) for each in world["shown"]}
    # /proc is mounted in it.
    expected = {} if world["refused"] else {"/": ("copy", "something is mounted in it")}
    assert expected.items() <= shown.items()


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


def test_the_status_of_diagnose_is_that_of_its_verdict(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for line, state, status, words in (
        ("exec sleep 1000", "S", 0, "; nothing here is stuck."),
        ("kill -STOP $$", "T", 1, "; it is stuck."),
        (f"exec echo > {tmp_path}/fifo", "S", 3, "; whether it is stuck is not known."),
    ):
        with subprocess.Popen(["sh", "-c", line]) as process:
            try:
                wait_for_state(process.pid, state)
                done = simpsh("diagnose", str(process.pid))
            finally:
                process.kill()
        assert (done.returncode, words in " ".join(done.stdout.split())) == (status, True), done
    gone = simpsh("diagnose", str(process.pid))
    assert (gone.returncode, gone.stderr.count("\n")) == (3, 1)
    assert simpsh("diagnose").returncode == 2
