"""Lines of tasks are judged over every order; a sleep, a loop or luck does not suffice."""

import os
import re
import signal
import sys
from errno import ETIMEDOUT

import pytest

from simpsh.base.events import Call, Exit, Read, Reap, Stop, Write
from simpsh.cli.typed_line import type_lines
from simpsh.course.claims.line_claims import (
    LineRun,
    TaskClaims,
    Variation,
    asked,
    printed,
    prints_the_status,
)
from simpsh.course.claims.observation import StuckOutput
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run import line_orders
from simpsh.course.run.line_orders import judged, perform_line
from simpsh.course.run.search_progress import in_part, reporting_to
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.course.records import Explore, Shell, Try, program

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test runs a line in many orders")]


A_THEN_B = r"before(anyone.writes('a\n'), anyone.writes('b\n')) and output == 'a\nb\n'"
SLEEPS = ("nanosleep", "clock_nanosleep")
NO_VARIATION = Variation()
BOTH_FIRST = r"""all(before(p.ends, anyone.writes('done\n')) for p in processes[1:])"""


def verdict(expect, line, seconds=60.0, variation=NO_VARIATION):
    task = TaskClaims({"it": expect}, variation)
    return judged(task, line, perform_line(line), seconds)


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & wait; sh -c 'echo b'"),
        # A FIFO orders the processes although the record has no chain of causes.
        (A_THEN_B, "mkfifo p; sh -c 'echo a; echo >p' & read x <p; sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait; echo done"),
        (r"'b\n' in file('f')", "echo aa >>f & echo b >>f; wait"),
    ],
)
def test_a_line_that_is_right_in_every_order_is_accepted(expect, line):
    assert verdict(expect, line).holds, verdict(expect, line).because


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & sleep 0.2; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %1; echo done"),
        (r"'aa\n' in file('f')", "echo aa >f & echo b >f; wait"),
        ("len(anyone.writes('b')) == 1", "(sleep 0.1; kill $$) & sleep 0.3; echo b"),
        ("returns", "mkfifo f; cat <f & sleep 0.1; cat f & sleep 0.1; echo hi >f; wait"),
    ],
)
def test_a_line_that_is_right_in_one_order_only_is_refused(expect, line):
    assert not verdict(expect, line).holds


@pytest.mark.usual
def test_a_refused_line_comes_with_the_run_that_breaks_it():
    refused = verdict(A_THEN_B, "sh -c 'echo a' & sleep 0.1; sh -c 'echo b'")
    assert refused.breaking.output == "b\na\n"
    # A line with one order is tried once.
    assert not verdict(r"output == 'a\nb\n'", "echo a; echo b").scope


def test_unexplored_parts_are_reported():
    of_record = verdict("anyone.execs('cat')", "true | cat").scope
    assert re.fullmatch(
        r"This is so in the orders that were tried, \d; not every order was\.", of_record
    )
    every = verdict(r"output == 'b\n'", "true & echo b; wait").scope
    assert re.fullmatch(
        r"This is so in every order \(\d were run; all outputs were computed\)\.", every
    )


def test_an_answer_without_time_has_tried_fewer_orders():
    counts = []
    task = TaskClaims({"it": r"output == 'b\n'"})
    line = "true & echo b; wait"
    found = judged(task, line, perform_line(line), 0.0, counts.append)
    assert found.scope == "This is so in the orders that were tried, 2; not every order was."
    assert counts == [1]


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        ("sh -c 'exit 7'; echo $?", True),
        ("sh -c 'sh -c \"exit 7\"; echo $?'", True),
        ("sh -c 'exit 7'; echo 7", False),
        ("sh -c 'exit 7'; [ $? = 7 ] && echo 7", False),
    ],
)
def test_a_status_must_come_from_a_wait(line, is_right):
    found = verdict(prints_the_status(7), line, variation=Variation(alters_statuses=True))
    assert found.holds is is_right


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        ("x=5; echo $x", True),
        ("x=5; echo 5", False),
        ("echo $((2+3))", True),  # nothing can be drawn, so nothing is known
    ],
)
def test_a_typed_value_is_drawn_again(line, is_right):
    drawn = Variation({r"""\bx=["']?(5)\b""": "{}"})
    asks = printed("5\n", lambda values: f"{values[0] or 5}\n")
    assert verdict(asks, line, variation=drawn).holds is is_right


