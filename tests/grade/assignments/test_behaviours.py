"""Behaviours that an assignment file describes are tried on programs and on shells."""

import shutil
import sys
from pathlib import Path

import pytest

from simpsh.base.events import Exec
from simpsh.grade.assignments.assignment_file import assignment_path, read_assignment
from simpsh.grade.classes.assignment_trial import anonymous_texts
from simpsh.grade.sandbox.closed_set import has_name
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    check_shell,
    examine,
)
from tests.harness.sh import PROJECT

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test judges several programs")]

PIPELINE = r"""
kind = "program"
[behaviour.pipeline]
steps = [
    { start = ["{word}"], input = "b\na\n" },
    { ends = 7, asks = "it ends with sort's status plus 7" },
    { output = "a\nb\n", asks = "sort has its input", check = "sorted" },
    { executed = "sort", count = 1, asks = "sort is executed" },
    { collected = "sort", asks = "it waits for sort" },
    { processes = 1, asks = "one child is made" },
]
"""
SORTS = """\
import os, sys
data = sys.stdin.read()
r, w = os.pipe()
if os.fork() == 0:
    os.dup2(r, 0); os.close(r); os.close(w)
    os.execvp("sort", ["sort"])
os.close(r); os.write(w, data.encode()); os.close(w)
sys.exit(7 + os.waitstatus_to_exitcode(os.wait()[1]))
"""
SIGNALS = r"""
kind = "program"
arguments = ["sleep", "600"]
runs = ["sleep"]
[behaviour.passes-on]
steps = [
    { find = "sleep", as = "child" },
    { kill = "program", signal = "USR1" },
    { process = "child", is = "dead", asks = "the child gets SIGTERM", check = "ends" },
    { process = "program", is = "running", asks = "it survives SIGUSR1", check = "lives" },
    { zombies = 0 },
    { kill = "program", signal = "INT" },
    { ends = "SIGINT", asks = "SIGINT has its default action" },
    { status = "sleep", is = "SIGTERM", asks = "which ends the child" },
]
"""
PASSES_ON = """\
import os, signal, sys
child = 0
signal.signal(signal.SIGUSR1, lambda *_: os.kill(child, signal.SIGTERM))
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
if not (child := os.fork()):
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
    os.execvp(sys.argv[1], sys.argv[1:])
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
os.wait()
while True:
    signal.pause()
"""


def lost(tmp_path, text, program):
    """Judge a program; return what it lost, by check."""
    (tmp_path / "task.toml").write_text(text)
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home/program.py").write_text(program)
    assignment = read_assignment(str(tmp_path / "task.toml"))
    argv = check_shell([sys.executable, str(tmp_path / "home/program.py")])
    options = ExaminationOptions(seconds=5, may_be_installed=True, seed=3)
    [mark] = [examine(argv, each, assignment, options) for each in behaviours_of(assignment)]
    return {check.key: check.instead for check in mark.checks if not check.is_passed}


@pytest.mark.usual
def test_input_wait_and_output_of_a_program_are_judged(tmp_path):
    assert lost(tmp_path, PIPELINE, SORTS) == {}


def test_each_check_of_an_output_without_a_writer_is_named(tmp_path):
    (tmp_path / "task.toml").write_text(PIPELINE)
    (line,) = anonymous_texts(read_assignment(str(tmp_path / "task.toml")))
    assert line.startswith("pipeline.sorted: any process may have printed this text")
    assert [*anonymous_texts(read_assignment("csapp-tsh"))] == []


RELAY = r"""
kind = "program"
[behaviour.relay]
steps = [
    { start = ["{number}"] },
    { output = "child got {number}\n", asks = "it is printed" },
    { written = { text = "child got {number}\n", by = "child" }, asks = "by the child" },
    { written = { text = "{number}", by = "program", through = "pipe" }, asks = "it is sent" },
]
"""
RELAYS = """\
import os, sys
r, w = os.pipe()
if not os.fork():
    number = os.read(r, 99).decode()
    CHILD
    os._exit(0)
os.write(w, sys.argv[1].encode())
os.wait()
PARENT
"""
_PRINTS = "print('child got', sys.argv[1], flush=True)"
_NOWHERE = f"os.dup2(os.open('/dev/null', 1), 1); {_PRINTS}"


