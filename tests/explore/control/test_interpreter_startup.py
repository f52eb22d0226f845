"""The start of an interpreter raises no flag, but the same actions of any program do."""

import os
import shutil
import sys
from collections import Counter

import pytest

from simpsh.base.record import changed
from simpsh.explore.control import controlled_run, held_call
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.interpreter_calibration import calibrations
from simpsh.explore.control.interpreter_startup import is_interpreter
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.control.tracee_stops import TraceeStops
from simpsh.explore.flags import READS_CLOCK, UNMEASURED
from simpsh.explore.objects.stop import Conditions
from simpsh.explore.objects.virtual_clock import RANDOM_NUMBERS, TIME_OF_DAY
from simpsh.explore.search.state_search import StateSearch
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
LOCKS = """
import os, threading, time
lock = threading.RLock()
for number in range(12):
    time.sleep(1)
    with lock:
        print(number, flush=True)
if os.fork() == 0:
    import queue
    lock.acquire()
    time.sleep(1)
    os._exit(0)
os.wait()
{last}
"""
PYTHONS = [sys.executable]
if os.path.exists("/usr/bin/python3") and not os.path.samefile(sys.executable, "/usr/bin/python3"):
    PYTHONS.append("/usr/bin/python3")  # another build, with inlined functions
CLOCK, RANDOM = TIME_OF_DAY, RANDOM_NUMBERS


def flags(directory, *words, **options):
    with knowledge_of(*words, directory=directory, **options) as knowledge:
        run(knowledge)
        return [*map(str, knowledge.flags), *sorted({CLOCK, RANDOM} & knowledge.independent_of)]


@pytest.mark.usual
def test_python_starts_without_a_flag(tmp_path):
    # Python 3.11.2 of Debian reads the clock at its start.
    for first, possible in (("import multiprocessing", {RANDOM, CLOCK}), ("", {CLOCK})):
        text = PYTHON.format(first=first, last="")
        assert set(flags(tmp_path, sys.executable, "-c", text)) <= possible
    (tmp_path / "prog.py").write_text(text)
    assert set(flags(tmp_path, sys.executable, "-I", "-B", "prog.py")) <= {CLOCK}


@pytest.mark.usual
def test_own_readings_of_the_clock_are_recognised_once(tmp_path, monkeypatch):
    fork = "if os.fork() == 0: os._exit(os.waitstatus_to_exitcode(0))"
    text = f"import multiprocessing, os\n{fork}\nprint(os.waitpid(-1, os.WNOHANG)[1])"
    (tmp_path / "prog.py").write_text(text)
    asked, really = Counter[int](), held_call.is_of_start_up

    def ask(knowledge, process, flag):
        asked[knowledge.run_number] += knowledge.seen_calls is None and flag == READS_CLOCK
        return really(knowledge, process, flag)

    monkeypatch.setattr(held_call, "is_of_start_up", ask)
    with knowledge_of(sys.executable, "-E", "-S", "prog.py", directory=tmp_path) as knowledge:
        search = StateSearch(knowledge)
        while search.advance(60):
            pass
        assert search.is_finished
        assert READS_CLOCK not in knowledge.flags
    _, *others, last = (asked[number] for number in sorted(asked))
    assert max(others) > 10
    assert last < max(others) / 5


@pytest.mark.parametrize("python", PYTHONS)
def test_taking_a_lock_reads_no_clock(python, tmp_path):
    assert flags(tmp_path, python, "-c", LOCKS.format(last="")) == []
    assert flags(tmp_path, python, "-c", LOCKS.format(last="time.monotonic()")) == [CLOCK]
    assert flags(tmp_path, python, "-c", LOCKS.format(last="time.time()")) == [CLOCK]


@pytest.mark.usual("import random-random numbers")
@pytest.mark.parametrize(
    ("statement", "flag"), [("import time; time.monotonic()", CLOCK), ("import random", RANDOM)]
)
def test_clocks_and_random_numbers_of_a_python_program_are_assumptions(statement, flag, tmp_path):
    for position in ("first", "last"):
        text = PYTHON.format(**{"first": "", "last": "", position: statement})
        assert flags(tmp_path, sys.executable, "-S", "-c", text) == [flag]


def test_reads_of_python_before_it_opens_its_program_do_not_stop(tmp_path, monkeypatch):
    (tmp_path / "prog.py").write_text("import time; time.monotonic(); print(__file__)")
    (tmp_path / "prog").mkdir()
    shutil.copy(tmp_path / "prog.py", tmp_path / "prog" / "__main__.py")
    counted, answer, stops = [], TraceeStops.answer, Counter()
    monkeypatch.setattr(TraceeStops, "answer", lambda *given: (counted.append(1), answer(*given)))
    for words in (["prog.py"], ["prog"]):
        with knowledge_of(sys.executable, *words, directory=tmp_path) as knowledge:
            for number in range(3):
                counted.clear()
                run(knowledge)
                assert not knowledge.flags
                assert CLOCK in knowledge.independent_of
                stops[words[0], number] = len(counted)
    # From the second run on, the start-up of a file is not stopped; that of a directory still is.
    assert max(stops["prog.py", 1], stops["prog.py", 2]) < stops["prog", 2]


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_reads_of_a_shell_before_it_opens_its_script_do_not_stop(shell, tmp_path, monkeypatch):
    (tmp_path / "script").write_text("echo a\n")
    counted, answer = [], TraceeStops.answer
    monkeypatch.setattr(TraceeStops, "answer", lambda *given: (counted.append(1), answer(*given)))

    def stops():
        with knowledge_of(shell, "script", directory=tmp_path) as knowledge:
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


