"""^C and ^Z in loops, conditions and functions; compound commands as jobs."""

from __future__ import annotations

import pytest

from tests.harness.process import descendants_of, name_of, state_of
from tests.harness.sh import SIMPSH, Shell, run
from tests.shell.jobs.prompt import job_line

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


@pytest.mark.parametrize(
    "cases",
    [
        {
            # The line, and what is printed as not run.
            "sleep 100; echo a & echo b": "echo a & echo b",
            "sleep 100 && echo a || echo b; echo c": "echo a || echo b; echo c",
            "{ sleep 100; echo a; } >/dev/null; echo b": "echo a; echo b",
            "f() { sleep 100; echo a; }; f; echo b": "the rest of f; echo b",
            "g() { sleep 100; }; g && echo b": "echo b",
            "! sleep 100": "",
            "case a in a) sleep 100; echo a;; esac; echo b": "echo a; echo b",
        },
        {
            "for i in 1 2; do sleep 100; echo $i; done; echo b": (
                "the rest of 'for i in 1 2; do sleep 100; echo $i; done'; echo b"
            ),
            "while sleep 100; do echo a; done": "the rest of 'while sleep 100; do echo a; done'",
            "if sleep 100; then echo a; fi; echo b": (
                "the rest of 'if sleep 100; then echo a; fi'; echo b"
            ),
            "eval 'sleep 100; echo a'; echo b": "the rest of the text of eval; echo b",
            "eval 'sleep 100'; echo b": "echo b",
            "printf 'sleep 100\\necho a\\n' >f; . ./f; echo b": "the rest of ./f; echo b",
            "trap 'sleep 100; echo a' USR1; kill -USR1 $$; echo b": (
                "the rest of the trap's action; echo b"
            ),
        },
    ],
    ids=["lists", "constructs"],
)
def test_the_rest_of_a_list_is_discarded_and_printed_when_a_job_stops(prompt, cases):
    prompt.run("PS4=; cd $(mktemp -d)")
    for line, not_run in cases.items():
        group = prompt.begin(line, "sleep")
        answer = prompt.end("C-z")
        words = " ".join(answer.split())
        assert words.startswith("^Z [1]+ Stopped (SIGTSTP) sleep 100"), line
        told = f"not run, because the job was stopped: {not_run}" if not_run else ""
        assert words.partition("sleep 100")[2].removeprefix(" simpsh: ") == told, line
        assert prompt.status() == 148
        assert state_of(group) == "T"
        prompt.run("kill -KILL %1; wait 2>/dev/null")
        prompt.fresh()


def test_the_commands_after_the_fg_of_a_background_job_run(prompt):
    prompt.run("sleep 100 &")
    prompt.begin("fg; echo after $?", "sleep")
    assert prompt.end("C-z").endswith(f"{job_line(1, '+', STOPPED, 'sleep 100')}\nafter 148")
    # It is now a suspended job. bg sets `$!`, and wait does not return because it is stopped.
    prompt.run("sleep 101 &")
    assert prompt.run("bg %1; [ $! = $(jobs -p %1) ] && echo known").endswith("known")
    prompt.send("kill -STOP %1\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)    sleep 100$")
    prompt.send("wait $!; echo no\r")
    prompt.wait(r"^simpsh: wait: %1 is stopped; \^C ends the wait, then 'bg %1' continues the job$")
    assert prompt.end("C-c").endswith("^C")
    assert prompt.status() == 130


@pytest.mark.parametrize("engine", ["fork", "spawn"])
def test_a_script_with_job_control_discards_the_rest_of_a_list(engine):
    script = """set -m
    sh -c 'kill -STOP $$; exit 3'; echo no
    echo $?; bg >/dev/null; wait $!; echo $?
    sh -c 'kill -TSTP $$' && echo no
    for i in 1 2; do sh -c 'kill -TTIN $$' | cat; done; echo no
    kill -KILL %1 %2; wait; echo end"""
    answer = run(Shell("simpsh", (*SIMPSH.argv, "--engine", engine)), script)
    assert answer.text == "147\n3\nend\n", answer.error
    assert [
        line.partition(": not")[2] for line in answer.error.splitlines() if ": not" in line
    ] == [
        " run, because the job was stopped: echo no",
        " run, because the job was stopped: echo no",
        " run, because the job was stopped: the rest of 'for i in 1 2; do sh -c "
        "'kill -TTIN $$' | cat; done'; echo no",
    ]


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