@pytest.mark.usual
@pytest.mark.parametrize(
    ("child", "parent", "expected"),
    [
        ("print('child got', number, flush=True)", "", {}),
        ("pass", _PRINTS, {"written": "P0 wrote it to the output"}),
        (_NOWHERE, _PRINTS, {"written": "P0 wrote it to the output"}),
    ],
)
def test_the_record_says_who_wrote_a_text(tmp_path, child, parent, expected):
    program = RELAYS.replace("CHILD", child).replace("PARENT", parent)
    found = lost(tmp_path, RELAY, program)
    assert {*found} == {*expected}, found
    for key, words in expected.items():
        assert words in found[key]


def test_a_file_of_the_submission_is_no_program_of_the_system():
    sort = shutil.which("sort")
    assert sort is not None
    assert has_name(Exec(("sort",), sort), "sort")
    assert not has_name(Exec(("sort",), "/home/ann/sort"), "sort")
    # `sh` leads to dash, and the kernel's record has dash's file.
    assert has_name(Exec(("sh",), str(Path("/bin/sh").resolve())), "sh")
    assert has_name(Exec(("mine",), "/home/ann/mine-of-ann"), "mine-of-ann")


@pytest.mark.usual
def test_a_program_that_does_not_wait_is_told_so(tmp_path):
    wrong = SORTS.replace("os.waitstatus_to_exitcode(os.wait()[1])", "0")
    reason = "1 child was not collected by the process that made it"
    assert lost(tmp_path, PIPELINE, wrong)["collected"] == reason


@pytest.mark.usual
def test_signals_that_a_program_gets_and_sends_are_judged(tmp_path):
    assert lost(tmp_path, SIGNALS, PASSES_ON) == {}
    silent = PASSES_ON.replace("os.kill(child, signal.SIGTERM)", "0")
    assert set(lost(tmp_path, SIGNALS, silent)) == {"ends", "status"}


PINGPONG = """\
import os
to_child, to_parent = os.pipe(), os.pipe()
if not os.fork():
    os.read(to_child[0], 1)
    print(f"{os.getpid()}: received ping", flush=True)
    os.write(to_parent[1], b"x")
    os._exit(0)
os.write(to_child[1], b"x")
os.read(to_parent[0], 1)
print(f"{os.getpid()}: received pong", flush=True)
"""


def test_the_example_of_the_document_accepts_a_right_program(tmp_path):
    text = Path(PROJECT, "docs/assignments.md").read_text()
    text = text[text.index('title = "Sort in a child"') :]
    text = text[: text.index("```")]
    right = "import os\nif os.fork() == 0:\n    os.execlp('sort', 'sort', 'given')\nos.wait()\n"
    assert lost(tmp_path, text, right) == {}
    printed = "print('a\\nb')\n"
    assert {*lost(tmp_path, text, printed)} == {"output", "executed", "collected"}


def test_a_public_homework_accepts_a_right_program_and_refuses_a_wrong_one(tmp_path):
    text = Path(assignment_path("mit-pingpong")).read_text()
    assert lost(tmp_path, text, PINGPONG) == {}
    wrong = PINGPONG.replace("os.read(to_parent[0], 1)", "0")
    assert "output-like" in lost(tmp_path, text, wrong)