@pytest.mark.usual
def test_a_withheld_signal_shows_what_comes_from_it():
    def only_by_signal(line):
        return "" if line.varied is None or not line.varied.output else "it printed without it"

    withheld = Variation(withheld="SIGUSR1")
    trapped = "trap 'echo got' USR1; kill -USR1 $$"
    assert verdict(asked(only_by_signal), trapped, variation=withheld).holds
    typed = "trap : USR1; kill -USR1 $$; echo got"
    assert not verdict(asked(only_by_signal), typed, variation=withheld).holds


def passes_on(line):
    return line.is_passed_on("Uid:")


def zero_became(line):
    return line.became("A", "0")


def child_is_collected(line):
    return line.collected(line.children(line.others[0])[0]) is not None


WAITS = f"{sys.executable} -c 'import os; os.fork() or os._exit(0); os.waitid(os.P_ALL, 0, {{}})'"


@pytest.mark.parametrize(
    ("ask", "line", "answer"),
    [
        (lambda line: line.assigned("shell", "x"), "x=1; (x=2); x=3", ["1", "3"]),
        (lambda line: line.assigned("shell.1", "x"), "x=1; (x=2); x=3", ["2"]),
        (child_is_collected, WAITS.format("os.WEXITED"), True),
        (child_is_collected, WAITS.format("os.WEXITED | os.WNOWAIT"), False),
        # Another value of the shell's own variable, not of a command or a copy.
        (zero_became, "A=0; A=1 sh -c :", ""),
        (zero_became, "A=0; (A=1)", ""),
        (zero_became, "A=0; A=1; A=0", "1"),
        (zero_became, "A=0; export A=1", "1"),
        # A printed text was read by its printer, or by the process that passed it on.
        (passes_on, "grep Uid: /proc/self/status", True),
        (passes_on, "x=$(grep Uid: /proc/self/status); /bin/echo $x", True),
        (passes_on, "while read -r x; do (/bin/echo $x); done </proc/self/status", True),
        (passes_on, "grep Uid: /proc/self/status >/dev/null; /bin/echo Uid:", False),
    ],
)
def test_the_record_of_a_line_answers_what_it_did(ask, line, answer):
    assert ask(LineRun(perform_line(line), None)) == answer


def test_a_pipe_and_a_fifo_are_found_by_what_goes_through_them():
    for line in ("/bin/echo x | cat", "mkfifo p; /bin/echo x >p & cat p; wait"):
        seen = LineRun(perform_line(line), None)
        write, read = (
            next(index for index, _, what in seen.events(kind, name) if what.text == "x\n")
            for kind, name in ((Write, "echo"), (Read, "cat"))
        )
        assert seen.pipe_of(write) == seen.pipe_of(read) != ""
    into_a_file = LineRun(perform_line("/bin/echo x >f"), None)
    (write,) = (index for index, *_ in into_a_file.events(Write))
    assert not into_a_file.pipe_of(write)


def test_a_task_about_the_terminal_is_judged_by_its_run_at_the_prompt():
    def stopped(line):
        """SIGTTIN stops a process."""
        return "" if [*line.events(Stop)] else "nothing was stopped"

    task = TaskClaims({"it is stopped": asked(stopped)}, at_prompt_only=True)
    for line, is_right in (("cat &", True), ("sleep 1000 &", False)):
        (seen,) = type_lines([line])
        found = judged(task, line, seen)
        assert found.holds is is_right
        assert found.scope.startswith("This was so in your run.") is is_right


def test_what_an_earlier_line_has_left_is_no_part_of_a_line():
    _, second = type_lines(["(sleep 0.3; /bin/echo here) &", "sleep 0.6"])
    assert second.output == "here\n"
    line = LineRun(second, None)
    assert (line.output, line.others, line.first_write("here")) == ("", ("sleep",), None)


def test_a_fresh_shell_has_nothing_of_an_earlier_line():
    def sees_it(line):
        """Whether x is set."""
        return "" if line.output == "1\n" else "no x"

    fresh = TaskClaims({"x": asked(sees_it, of_varied=True)}, Variation(is_fresh=True))
    _, kept, own = type_lines(["x=1", "echo $x", "x=1; echo $x"])
    assert not judged(fresh, "echo $x", kept).holds
    assert judged(fresh, "x=1; echo $x", own).holds


