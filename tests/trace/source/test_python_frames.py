"""The source line of each call of a Python program, read from the interpreter's memory."""

import abc
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.base import events
from simpsh.kernel.machine import ptrace
from simpsh.trace.source import python_frames
from simpsh.trace.source.python_frames import line_of
from tests.harness.recorded import recorded
from tests.harness.sh import simpsh_command

NEWEST = (3, 14)
pytestmark = [
    pytest.mark.skipif(
        not ptrace.is_known_architecture() or sys.version_info[:2] > NEWEST,
        reason="the frames of this interpreter are not known",
    ),
    pytest.mark.long("each Python, and each way to start it"),
]

PROGRAM = """import os
import signal
import subprocess
import sys
import threading


def make():
    return os.fork()  # birth


def at_signal(number, frame):
    os.kill(os.getpid(), 0)  # handler


pid = make()
if pid == 0:
    if len(sys.argv) > 5:
        os.getpid()
    os._exit(3)  # end
r, w = os.pipe()  # pipe
os.waitpid(  # wait
    pid,
    0,
)
subprocess.run([  # spawn
    "/bin/true",
])
os.kill(os.getpid(), 0)  # plain
signal.signal(signal.SIGUSR1, at_signal)
os.kill(os.getpid(), signal.SIGUSR1)  # own
other = threading.Thread(target=lambda: os.pipe())  # thread
other.start()  # start
other.join()
exec(compile("os.dup(0)", "<made>", "exec"))  # made
os.execv("/bin/true", ["true"])  # last
"""


def python(version):
    """Return an interpreter of this version, or None if there is none."""
    if version == ".".join(map(str, sys.version_info[:2])):
        return sys.executable
    found = shutil.which(f"python{version}")
    works = found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0
    return found if works else None


def tags(recording, source, kind, proc="P0"):
    """Return the comments on the lines at which process `proc` caused events of `kind`."""
    lines = source.read_text(encoding="utf-8").splitlines()
    found = []
    for event in recording.events:
        if isinstance(event.what, kind) and event.proc == proc and event.at is not None:
            assert event.at.file == str(source)
            comment = re.search(r"# (\w+)$", lines[event.at.line - 1])
            found.append(comment[1] if comment else event.at.line)
    return found


@pytest.mark.usual("program.py-3.11")
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("name", ["program.py", "prögram.py"])
def test_each_call_of_a_program_has_its_line(tmp_path, version, name):
    interpreter = python(version)
    if interpreter is None:
        pytest.skip(f"there is no Python {version}")
    source = tmp_path / name
    source.write_text(PROGRAM, encoding="utf-8")
    recording = recorded(interpreter, "-S", str(source), level="io", with_lines=True)
    processes = [one for one in recording.events if isinstance(one.what, events.Fork)]
    births = [one.at.function for one in processes if one.at is not None and not one.what.thread]
    assert births[0] == "make"
    assert tags(recording, source, events.Fork) == ["birth", "spawn", "start"]
    # subprocess.run waits at two lines of its own module; the program's line is reported.
    assert tags(recording, source, events.Wait) == ["wait", "spawn"]
    assert tags(recording, source, events.Exit, "P1") == ["end"]
    assert tags(recording, source, events.SignalSend) == ["plain", "own", "handler"]
    made = tags(recording, source, events.Pipe)
    assert made[0] == "pipe"
    assert made[-1] == "thread"
    assert tags(recording, source, events.Dup)[-1:] == ["made"]
    assert tags(recording, source, events.Exec)[-1:] == ["last"]
    assert recording.sources == {str(source): PROGRAM}


@pytest.mark.usual("module")
@pytest.mark.parametrize("start", ["file", "interpreter of a script", "module"])
def test_a_python_program_has_its_lines_however_it_is_started(tmp_path, monkeypatch, start):
    source = tmp_path / ("tool.py" if start == "module" else "tool")
    source.write_text(f"#!{sys.executable} -S\nimport os\nos.pipe()  # made\n")
    source.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    commands = {
        "file": (sys.executable, "-S", str(source)),
        "interpreter of a script": (str(source),),
        "module": (sys.executable, "-S", "-m", "tool"),
    }
    recording = recorded(*commands[start], level="io", with_lines=True)
    assert tags(recording, source, events.Pipe) == ["made"]


def test_lines_of_simpsh_are_not_lines_of_a_program(tmp_path):
    for shell in (simpsh_command(), (sys.executable, "-m", "simpsh")):
        recording = recorded(*shell, "-c", "cd /; /bin/true | /bin/true", with_lines=True)
        assert [event.at for event in recording.events if event.at is not None] == []
    source = tmp_path / "program"
    text = "from simpsh.kernel import processes\nif not processes.fork():  # birth\n    exit()\n"
    source.write_text(text)
    recording = recorded(sys.executable, str(source), level="io", with_lines=True)
    assert tags(recording, source, events.Fork) == ["birth"]


@pytest.mark.parametrize("what", ["version", "build"])
def test_an_unknown_interpreter_has_no_lines_and_a_note(tmp_path, monkeypatch, what):
    found = python_frames._locate_interpreter

    def free_threaded(pid):
        place = found(pid)
        version = ".".join(map(str, sys.version_info[:2]))
        return place and (f"/usr/bin/python{version}t", place[1])

    if what == "version":
        monkeypatch.setattr(python_frames, "_FIELDS", {})
    else:
        monkeypatch.setattr(python_frames, "_locate_interpreter", free_threaded)
    source = tmp_path / "program.py"
    source.write_text("import os\nos.pipe()\n")
    recording = recorded(sys.executable, "-IS", str(source), level="io", with_lines=True)
    assert [event.at for event in recording.events if event.at is not None] == []
    assert recording.notes == (
        "the source lines are seen of programs for Python 3.11 to 3.14, and not of this one",
    )


@pytest.mark.usual
def test_wrong_offsets_of_fields_give_no_line_rather_than_a_wrong_one(tmp_path, monkeypatch):
    source = tmp_path / "program.py"
    source.write_text("import os\nos.pipe()\nos.pipe()\n")
    version = sys.version_info[:2]
    for field in ("threads", "frame", "code", "instructions"):
        right = python_frames._FIELDS[version]
        wrong = right._replace(**{field: getattr(right, field) + 8})
        monkeypatch.setitem(python_frames._FIELDS, version, wrong)
        recording = recorded(sys.executable, "-IS", str(source), level="io", with_lines=True)
        assert {one.at.line for one in recording.events if one.at is not None} <= {2, 3}
        monkeypatch.setitem(python_frames._FIELDS, version, right)


def test_every_instruction_has_the_line_that_the_interpreter_reports():
    todo = [compile(Path(abc.__file__).read_text(encoding="utf-8"), "abc.py", "exec")]
    compared = 0
    while todo:
        code = todo.pop()
        todo += [one for one in code.co_consts if hasattr(one, "co_code")]
        for begin, end, line in code.co_lines():
            for place in range(begin // 2, end // 2):
                assert line_of(code.co_linetable, code.co_firstlineno, place) == (line or 0)
                compared += 1
    assert compared > 500
