"""`lesson check` types the lines of a task one by one into an interactive simpsh."""

import os
import signal
from pathlib import Path

from simpsh.base.events import Exit
from simpsh.cli import typed_line
from simpsh.cli.typed_line import type_lines
from simpsh.course.lesson.task_lines import TaskLine
from simpsh.course.run import demonstration_monitor, prompt_monitor
from simpsh.process.process_tree import family
from tests.course.lesson_files import check_whole, failures, write_lesson


def type_line(line):
    (seen,) = type_lines([line])
    return seen


def test_a_line_is_run_by_a_shell_of_its_task_with_job_control_on_a_terminal(tmp_path, monkeypatch):
    # The test waits for the shell's own prompt, not for this one.
    monkeypatch.setenv("PS1", "(.venv) ")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    here = os.getcwd()
    seen = type_line("sleep 1000 & printf 'a\\n' | cat; test -t 0 && jobs; cd /; A=1; : >file")
    assert seen.names[0] == "shell"
    assert {"sleep", "printf", "cat"} <= set(seen.names)
    assert seen.output.startswith("a\n")
    assert "Running" in seen.output
    assert "sleep 1000" in seen.output
    assert not seen.hangs
    assert set(seen.left) == {"shell", "sleep"}
    # Neither the next task nor a history contains anything from this line.
    seen = type_line("jobs; echo [$A]; ls -A")
    assert seen.output == "[]\n"
    assert list(Path(tmp_path).iterdir()) == []
    assert os.getcwd() == here


def test_a_line_runs_in_the_shell_of_the_line_before_unless_that_ended_it():
    # Lines that leave the prompt and commands of the lesson are not judged.
    lines = ["A=1", "echo [$A]", "exit", "echo [$A]", "exit 3", ":hint"]
    set_it, shown, left, after, *others = type_lines(lines)
    assert set_it is not None
    assert others == [None, None]
    assert shown.output == "[1]\n"
    assert shown.names == ("shell", "echo")
    assert left is None
    assert after.output == "[]\n"


def test_jobs_that_never_rest_do_not_keep_later_lines_from_being_judged():
    # With two of them, the tracer always has a status to take.
    busy = ["yes | cat >/dev/null &", "yes >/dev/null &"]
    *jobs, full, last = type_lines([*busy, "yes | sleep 1000 &", "echo end"])
    assert None not in jobs
    assert full is not None
    # The line's own writer has filled its pipe.
    looks = full.moments["end"].looks.items()
    assert [name for name, look in looks if name.startswith("yes") and look.state == "S"]
    assert last is not None
    assert last.output == "end\n"


def test_a_line_that_stops_or_ends_a_job_that_never_rests_is_judged_after_it_has():
    # A process that does not run when it is signalled acts later than the shell.
    jobs = ["nice -n 19 yes >/dev/null &"] + ["while :; do :; done &"] * 3
    *_, stopped, ended = type_lines([*jobs, "kill -STOP %1", "kill -KILL %1"])
    states = {look.state for look in stopped.moments["end"].looks.values()}
    assert "T" in states
    assert [event for event in ended.events if isinstance(event.what, Exit)]


def test_a_solution_that_a_wrong_line_spoils_or_that_works_only_outside_a_prompt_is_refused(
    tmp_path,
):
    tasks = """Try("Let the child have A.", {"1": r"output == '1\\n[]\\n'"}, hint="h",
        solution="A=1 sh -c 'echo $A'; echo [$A]", wrong={"A=1; sh -c 'echo $A'; echo [$A]": "w"}),
        Try("Do it.", {"cat": "anyone.execs('cat')"}, hint="h",
        solution="test -t 0 || printf a | cat", wrong={"printf a | cat": "w", "exit": "w"})"""
    write_lesson(tmp_path, "tried", tasks)
    (report,) = check_whole(tmp_path, run_lines=type_lines).lessons
    refused = [(kind, step) for kind, step, _ in failures(report)]
    assert refused == [("try", 1), ("try", 2), ("line", 2), ("line", 2)]


def test_a_line_of_a_corpus_finds_nothing_of_the_line_before(tmp_path):
    task = """Try("Print A.", {"1": r"output == '1\\n'"}, hint="h", solution="A=1; echo $A",
        wrong={"echo 2": "w"})"""
    write_lesson(tmp_path, "tried", task)
    lines = {"A=1": False, "echo $A": False, "trap 'echo 1' EXIT": False, "A=1; echo $A": True}
    typed = [TaskLine("tried", 1, is_right, line) for line, is_right in lines.items()]
    (report,) = check_whole(tmp_path, strangers=typed, run_lines=type_lines).lessons
    assert len(report.checks) == len(lines)
    assert failures(report) == []


def test_a_line_that_waits_forever_hangs_and_the_shell_returns():
    for line, names in (
        ("x=$(sleep 1000 & echo started)", {"sleep", "echo"}),
        ("sh -c 'sleep 1000 & echo started' | tee out", {"sleep", "tee", "sh"}),
        ("mkfifo f; echo hi >f; cat <f", {"mkfifo"}),
    ):
        seen = type_line(line)
        assert seen.hangs
        assert names <= set(seen.names)
        assert seen.output in ("", "started\n")


def test_a_shell_has_default_signals_even_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        seen = type_line("grep SigIgn /proc/self/status")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not int(seen.output.split()[1], 16) & 1 << signal.SIGHUP - 1


def test_a_shell_that_opens_a_fifo_itself_and_alone_hangs_at_once(monkeypatch):
    monkeypatch.setattr(prompt_monitor, "_PATIENCE_SECONDS", 1000)
    seen = type_line("mkfifo f; exec 3<f")
    assert seen.hangs
    assert isinstance(seen.events[-1].what, Exit)


def test_an_open_of_a_fifo_that_is_answered_soon_does_not_hang():
    seen = type_line("mkfifo f; cat <f & sleep 2.5; echo hi >f; wait")
    assert not seen.hangs
    assert seen.output == "hi\n"


def test_a_line_that_is_ended_at_the_deadline_leaves_no_process(monkeypatch):
    monkeypatch.setattr(typed_line, "_DEADLINE_SECONDS", 1)
    before = [one.process.pid for one in family(os.getpid())]
    line = "(trap '' TERM HUP; sleep 1000) & sleep 1000 & while :; do sleep 30; done"
    assert type_line(line) is None
    assert [one.process.pid for one in family(os.getpid())] == before


def test_the_limits_of_the_record_hold_for_each_line(monkeypatch):
    monkeypatch.setattr(demonstration_monitor, "_KEPT_BYTES", 3000)
    monkeypatch.setattr(demonstration_monitor, "_MOST_EVENTS", 200)
    lines = ["seq 100 | cat | tail -n 1", "printf '%s\\n' a b | cat | cat"] * 3
    assert [seen.output for seen in type_lines(lines)] == ["100\n", "a\nb\n"] * 3