def test_a_line_runs_again_with_job_control_as_at_the_prompt():
    assert perform_line("sleep 100 & kill -- -$!; wait $!; echo $?").output == "143\n"
    assert perform_line("sleep 9 & kill %%; wait %%; echo $?").output == "143\n"


def test_a_signal_that_the_shell_takes_while_it_waits_is_received_and_can_be_withheld():
    line = "trap '/bin/echo got it' USR1; (kill -USR1 $$) & wait"
    # The child begins only when the shell sleeps in its wait.
    seen = LineRun(perform_line(line, late=(1,)), None)
    (received,) = seen.receives(seen.shell, "SIGUSR1")
    (sent, *_) = seen.sends("SIGUSR1")[0]
    assert seen.is_caused(sent, received)
    assert seen.output == "got it\n"
    assert not perform_line(line, late=(1,), variation=Variation(withheld="SIGUSR1")).output


def test_messages_of_the_shell_are_no_output():
    _, first, second = type_lines(
        ["true", "nosuch; read x < <(echo a); echo $x >&2", "sleep 9 & :"]
    )
    assert (first.output, second.output) == ("a\n", "")


# Every order that the kernel may choose, and the orders that this machine chooses.


NATIVE = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 20


@pytest.mark.usual
def test_a_race_has_two_outputs_and_an_order_for_each():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert set(found.possible) == {"child parent ", "parent child "}
    assert found.is_complete
    assert found.names == ("parent", "child")
    for text, steps in found.possible.items():
        assert (steps[0].process, steps[0].words) == ("parent", "forks child")
        whats = [step.event for step in steps if step.event is not None]
        assert "".join(what.text for what in whats if isinstance(what, Write)) == text
        assert [type(what) for what in whats if isinstance(what, Exit | Reap)] == [Exit, Reap, Exit]
    # The outcomes of free runs are counted.
    assert sum(found.seen.values()) == found.native == NATIVE
    assert set(found.seen) <= set(found.possible)


@pytest.mark.usual
def test_a_process_that_can_never_continue_is_part_of_the_outcome():
    found = perform(Explore(demo.nobody_writes, id="x", native=2))
    assert set(found.possible) == {StuckOutput("x")}
    assert set(found.seen) == {StuckOutput("x")}
    assert found.names == ("parent", "child")


def test_the_result_of_a_search_is_cached_until_it_is_cleared():
    step = Explore(demo.race, id="x", native=1)
    found = perform(step)
    assert perform(step) is perform(Explore(demo.race, id="another", native=1)) is found
    line_orders.forget()
    # Knowledge of the interpreter from the first search changes nothing.
    again = perform(step)
    assert again is not found
    assert (again.possible, again.flags, again.is_complete) == (found.possible, (), True)


def test_a_line_that_hangs_is_refused_without_the_names_of_kernel_calls():
    lesson = Library().find("stop-and-continue")
    task = next(step for step in lesson.steps if isinstance(step, Try))
    line = "sleep 1000 & kill -STOP $!; wait"
    refused = judged(task.claims_of_line, line, type_lines((line,))[0]).failed
    assert [claim.instead for claim in refused] == [
        "SIGKILL ended no process that was stopped",
        "the line hangs",
    ]


@pytest.mark.parametrize(
    ("lesson", "line", "signs"),
    [
        # There is no process of which the later sub-claims could fail.
        ("daemonize", "true", "✗–––– "),
        ("shell-loop", "exec true", "✗– "),
        # The processes exist, so the sub-claims about them are judged.
        ("daemonize", "setsid sh -c 'sleep 1000 & wait' &", "✓✓✓✗✗ "),
        ("rule-3-parallel", "sleep 0.1 & sleep 0.1 &", "✓✓✗ "),
        # The line was not run without the signal, or with another value.
        ("signals-handlers", "echo got it", "✗– "),
        ("status-word", "sh -c 'kill -9 $$'; echo $?", "–✗ "),
    ],
)
def test_a_sub_claim_about_nothing_is_not_shown_as_true(lesson, line, signs):
    task = next(step for step in Library().find(lesson).steps if isinstance(step, Try))
    verdict = judged(task.claims_of_line, line, type_lines((line,))[0])
    seen = ["–" if one.is_unseen else "✓" if one.holds else "✗" for one in verdict.claims]
    assert "".join(seen) == signs.strip()
    assert not verdict.holds


