"""A line of a student runs once in a fresh shell at a terminal; claims about that run judge it."""

import os
import signal
import sys
from errno import ETIMEDOUT
from pathlib import Path

import pytest

from simpsh.base.events import Call
from simpsh.course import some
from simpsh.course.claims.claim import value
from simpsh.course.claims.observation import REAPER, YOU, in_words
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run import demonstration_monitor, typed_line
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.course.run.typed_line import YOUNGEST_FIRST, judged, perform_line
from simpsh.process.process_tree import family
from tests.course.records import Try

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test runs lines of a student")]


# A run.


@pytest.mark.usual
def test_a_line_is_run_by_a_fresh_shell_with_job_control_on_a_terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    here = os.getcwd()
    seen = perform_line("sleep 1000 & printf 'a\\n' | cat; test -t 0 && jobs; cd /; A=1; : >file")
    assert set(seen.names) == {"shell", "sleep", "printf", "cat", "test"}
    assert seen.output.startswith("a\n")
    assert "Running" in seen.output
    assert not seen.hangs
    assert dict(seen.left) == {"shell": "held", "sleep": "S"}
    # Neither the next line nor a history contains anything from this one.
    assert perform_line("jobs; echo [$A]; ls -A; trap").output == "[]\n"
    assert list(Path(tmp_path).iterdir()) == []
    assert os.getcwd() == here
    # Jobs have groups of their own, and names.
    assert perform_line("sleep 100 & kill -- -$!; wait $!; echo $?").output == "143\n"
    assert perform_line("sleep 9 & kill %%; wait %%; echo $?").output == "143\n"


def test_messages_of_the_shell_are_no_output_and_the_trap_of_its_exit_does_not_run():
    seen = perform_line("trap 'echo 1' EXIT; nosuch; read x < <(echo a); echo $x >&2; sleep 9 &")
    assert seen.output == "a\n"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("x=$(sleep 1000 & echo started)", {"sleep", "echo"}),
        ("sh -c 'sleep 1000 & echo started' | tee out", {"sleep", "tee", "sh"}),
        ("mkfifo f; echo hi >f; cat <f", {"mkfifo"}),
        ("mkfifo f; exec 3<f", {"mkfifo"}),
        ("yes | sleep 1000", {"yes", "sleep"}),
        ("exec sleep 1000", {"shell"}),
    ],
)
def test_a_line_that_waits_forever_hangs(line, names):
    seen = perform_line(line)
    assert seen.hangs
    assert names <= set(seen.names)
    assert seen.output in ("", "started\n")
    assert "rest" in seen.moments


def test_an_open_of_a_fifo_that_is_answered_soon_does_not_hang():
    seen = perform_line("mkfifo f; cat <f & sleep 2.5; echo hi >f; wait")
    assert not seen.hangs
    assert seen.output == "hi\n"


def test_background_jobs_are_inspected_when_they_sleep_or_compute_on():
    finds = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); x=$(echo $i); done; exec sleep 1000"
    assert "sleep" in value(
        "[p.programs[-1] for p in still('sleep')]", perform_line(f"sh -c '{finds}' &")
    )
    for line in (
        "sh -c 'while :; do :; done' &",
        "while :; do (true); done &",
        "yes | cat >/dev/null &",
    ):
        seen = perform_line(line)
        assert (seen.hangs, seen.problem) == (False, "")
        assert len(seen.left) > 1


@pytest.mark.parametrize("line", ["exit 3", "exec sh -c 'exit 3'", "sleep 1000 & exit 3"])
def test_a_line_that_ends_its_shell_is_observed_to_its_end(line):
    seen = perform_line(line)
    assert (seen.hangs, seen.problem) == (False, "")
    assert value("shell.status", seen) == 3


def test_a_shell_has_default_signals_even_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        seen = perform_line("grep SigIgn /proc/self/status")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not int(seen.output.split()[1], 16) & 1 << signal.SIGHUP - 1


def test_a_line_that_is_ended_at_the_deadline_leaves_no_process(monkeypatch):
    monkeypatch.setattr(typed_line, "_LINE_SECONDS", 1)
    before = [one.process.pid for one in family(os.getpid())]
    line = "(trap '' TERM HUP; sleep 1000) & sleep 1000 & while :; do sleep 0.3; done"
    seen = perform_line(line)
    assert seen.problem == "it was ended after 1 seconds"
    assert judged({"it": "returns"}, line, seen).doubt == seen.problem
    assert [one.process.pid for one in family(os.getpid())] == before


def test_a_record_that_was_cut_says_so(monkeypatch):
    monkeypatch.setattr(demonstration_monitor, "_MOST_EVENTS", 200)
    assert "was cut" in perform_line("seq 9999 | cat | cat | tail -n 1").unseen_output


