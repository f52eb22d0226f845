r"""^C, ^\ and ^Z reach all processes of the job in the foreground, and never the shell."""

import os
import signal

import pytest

from simpsh.kernel.machine import ptrace
from tests.harness.process import (
    descendants_of,
    name_of,
    pending_signals,
    send,
    session_members,
    state_of,
)
from tests.harness.sh import SIMPSH
from tests.shell.jobs.late_signal import MARK, interrupt_before, started_at_gate
from tests.shell.jobs.prompt import job_line

NOT_RUN = "simpsh: the job was stopped, so nothing more of the line is run"


def test_keys_end_or_stop_a_command_and_the_line_continues_or_not(prompt):
    # None of these keys reaches a background job.
    behind = prompt.behind("sleep 101 &")
    # ^C ends a command with 130.
    group = prompt.begin("sleep 100", "sleep")
    assert prompt.end("C-c") == "^C"
    assert state_of(group) is None
    assert prompt.status() == 130
    # An interrupt cancels the rest of the line.
    for line in ("sleep 100; echo no", "{ sleep 100; echo no; }", "sleep 100 || echo no"):
        prompt.begin(line, "sleep")
        assert prompt.end("C-c") == "^C"
        assert prompt.status() == 130
    # A program that catches the interrupt decides itself.
    prompt.begin("sh -c 'trap \"exit 3\" INT; sleep 100 & wait'; echo status $?", "sh")
    prompt.wait_until(lambda: len(descendants_of(prompt.pid)) == 3, "sleep never ran")
    assert prompt.end("C-c") == "^Cstatus 3"
    # ^\ ends a command with 131 and is reported.
    prompt.run("ulimit -c 0")
    prompt.begin("sleep 100", "sleep")
    assert prompt.end("C-\\") == "^\\\nQuit (SIGQUIT)"
    assert prompt.status() == 131
    # Quit does not cancel the rest of the line.
    prompt.begin("sleep 100; echo on", "sleep")
    assert prompt.end("C-\\") == "^\\\nQuit (SIGQUIT)\non"
    # ^Z stops a command: the stop is reported, and the status is 148.
    group = prompt.begin("sleep 100", "sleep")
    assert prompt.end("C-z") == "^Z\n" + job_line(2, "+", "Stopped (SIGTSTP)", "sleep 100")
    assert state_of(group) == "T"
    assert prompt.status() == 148
    # The rest of the list is discarded (POSIX XCU 2.11), and the shell does not stop.
    prompt.begin("sleep 100; echo status $?", "sleep")
    assert prompt.end("C-z").endswith(f"sleep 100\n{NOT_RUN}")
    assert prompt.status() == 148
    assert state_of(behind) == "S"


def test_a_key_reaches_every_process_of_a_pipeline_and_of_a_subshell(prompt):
    for key in ("C-c", "C-\\"):
        group = prompt.begin("cat | cat | cat", "cat")
        members = prompt.wait_members(group, ["cat"] * 3)
        prompt.end(key)
        assert [state_of(pid) for pid in members] == [None] * 3
        assert prompt.children() == []
    group = prompt.begin("cat | cat | cat", "cat")
    members = prompt.wait_members(group, ["cat"] * 3)
    prompt.end("C-z")
    assert [state_of(pid) for pid in members] == ["T"] * 3
    prompt.resume("fg", members)
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    prompt.end("C-d")
    assert prompt.status() == 0
    # ^C ends a subshell and its commands.
    for line in ("(sleep 100; echo no)", "(sleep 100 | cat; echo no)"):
        prompt.begin_below(line, "sleep")
        prompt.end("C-c")
        assert descendants_of(prompt.pid) == []
        assert prompt.status() == 130
        assert "\nno" not in prompt.screen()
    prompt.begin_below("(cat; echo after)", "cat")
    members = descendants_of(prompt.pid)
    prompt.end("C-z")
    # Only the shell's child is reported to the shell; its descendants may stop later.
    prompt.wait_states(members, "T")
    assert prompt.status() == 148
    prompt.send("fg\r")
    prompt.wait_states(members, "S")
    prompt.send("two\r")
    prompt.wait(r"^two\ntwo$")
    assert prompt.end("C-d").endswith("\ntwo\nafter")