ALL_VERBS = r"""
[points]
jobs-of-mine = 20
lines = 4
from-input = 4
nothing = 2
[behaviour.jobs-of-mine]
steps = [
    { type = "{sleep}", then = "program" },
    { find = "sleep", as = "job" },
    { group = "job", is = "own", asks = "it is in a group of its own", check = "own" },
    { group = "job", is = "shell", not = true, asks = "which is not the shell's", check = "apart" },
    { terminal = "job", asks = "it has the terminal" },
    { key = "^Z", then = "prompt" },
    { process = "job", is = "stopped", asks = "it is stopped", check = "stopped" },
    { terminal = "shell", asks = "the shell has the terminal" },
    { type = "{bg}" },
    { process = "job", is = "running", asks = "it runs", check = "runs" },
    { kill = "job", signal = "TERM" },
    { process = "job", is = "dead", asks = "it ends", check = "ends" },
    { status = "job", is = "SIGTERM", asks = "by SIGTERM" },
    { executed = "sleep", count = 1, asks = "it was executed once" },
    { executed = "cat", count = 0, asks = "and cat was not" },
    { processes = 2, asks = "two processes were made" },
    { type = "{sum} > {word}" },
    { file = "{word}", is = "{answer}\n", asks = "the file has its output", check = "file" },
    { type = "echo {word2} {shell}" },
    { output = "{word2} ", asks = "it is printed", check = "printed" },
    { output-like = '^{word2} {shell}$', asks = "with the shell's id", check = "pid" },
    { output = "{answer}", not = true, asks = "and not the file", check = "not" },
    { type = "echo {word3} 1574" },
    { output = "57", not = true, asks = "no part of a number", check = "part" },
    { output = "574", not = true, asks = "nor its end", check = "end-of-number" },
    { type = "{exit}", then = "nothing" },
    { ends = true, asks = "it ends", check = "end" },
]
[behaviour.lines]
files = { batch = "{sum}\nexit {number}\n" }
steps = [
    { start = ["batch"] },
    { ends = true, asks = "it ends", points = 2 },
    { output = "{answer}\n", asks = "the line runs" },
]
[behaviour.from-input]
steps = [
    { start = [], input = "{sum}\nexit 7\n" },
    { ends = 7, asks = "it ends with 7", points = 2 },
    { output = "{answer}\n", asks = "the line runs" },
]
[behaviour.nothing]
steps = [{ type = "" }, { processes = 0, asks = "no process is made" }]
"""


ONE_WAIT_FAILS = """
[points]
jobs = 3
[behaviour.mine]
steps = [
    { type = "{sleep} &", then = "either" },
    { wait = "program", asks = "& is ignored" },
    { wait = "prompt", asks = "& is not ignored", check = "prompt" },
]
"""


def lost_by_shell(tmp_path, argv, text=ALL_VERBS):
    """Examine a shell by an assignment; return the failed checks by behaviour."""
    path = tmp_path / "lab.toml"
    path.write_text(text)
    assignment = read_assignment(str(path))
    options = ExaminationOptions(seconds=20, may_be_installed=True, seed=3)
    marks = [
        examine(check_shell(argv), it, assignment, options) for it in behaviours_of(assignment)
    ]
    return {mark.id: [check.key for check in mark.checks if not check.is_passed] for mark in marks}


@pytest.mark.usual
def test_a_right_shell_passes_every_verb(tmp_path):
    assert not any(lost_by_shell(tmp_path, ["dash"]).values())


@pytest.mark.usual
def test_steps_after_a_wait_that_fails_at_the_prompt_are_tried(tmp_path):
    assert lost_by_shell(tmp_path, ["dash"], ONE_WAIT_FAILS)["mine"] == ["wait"]


@pytest.mark.usual
def test_a_shell_that_ends_early_passes_none(tmp_path):
    # A shell gets no credit for actions that it never tries.
    shell = tmp_path / "ends.py"
    shell.write_text("input('$ ')\n")
    found = lost_by_shell(tmp_path, [sys.executable, str(shell)])
    assert found["nothing"] == ["processes"]
    assert {key: len(keys) for key, keys in found.items()} == {
        "jobs-of-mine": 18,
        "lines": 2,
        "from-input": 2,
        "nothing": 1,
    }


PROMPTS_ON_0 = """\
import os, sys
for line in sys.stdin:
    try:
        os.write(0, b"$ ")
    except OSError:
        pass
    words = line.split()
    if words[0] == "exit":
        sys.exit(int(words[1]))
    if os.fork() == 0:
        os.execvp(words[0], words)
    os.wait()
"""


@pytest.mark.usual
def test_a_prompt_that_is_written_to_descriptor_0_destroys_no_input(tmp_path):
    shell = tmp_path / "prompts.py"
    shell.write_text(PROMPTS_ON_0)
    assert lost_by_shell(tmp_path, [sys.executable, str(shell)])["from-input"] == []
