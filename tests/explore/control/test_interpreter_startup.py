"""The start of an interpreter raises no flag, but the same actions of any program do."""

import os
import sys

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.control import controlled_run
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.interpreter_startup import is_interpreter
from simpsh.explore.control.tracee_stops import TraceeStops
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.explore.control.controlled_runs import knowledge_of, run
from tests.harness import sh

pytestmark = pytest.mark.long("each test explores an interpreter")

PYTHON = """
import os
{first}
if os.fork() == 0:
    print("c", flush=True)
    os._exit(0)
os.wait()
{last}
"""


def flags(directory, *words, **options):
    with knowledge_of(*words, directory=directory, **options) as knowledge:
        run(knowledge)
        return [*map(str, knowledge.flags)]


@pytest.mark.usual
def test_python_starts_without_a_flag(tmp_path):
    for first in ("import multiprocessing", ""):
        text = PYTHON.format(first=first, last="")
        assert flags(tmp_path, sys.executable, "-c", text) == []
    (tmp_path / "prog.py").write_text(text)
    assert flags(tmp_path, sys.executable, "-I", "-B", "prog.py") == []


@pytest.mark.parametrize("name", ["sh", "bash", sys.executable])
def test_reads_before_an_interpreter_opens_its_script_do_not_stop(name, tmp_path, monkeypatch):
    (tmp_path / "script").write_text('print("a")' if name == sys.executable else "echo a")
    counted, answer = [], TraceeStops.answer
    monkeypatch.setattr(TraceeStops, "answer", lambda *given: (counted.append(1), answer(*given)))

    def stops():
        with knowledge_of(name, "script", directory=tmp_path) as knowledge:
            for _ in range(3):
                counted.clear()
                made = run(knowledge)[0]
                assert (made.output, knowledge.flags) == (b"a\n", {})
            return len(counted)

    few = stops()
    usual = controlled_run.filter_of
    monkeypatch.setattr(controlled_run, "filter_of", lambda known, **_: usual(known))
    # The same calls, of which those before the script stop, too.
    assert few < stops()


def test_a_shell_that_forks_before_it_opens_its_script_is_stopped_at_every_call(
    tmp_path, monkeypatch
):
    (tmp_path / "before").write_text("echo first & wait\n")
    (tmp_path / "script").write_text("echo second\n")
    monkeypatch.setenv("BASH_ENV", "./before")
    with knowledge_of("bash", "./script", directory=tmp_path) as knowledge:
        for _ in range(3):
            assert run(knowledge)[0].output == b"first\nsecond\n"
        assert knowledge.script == "", "its start does more than read"


@pytest.mark.usual("sh-echo a & echo b; wait")
@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("sh", "echo a & echo b; wait"),
        ("bash", "echo a & echo b; wait"),
        ("sh", f"{sh.PYTHON} -S -c 1; echo a"),
        ("perl", 'if (fork() == 0) { print "c"; exit } wait'),
    ],
)
def test_a_shell_and_perl_start_without_a_flag(program, text, tmp_path):
    option = "-e" if program == "perl" else "-c"
    assert flags(tmp_path, program, option, text) == []


JOINS = """
from multiprocessing import Process
from time import sleep
children = [Process(target=sleep, args=(0.01,)) for _ in range(2)]
for child in children:
    child.start()
for child in children:
    child.join()
print("end")
"""


def test_clocks_that_an_interpreter_reads_for_itself_do_not_refuse_a_program(tmp_path):
    (tmp_path / "prog.py").write_text(JOINS)
    program = program_of((sys.executable, "prog.py"), directory=str(tmp_path))
    found = explore(program, ExplorationLimits(budget_seconds=60))
    assert found.texts == {"end\n"}
    assert found.reasons == ()


@pytest.mark.usual
def test_a_name_counts_where_programs_are_installed_and_a_python_also_by_its_library(tmp_path):
    assert is_interpreter("/usr/bin/dash")
    assert is_interpreter("/nix/store/abc-bash-5.2/bin/bash")
    assert is_interpreter(os.path.realpath(sys.executable))
    assert is_interpreter("/usr/bin/python3.14t")
    assert not is_interpreter("/home/ada/bin/dash")
    assert not is_interpreter("/usr/bin/dashboard")
    assert is_interpreter("/usr/bin/busybox", "-sh")
    assert not is_interpreter("/usr/bin/busybox", "/bin/rm")
    (tmp_path / "mine" / "lib" / "python3.14t").mkdir(parents=True)
    assert is_interpreter(f"{tmp_path}/mine/bin/python3.14t")
    assert not is_interpreter(f"{tmp_path}/bin/python3.14t")


@pytest.mark.usual
def test_the_clock_and_random_numbers_are_the_same_in_every_run(tmp_path):
    text = "import os, time; print(time.time(), os.urandom(3), id(object()), hash('a'))"
    with knowledge_of(sys.executable, "-S", "-c", text, directory=tmp_path) as knowledge:
        assert len({run(knowledge)[0].output for _ in range(5)}) == 1


def test_a_script_that_starts_python_is_refused(tmp_path, monkeypatch):
    (tmp_path / "python3").write_text(f'#!/bin/sh\necho ran >log; exec {sys.executable} "$@"\n')
    (tmp_path / "python3").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem, match="name that Python itself"):
        program_of(("python3", "./race.py"))
    assert not (tmp_path / "log").exists()