SLEEPS = ("nanosleep", "clock_nanosleep")
LIMITED = (
    "import select, signal, threading; select.select([], [], [], 0.01); select.poll().poll(20); "
    "signal.alarm(3); signal.setitimer(signal.ITIMER_REAL, 4.5); signal.alarm(0); "
    "threading.Event().wait(0.03)"
)
LIMITS = frozenset(("select", "pselect6", "poll", "ppoll", "alarm", "setitimer", "futex"))


def test_a_limit_is_the_time_that_was_asked_for_not_the_time_that_passed():
    seen = perform_line("sleep 0.01; timeout 9.5 true", frozenset(("timer_settime", *SLEEPS)))
    calls = [event.what for event in seen.events if isinstance(event.what, Call)]
    # Newer coreutils round up to whole nanoseconds.
    assert pytest.approx(0.01) in [call.args[-1] for call in calls if call.name in SLEEPS]
    assert pytest.approx(9.5) in [call.args[-1] for call in calls if call.name == "timer_settime"]
    seen = perform_line(f"{sys.executable} -c '{LIMITED}'", LIMITS)
    calls = [event.what for event in seen.events if isinstance(event.what, Call)]
    asked = [call.args[-1] for call in calls if call.name in LIMITS - {"futex"}]
    assert asked == [pytest.approx(0.01), pytest.approx(0.02), 3, 4.5, 0]
    # The end of this wait is named by a clock, and some of the time has passed.
    ends = [call.args[-1] for call in calls if call.name == "futex" and call.errno == ETIMEDOUT]
    assert [0 < one <= 0.03 for one in ends] == [True]


WAITS = f"{sys.executable} -c 'import os; os.fork() or os._exit(0); os.waitid(os.P_ALL, 0, {{}})'"


@pytest.mark.parametrize(
    ("asked", "line", "answer"),
    [
        ("[len(p.sets('x')) for p in processes]", "x=1; (x=2); x=3", [2, 1]),
        ("any(p.collected for p in processes[2:])", WAITS.format("os.WEXITED"), True),
        ("any(p.collected for p in processes[2:])", WAITS.format("os.WEXITED | os.WNOWAIT"), False),
        # A value that is put into a word, by the shell or its copy.
        ("shell['A']", "A=0; A=1 sh -c :", "0"),
        ("bool(shell.expands('A', '1'))", "A=1; echo $A", True),
        ("bool(shell.expands('A'))", "A=1; echo 1", False),
        ("in_trap('SIGUSR1', anyone.writes())", "trap 'echo got' USR1; kill -USR1 $$", True),
        ("in_trap('SIGUSR1', anyone.writes())", "trap : USR1; kill -USR1 $$; echo got", False),
        # A printed text was read by its printer, or by the process that passed it on.
        ("any(p.got('Uid:') for p in processes if p.output)", "grep Uid: /proc/self/status", True),
        (
            "any(p.got('Uid:') for p in processes if p.output)",
            "x=$(grep Uid: /proc/self/status); /bin/echo $x",
            True,
        ),
        (
            "any(p.got('Uid:') for p in processes if p.output)",
            "grep Uid: /proc/self/status >/dev/null; /bin/echo Uid:",
            False,
        ),
        # A pipe and a FIFO are found by what goes through them.
        ("bool(echo.pipes_written('x') & cat.pipes_read('x'))", "/bin/echo x | cat", True),
        (
            "bool(echo.pipes_written('x') & cat.pipes_read('x'))",
            "mkfifo p; /bin/echo x >p & cat p; wait",
            True,
        ),
        ("echo.pipes_written()", "/bin/echo x >f", set()),
        ("bool(echo.writes_into('f', 'x'))", "/bin/echo x >f", True),
    ],
)
def test_the_record_of_a_line_answers_what_it_did(asked, line, answer):
    assert value(asked, perform_line(line)) == answer


def test_a_signal_that_the_shell_takes_while_it_waits_is_received():
    line = "trap '/bin/echo got it' USR1; (kill -USR1 $$) & wait"
    # The child begins only when the shell sleeps in its wait.
    seen = perform_line(line, order=YOUNGEST_FIRST)
    assert value("before(anyone.sends('SIGUSR1'), shell.gets_signal('SIGUSR1'))", seen)
    assert seen.output == "got it\n"


NAMES = """
cp /bin/sh 'sleep 2'; cp /bin/sh shell; cp /bin/sh you
./'sleep 2' -c :; ./shell -c :; ./you -c :; sleep 0; sleep 0
"""


@pytest.mark.usual
def test_programs_called_like_numbers_and_roles_have_names_of_their_own():
    names = perform_line(NAMES).names
    assert names[-5:] == ("sleep 2", "shell 2", "you", "sleep", "sleep 3")
    assert [in_words(name) for name in names[-4:-2]] == ["`shell 2`", "`you`"]
    assert not {YOU, REAPER} & {*names}


