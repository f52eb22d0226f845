"""^C and ^Z in loops, conditions and functions; compound commands as jobs."""

from __future__ import annotations

import pytest

from tests.shell.jobs.prompt import job_line
from tests.support.processes import descendants_of, name_of, state_of

STOPPED = "Stopped (SIGTSTP)"


def test_interrupt_ends_the_line_in_any_construct(prompt):
    for line in (
        "while :; do sleep 100; printf 'no\\n'; done; printf 'no\\n'",
        "for i in 1 2; do if sleep 100; then printf 'no\\n'; fi; done",
        "f() { sleep 100; printf 'no\\n'; }; until f; do f; done",
        "case x in x) sleep 100; printf 'no\\n';; esac || printf 'no\\n'",
    ):
        prompt.begin(line, "sleep")
        assert prompt.end("C-c") == "^C"
        assert descendants_of(prompt.pid) == []
        assert prompt.status() == 130
    for line in (
        "for i in 1 2; do x=$(sleep 100); printf 'no\\n'; done",
        "seq 3 | while read x; do sleep 100; printf 'no\\n'; done; printf 'no\\n'",
    ):
        prompt.begin_below(line, "sleep")
        assert prompt.end("C-c") == "^C"
        assert descendants_of(prompt.pid) == []
        assert prompt.status() == 130
    # A loop without processes; the program of the first round shows that the loop runs.
    prompt.send("for i in 1; do printf 'r\\n'; done; while :; do :; done; printf 'no\\n'\r")
    prompt.wait(r"^r$")
    prompt.wait_until(
        lambda: prompt.owns_the_terminal() and not prompt.children(), "the loop never ran"
    )
    assert prompt.end("C-c") == "r\n^C"
    assert prompt.status() == 130
    # If a program catches the interrupt, the loop continues.
    prompt.fresh()
    program = 'sh -c \'trap "exit 3" INT; printf "r\\n"; sleep 100 & wait\''
    prompt.send(f"for i in 1 2; do {program}; printf '%s %s\\n' $i $?; done\r")
    prompt.wait(r"^r$")
    prompt.key("C-c")
    prompt.wait(r"^\^C1 3\nr$")
    assert prompt.end("C-c").endswith("^C1 3\nr\n^C2 3")


def test_stop_ends_the_enclosing_loops_and_the_line_continues(prompt):
    """As in bash; dash starts the next iteration."""
    for number, line in enumerate(
        (
            "for i in 1 2; do sleep 100; printf 'no\\n'; done; printf '%s\\n' $? $i",
            "for i in 1 2; do while sleep 100; do :; done; : no; done; printf '%s\\n' $? $i",
            "for i in 1 2; do if sleep 100; then :; else : no; fi; done; printf '%s\\n' $? $i",
        ),
        start=1,
    ):
        group = prompt.begin(line, "sleep")
        notice = job_line(number, "+", STOPPED, "sleep 100")
        assert prompt.end("C-z").endswith(f"^Z\n{notice}\n148\n1")
        assert state_of(group) == "T"
    # The commands after a function or a condition run.
    prompt.begin("f() { sleep 100; printf 'f%s\\n' $?; }; f; printf 'end\\n'", "sleep")
    assert prompt.end("C-z") == f"^Z\n{job_line(4, '+', STOPPED, 'sleep 100')}\nf148\nend"
    prompt.begin("if sleep 101; then :; else printf 'else %s\\n' $?; fi", "sleep")
    assert prompt.end("C-z") == f"^Z\n{job_line(5, '+', STOPPED, 'sleep 101')}\nelse 148"


@pytest.mark.parametrize("engine", ["fork", "spawn"])
def test_a_loop_in_a_pipeline_is_a_job_that_stops_and_continues(start, engine):
    prompt = start("--engine", engine)
    text = "cat | while read x; do printf '<%s>\\n' $x; done"
    prompt.send(text + "\r")
    prompt.wait_until(lambda: len(descendants_of(prompt.pid)) == 2, "no pipeline")
    prompt.send("one\r")
    prompt.wait(r"^<one>$")
    prompt.wait_until(lambda: len(descendants_of(prompt.pid)) == 2, "printf never ended")
    members = descendants_of(prompt.pid)
    prompt.wait_states(members, "S")
    assert prompt.end("C-z").endswith(job_line(1, "+", STOPPED, text))
    assert {state_of(pid) for pid in members} == {"T"}
    assert prompt.status() == 148
    prompt.resume("fg", members)
    prompt.send("two\r")
    prompt.wait(r"^<two>$")
    prompt.end("C-d")
    assert prompt.status() == 0


def test_a_construct_in_the_background_is_a_job_with_its_text(prompt):
    for text, definition in (
        ("while :; do sleep 100; done &", ""),
        ("if sleep 100; then :; fi &", ""),
        ("case x in *) sleep 100;; esac &", ""),
        ("f &", "f() { sleep 100; }; "),
    ):
        prompt.behind(definition + text)
        prompt.wait_until(lambda: "sleep" in map(name_of, descendants_of(prompt.pid)), "no sleep")
        assert prompt.run("jobs") == job_line(1, "+", "Running", text)
        prompt.run("kill %1; wait %1")
        assert prompt.run("jobs") == ""