def test_a_line_that_uses_the_own_terminal_gets_no_verdict_about_other_orders():
    lesson = Library().find("pipe-hang")
    task = next(step for step in lesson.steps if isinstance(step, Try))
    line = "x=$(sleep 1000 >/dev/tty & echo started); echo $x"
    verdict = judged(task.claims_of_line, line, type_lines((line,))[0])
    assert [claim.holds for claim in verdict.claims] == [True] * 3
    assert "its runs in other orders have no terminal" in verdict.because
    assert (verdict.holds, verdict.order) == (False, "")


def test_a_search_reports_its_phases_and_each_run(capfd):
    step = Explore(Shell("echo a"), id="progress")
    with reporting_to(lambda words: os.write(2, f"{words};".encode())), in_part(2, 3):
        line_orders.search(step, 2)
    seen = capfd.readouterr().err.split(";")
    assert seen[:2] == ["2 of 3", "2 of 3: the first run"]
    # Runs that confirm an order, or try another time of day, are counted, too.
    runs = [words for words in seen if words.endswith(" in chosen orders")]
    assert len({*runs}) > 1
    assert seen[-3:] == ["2 of 3: 1 of 2 free runs", "2 of 3: 2 of 2 free runs", ""]


def test_a_call_that_sleeps_shows_its_time():
    seen = perform_line("sleep 0.01; timeout 9.5 true", calls=frozenset(("timer_settime", *SLEEPS)))
    calls = [event.what for event in seen.events if isinstance(event.what, Call)]
    # Newer coreutils round up to whole nanoseconds.
    assert pytest.approx(0.01) in [call.args[-1] for call in calls if call.name in SLEEPS]
    assert pytest.approx(9.5) in [call.args[-1] for call in calls if call.name == "timer_settime"]


def test_a_poll_that_finds_a_fast_child_is_no_wait_for_it():
    line = "sh -c 'echo a' & kill -0 $!; sh -c 'echo b'"
    fast = perform_line(line, order=line_orders.CHILDREN_FIRST)
    assert fast.output.splitlines()[0] == "a"
    found = judged(TaskClaims({"a, then b": A_THEN_B}), line, fast)
    assert found.order == "In another order, `sh 2` writes “b”, then `sh` writes “a”."


LIMITED = (
    "import select, signal, threading; select.select([], [], [], 0.01); select.poll().poll(20); "
    "signal.alarm(3); signal.setitimer(signal.ITIMER_REAL, 4.5); signal.alarm(0); "
    "threading.Event().wait(0.03)"
)
LIMITS = frozenset(("select", "pselect6", "poll", "ppoll", "alarm", "setitimer", "futex"))


def test_a_limit_is_the_time_that_was_asked_for_not_the_time_that_passed():
    seen = perform_line(f"{sys.executable} -c '{LIMITED}'", calls=LIMITS)
    calls = [event.what for event in seen.events if isinstance(event.what, Call)]
    asked = [call.args[-1] for call in calls if call.name in LIMITS - {"futex"}]
    assert asked == [pytest.approx(0.01), pytest.approx(0.02), 3, 4.5, 0]
    # The end of this wait is named by a clock, and some of the time has passed.
    ends = [call.args[-1] for call in calls if call.name == "futex" and call.errno == ETIMEDOUT]
    assert [0 < one <= 0.03 for one in ends] == [True]


seen: list[int] = []


def says(*_):
    os.write(1, b"told ")


def notes(number, _frame):
    seen.append(number)


def demonstration():
    signal.signal(signal.SIGUSR1, says)


def with_a_handler_inside():
    came = []
    signal.signal(signal.SIGUSR1, lambda *_: came.append(1))


def with_a_list():
    signal.signal(signal.SIGUSR1, notes)


def test_a_handler_that_uses_no_variable_is_distinguished_from_one_that_does():
    texts = [
        program(demonstration, also=[says]).source,
        program(with_a_handler_inside).source,
        program(with_a_list, also=[notes]).source,
    ]
    verdicts = [line_orders.handlers_use_nothing(text) for text in texts]
    assert verdicts == [True, False, False]