def test_a_trap_of_int_runs_after_interrupt_ended_a_job_and_the_line_continues(prompt):
    prompt.run("trap 'echo caught' INT")
    prompt.begin("sleep 100; echo status $?", "sleep")
    assert prompt.end("C-c") == "^C\ncaught\nstatus 130"
    prompt.run("set +m")
    prompt.send("sleep 100; echo on\r")
    prompt.wait_until(lambda: [*map(name_of, descendants_of(prompt.pid))] == ["sleep"], "no sleep")
    assert prompt.end("C-c") == "^C\ncaught\non"
    prompt.run("set -m; trap - INT")
    prompt.begin("sleep 100; echo no", "sleep")
    assert prompt.end("C-c") == "^C"
    # A job that ignores SIGINT continues.
    prompt.run("trap '' INT")
    group = prompt.begin("cat", "cat")
    prompt.key("C-c")
    prompt.send("one\r")
    prompt.wait(r"^(\^C)?one\none$")
    prompt.wait_until(lambda: state_of(group) == "S", "cat does not sleep in its next read")
    prompt.end("C-d")


# -- keys while the shell itself works -----------------------------------------------------------


def test_a_shell_that_reads_obeys_only_interrupt_and_survives_it(prompt):
    # ^C ends read with 130.
    prompt.send("read a; echo no\r")
    prompt.wait_until(prompt.terminal.is_canonical, "read does not wait")
    assert prompt.end("C-c").rstrip("⏎") == "^C"
    assert prompt.status() == 130
    # After ^C no missing newline is marked.
    prompt.send("read a\r")
    prompt.wait_until(prompt.terminal.is_canonical, "read does not wait")
    assert prompt.end("C-c") == "^C"
    # ^Z and ^\ have no effect on the read builtin.
    prompt.send("read a\r")
    prompt.wait_until(prompt.terminal.is_canonical, "read does not wait")
    prompt.key("C-z", "C-\\")
    prompt.send("one\r")
    prompt.wait(r"one\n>>\n?(status.*)?\Z")
    assert prompt.run("echo $a") == "one"
    # Signals at the prompt do not end the shell.
    for number in (signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        send(prompt.pid, number)
    assert prompt.run("echo on") == "on"
    # SIGINT from another process clears the line.
    prompt.send("some text")
    prompt.wait(r"^>> some text$")
    send(prompt.pid, signal.SIGINT)
    prompt.wait(r"^>> some text\^C\n>>\nstatus 130: interrupted \(F1: why\?\) · \S+\Z")


def test_interrupt_ends_wait_and_substitutions_with_130_and_leaves_jobs(prompt):
    pid = prompt.behind("sleep 100 &")
    for line in ("wait", "wait %1", "wait $!"):
        prompt.send(f"{line}; echo no\r")
        prompt.wait_until(prompt.terminal.is_canonical, "wait does not wait")
        assert prompt.end("C-c").rstrip("⏎") == "^C"
        assert prompt.status() == 130
        prompt.wait_states([pid], "S")
    prompt.run("kill %1; wait %1")
    prompt.fresh()
    for line in (": $(sleep 100)", "echo $(sleep 100; echo no)", "a=$(exec sleep 100)"):
        prompt.begin_below(line, "sleep")
        assert prompt.end("C-c").rstrip("⏎") == "^C"
        assert descendants_of(prompt.pid) == []
        assert prompt.status() == 130
        assert prompt.run("jobs") == ""


def heard_interrupt(prompt):
    """Press ^C at a substitution; return once the shell has handled the signal and sleeps."""
    prompt.key("C-c")
    prompt.wait(r"\^C\Z")
    prompt.wait_until(lambda: signal.SIGINT not in pending_signals(prompt.pid), "it heard nothing")
    prompt.wait_states([prompt.pid], "S")


def test_the_prompt_waits_for_the_children_of_an_interrupted_substitution(prompt, tmp_path):
    # A program that has not handled its SIGINT yet would read the input of the prompt.
    for line in (
        "a=$(cat)",
        "a=`cat`",
        "a=$(cat | cat)",
        "for x in $(cat); do echo no; done",
        "read a <<E\r$(cat)\rE",
    ):
        prompt.fresh()
        cat = prompt.begin_below(line, "cat")
        prompt.wait_states([cat], "S")
        send(cat, signal.SIGSTOP)
        prompt.wait_states([cat], "T")
        heard_interrupt(prompt)
        assert prompt.terminal.is_canonical()
        send(cat, signal.SIGCONT)
        prompt.wait(r"\^C\n>>\n?(status [^\n]*)?\Z")
        assert descendants_of(prompt.pid) == []
        assert prompt.status() == 130
    # The program may write as it ends.
    (tmp_path / "program").write_text(
        "trap 'yes | head -c 1000000; echo over >end; exit' INT\n: >ready\nread line\n"
    )
    prompt.send("a=$(sh program)\r")
    prompt.wait_until((tmp_path / "ready").exists, "it never ran")
    assert prompt.end("C-c").rstrip("⏎") == "^C"
    assert (tmp_path / "end").read_text() == "over\n"
    # After a second interrupt the shell does not wait.
    prompt.begin_below('a=$(trap "" INT; sleep 100); echo no', "sleep")
    heard_interrupt(prompt)
    assert prompt.end("C-c").rstrip("⏎") == "^C^C"
    assert prompt.status() == 130
    assert prompt.children() != []


def test_a_substitution_is_not_stopped_and_waits_for_its_programs_not_for_jobs(prompt):
    # ^Z does not stop a command substitution. The shell reads from it, and could never continue it.
    prompt.send(": $(sleep 100)\r")
    prompt.wait_until(lambda: prompt.children("sleep"), "sleep never ran")
    sleep = prompt.children()[0]
    prompt.key("C-z")
    prompt.wait(r"\^Z$")
    assert state_of(sleep) in ("R", "S")
    assert prompt.end("C-c").rstrip("⏎") == "^Z^C"
    assert prompt.status() == 130
    # A program of a substitution that survives keeps the terminal. As in bash and dash, the line is
    # cancelled only after the program has ended.
    prompt.begin_below('a="$(trap "" INT; cat >&2)"; echo no', "cat")
    prompt.key("C-c")
    prompt.send("one\r")
    prompt.wait(r"^(\^C)?one\none$")
    assert prompt.end("C-d").endswith("one\none")
    assert prompt.status() == 130
    # The shell does not wait for a background job of a substitution.
    prompt.send("a=$(sleep 100 & echo a)\r")

    def are_alone():
        members = set(session_members(prompt.pid, zombies=False)) - {prompt.pid}
        return [*map(name_of, members)] == ["sleep"]

    prompt.wait_until(are_alone, "no sleep alone")
    assert prompt.end("C-c").rstrip("⏎") == "^C"
    assert prompt.status() == 130


def test_interrupt_ends_the_opening_of_a_fifo_with_130(start, tmp_path):
    prompt = start(rows=80)
    os.mkfifo(tmp_path / "fifo")
    for line in (
        "cat <fifo", "echo one >fifo", "(:) <fifo", "{ :; } <fifo", ": <fifo", "exec 3<fifo",
        "exec 3>fifo", "echo a | cat >fifo", ". ./fifo", "true <fifo | cat", "pwd >fifo",
    ):  # fmt: skip
        prompt.send(line + "; echo no\r")
        prompt.wait_until(lambda: _opens_a_fifo(prompt), f"no process opens the FIFO: {line}")
        assert prompt.end("C-c").rstrip("⏎") == "^C", line
        assert prompt.status() == 130, line


def _opens_a_fifo(prompt):
    # See proc_pid_wchan(5): both kernel functions have had this name since 2.6.
    for pid in (prompt.pid, *descendants_of(prompt.pid)):
        try:
            with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
                if file.read() in ("wait_for_partner", "fifo_open"):
                    return True
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended in the meantime
    return False


def test_interrupt_ends_the_line_in_any_construct(prompt):
    prompt.begin(
        "f() { sleep 100; printf 'no\\n'; }; until f; do f; done || printf 'no\\n'", "sleep"
    )
    assert prompt.end("C-c") == "^C"
    prompt.begin_below("seq 3 | while read x; do sleep 100; printf 'no\\n'; done", "sleep")
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


def test_the_commands_after_the_fg_of_a_background_job_run(prompt):
    prompt.run("sleep 100 &")
    prompt.begin("fg; echo after $?", "sleep")
    assert prompt.end("C-z").endswith(
        f"{job_line(1, '+', 'Stopped (SIGTSTP)', 'sleep 100')}\nafter 148"
    )
    # It is now a suspended job. bg sets `$!`, and wait does not return because it is stopped.
    prompt.run("sleep 101 &")
    assert prompt.run("bg %1; [ $! = $(jobs -p %1) ] && echo known").endswith("known")
    prompt.send("kill -STOP %1\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)    sleep 100$")
    prompt.send("wait $!; echo no\r")
    prompt.wait(r"^simpsh: wait: %1 is stopped; \^C ends the wait, then 'bg %1' continues the job$")
    assert prompt.end("C-c").endswith("^C")
    assert prompt.status() == 130


# -- a ^C that arrives right before a call blocks ------------------------------------------------

BEGIN = f"umask {MARK:04o}\n"


def is_read(_pid, name, arguments):
    """Whether this is a read, or a wait without timeout, of standard input or the shell's pipe."""
    if name in ("poll", "ppoll"):
        return arguments[2] in (0, 2**64 - 1, 2**32 - 1)
    return name == "read" and (arguments[0] == 0 or arguments[0] >= 200)


def is_wait(_pid, name, arguments):
    return name == "rt_sigtimedwait" or (name == "wait4" and not arguments[2] & os.WNOHANG)


BLOCKING = {
    "read": ("read a", is_read),
    "read in a loop": ("while read a; do echo $a; done", is_read),
    "the next line": ("", is_read),
    "the output of a substitution": ("x=$(sleep 100 & :)", is_read),
    "the end of a substitution": ("x=$(exec >end; exec sleep 100)", is_wait),
    "wait": ("sleep 100 & wait", is_wait),
    "wait for one": ("sleep 100 & wait $!", is_wait),
}


@pytest.mark.usual("read", "wait")
@pytest.mark.long("SIGINT comes right before each call that blocks")
@pytest.mark.skipif(not ptrace.is_known_architecture(), reason="no tracer for this machine")
@pytest.mark.parametrize("name", BLOCKING)
def test_sigint_right_before_a_call_that_blocks_ends_it(name, tmp_path):
    commands, is_wanted = BLOCKING[name]
    words = ("-c", f"{BEGIN}{commands}") if commands else ()
    # After a first SIGINT at the end of a substitution, the shell waits for the programs in it.
    times = 2 if "the end" in name else 1
    with (
        (tmp_path / "out").open("wb") as out,
        started_at_gate([*SIMPSH.argv, *words], cwd=tmp_path, stdout=out, stderr=out) as process,
    ):
        interrupt_before(process, is_wanted, b"" if commands else BEGIN.encode(), times)
        assert process.wait(timeout=60) == -signal.SIGINT
    assert (tmp_path / "out").read_bytes() == b""