def test_under_other_conditions_a_seed_differs(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import random\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    text = PYTHON.format(first="", last="import random; print(random.random())")
    with knowledge_of(sys.executable, "-c", text, directory=tmp_path) as knowledge:
        first = run(knowledge)[0].output
        knowledge.conditions = Conditions(draw=1)
        assert run(knowledge)[0].output != first


def test_a_calibration_that_does_not_come_to_its_marks_measures_nothing(tmp_path, monkeypatch):
    given = calibrations("python")[0]
    short = changed(given, arguments=("-c", f"raise SystemExit\n{given.arguments[1]}"))
    twice = changed(given, arguments=("-c", f"import os; os.fork()\n{given.arguments[1]}"))
    for calibration in (short, twice):
        monkeypatch.setattr(controlled_run, "calibrations", lambda _, each=calibration: (each,))
        with knowledge_of(sys.executable, "-S", "-c", "", directory=tmp_path) as knowledge:
            run(knowledge)
            assert [flag for flag in knowledge.flags if flag.is_a(UNMEASURED)]


@pytest.mark.parametrize("options", [(), ("-S",), ("-I",), ("-E",)])
def test_a_python_that_decides_by_the_clock_depends_on_it(options, tmp_path):
    text = "import time; print(int(time.monotonic() * 1000) % 2)"
    (tmp_path / "prog.py").write_text(text)
    for words in (["-c", text], ["prog.py"]):
        assert flags(tmp_path, sys.executable, *options, *words) == [CLOCK]


EVENT_LOOP = """
from select import epoll
from time import monotonic
end, events = monotonic() + 0.1, epoll()
while monotonic() < end:
    events.poll(0.1)
"""
ASYNCIO = "import asyncio; asyncio.run(asyncio.sleep(0.1))"


@pytest.mark.parametrize(
    "text", [EVENT_LOOP, pytest.param(ASYNCIO, marks=pytest.mark.long("a search of 17 s"))]
)
def test_time_passes_for_the_event_loop_of_a_python(text, tmp_path):
    assert any("waits by epoll" in flag for flag in flags(tmp_path, sys.executable, "-c", text))


@pytest.mark.usual("sh-echo a & echo b; wait-expected0")
@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("sh", "echo a & echo b; wait", []),
        ("bash", "echo a & echo b; wait", []),
        ("bash", "echo a & echo $SECONDS; wait", [CLOCK]),
        ("bash", "read line < /dev/urandom", [RANDOM]),
        ("sh", f"{sh.PYTHON} -S -c 1; echo a", []),
        ("sh", f"{sh.PYTHON} -S -c 'import os; os.urandom(1)'; echo a", [RANDOM]),
        ("perl", 'if (fork() == 0) { print "c"; exit } wait', []),
        ("perl", "print time", [CLOCK]),
        ("perl", "print rand", [RANDOM]),
    ],
)
def test_a_shell_and_perl_start_without_a_flag(program, text, expected, tmp_path):
    option = "-e" if program == "perl" else "-c"
    assert flags(tmp_path, program, option, text) == expected


def test_a_program_in_c_has_no_start_whatever_it_is_called(compiled, tmp_path):
    program = compiled("held_programs/clock_first.c")
    assert flags(tmp_path, program) == [CLOCK]
    for name in ("dash", "python3"):
        assert flags(tmp_path, str(shutil.copy(program, tmp_path / name))) == [CLOCK]


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


def test_a_script_called_python_is_not_run_outside_the_exploration(tmp_path, monkeypatch):
    (tmp_path / "python3").write_text("#!/bin/sh\necho ran >log\n")
    (tmp_path / "python3").chmod(0o700)
    monkeypatch.chdir(tmp_path)
    assert program_of(("./python3",)).argv == ("./python3",)
    assert not (tmp_path / "log").exists()


def test_a_script_that_finds_python_is_looked_through(tmp_path, monkeypatch):
    (tmp_path / "python3").write_text(f'#!/bin/sh\nFOUND=1 exec {sys.executable} "$@"\n')
    (tmp_path / "race.py").write_text("#!/usr/bin/env python3\n")
    for name in ("python3", "race.py"):
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    for words in (("python3", "./race.py"), ("./race.py",)):
        program = program_of(words)
        assert (program.environment["FOUND"], *program.argv) == ("1", sys.executable, "./race.py")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert not program_of(("./python3", "./race.py")).wrapper
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    # A python3 that prints, never ends or cannot be executed is the program, not a wrapper.
    for begin in ("#!/bin/sh\necho 1;", "#!/bin/sh\nexec sleep 100;", "#!/nonexistent"):
        (tmp_path / "python3").write_text(f'{begin} exec {sys.executable} "$@"\n')
        assert not program_of(("python3", "./race.py")).wrapper


def test_a_measurement_does_not_begin_again(tmp_path, monkeypatch):
    begun = []
    begin = Knowledge.begin

    def counted(knowledge, *arguments):
        if knowledge.seen_calls is not None:
            begun.append(knowledge.program.argv)
        return begin(knowledge, *arguments)

    monkeypatch.setattr(Knowledge, "begin", counted)
    with knowledge_of(sys.executable, "-c", "print()", directory=tmp_path) as knowledge:
        run(knowledge)
    # Two programs, and two further starts of the first one.
    assert len(begun) == 4