# A verdict.


A_THEN_B = r"output == 'a\nb\n'"
TOGETHER = some("", ("together(processes[1], processes[2])", "they are not"), in_some_order=True)
BOTH_FIRST = r"""all(before(p.ends, anyone.writes('done\n')) for p in processes[1:3])"""


def verdict(expect, line, seconds=60.0):
    return judged({"it": expect}, line, perform_line(line), seconds)


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & wait; sh -c 'echo b'"),
        (A_THEN_B, "mkfifo p; sh -c 'echo a; echo >p' & read x <p; sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait; echo done"),
        (r"'b\n' in file('f')", "echo aa >>f & echo b >>f; wait"),
        (TOGETHER, "sleep 0 & sleep 0.1 & wait"),
    ],
)
def test_a_line_that_is_right_in_every_order_is_accepted(expect, line):
    assert verdict(expect, line).holds, verdict(expect, line).because


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & sleep 0.2; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & sh -c 'echo b'"),
        # A poll that finds a fast child is no wait for it.
        (A_THEN_B, "sh -c 'echo a' & kill -0 $!; sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %1; echo done"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %2; echo done"),
        (r"'aa\n' in file('f')", "echo aa >f & echo b >f; wait"),
        ("len(anyone.writes('b')) == 1", "(sleep 0.1; kill -9 $$) & sleep 0.3; echo b"),
        # A child is late, however many processes began before.
        ("anyone.writes('b')", f"{'(:); ' * 20} echo a >f & sleep 0.3; test -s f && echo b"),
        ("returns", "mkfifo f; cat <f & sleep 0.1; cat f & sleep 0.1; echo hi >f; wait"),
        (TOGETHER, "sleep 0 & wait; sleep 0"),
    ],
)
def test_a_line_that_is_right_in_one_order_only_is_refused(expect, line):
    assert verdict(expect, line).failed


@pytest.mark.usual
def test_a_refused_line_comes_with_the_run_that_breaks_it():
    refused = verdict(A_THEN_B, "sh -c 'echo a' & sleep 0.1; sh -c 'echo b'")
    assert refused.breaking.output == "b\na\n"
    # A line with one order is tried once.
    assert not verdict(r"output == 'a\nb\n'", "echo a; echo b").scope


def test_the_scope_says_which_orders_were_tried():
    # The search knows nothing of causes and programs.
    assert verdict("anyone.execs('cat')", "true | cat").scope.startswith(
        "This was so in three runs"
    )
    assert verdict(r"output == 'b\n'", "true & echo b; wait").scope == (
        "This is so in every order: all outputs were computed."
    )


@pytest.mark.parametrize(
    "outcomes", [([], False), (NotObservable("no private world"), False)], ids=["other", "refused"]
)
def test_a_search_without_the_outputs_of_the_runs_decides_nothing(monkeypatch, outcomes):
    found, is_complete = outcomes

    def search(*_):
        if isinstance(found, Exception):
            raise found
        return found, is_complete

    monkeypatch.setattr(typed_line, "outcomes_of_line", search)
    verdict_ = verdict(r"output == 'b\n'", "true & echo b; wait")
    assert verdict_.holds
    assert verdict_.scope.endswith("Not every order was tried.")


def test_what_a_fifo_may_force_could_not_be_judged():
    line = "mkfifo p; (sh -c 'echo a'; echo >p) & read x <p; sh -c 'echo b'"
    found = verdict(r"before(anyone.writes('a\n'), anyone.writes('b\n'))", line)
    assert found.doubt.startswith("a FIFO may force this order")
    assert (found.holds, found.failed) == (False, {})


@pytest.mark.parametrize(
    ("lesson", "line", "signs"),
    [
        ("daemonize", "true", "✗✗✗✗✗"),
        ("daemonize", "setsid sh -c 'sleep 1000 & wait' &", "✓✓✓✗✗"),
        ("rule-3-parallel", "sleep 0.1 & sleep 0.1 &", "✓✓✗"),
        ("stop-and-continue", "sleep 1000 & kill -STOP $!; wait", "✓✗✗"),
        ("jobs-and-terminal", "cat &", "✓✗"),
        ("jobs-and-terminal", "cat | cat &", "✓✓"),
        ("pipe-hang", "x=$(sleep 1000 >/dev/tty & echo started); echo $x", "✓✓✓"),
    ],
)
def test_a_line_of_a_lesson_is_judged_claim_by_claim(lesson, line, signs):
    task = next(step for step in Library().find(lesson).steps if isinstance(step, Try))
    found = judged(task.asks, line, perform_line(line))
    assert "".join("✓" if one.holds else "✗" for one in found.claims.values()) == signs
    assert found.holds is ("✗" not in signs)
