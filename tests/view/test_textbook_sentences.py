"""`-v` narrates in the words of the textbook's shell."""

import os
import re
import signal
import subprocess

import pytest

from tests.harness.process import wait_for_state
from tests.harness.sh import SIMPSH, run, simpsh
from tests.view.narrated import narrate

FORKED = [
    "Parent process (S) forked: child process (A)",
    "Parent process (S) issuing the waitpid...",
]
STORIES = {
    "sh -c 'exit 7'": (
        'Child process (A) exec-ing cmd "sh" now...',
        "Child process (A) status changed: normal termination: exit status: 7",
    ),
    "nosuch": (
        'Child process (A) exec-ing cmd "nosuch" now...',
        "Child process (A) status changed: normal termination: exit status: 127",
    ),
    "true >out <absent": (
        "Child process (A): descriptor 1 goes to out",
        "Child process (A) status changed: normal termination: exit status: 1",
    ),
    "sh -c 'echo x; echo y >&2' >out 2>&1 </dev/null": (
        "Child process (A): descriptor 1 goes to out",
        "Child process (A): descriptor 2 goes to out",
        "Child process (A): descriptor 0 goes to /dev/null",
        'Child process (A) exec-ing cmd "sh" now...',
        "Child process (A) status changed: normal termination: exit status: 0",
    ),
    "(sh -c 'exit 3'; exit 4)": (
        "Child process (A) continues as a copy of the shell: fork, no exec",
        "Parent process (A) forked: child process (B)",
        "Parent process (A) issuing the waitpid...",
        'Child process (B) exec-ing cmd "sh" now...',
        "Child process (B) status changed: normal termination: exit status: 3",
        "Child process (A) status changed: normal termination: exit status: 4",
    ),
    **{
        f"sh -c 'kill -{name} $$'": (
            'Child process (A) exec-ing cmd "sh" now...',
            "Child process (A) status changed: abnormal termination: "
            f"killer signal: {number} (SIG{name})",
        )
        for name, number in (("TERM", 15), ("KILL", 9), ("INT", 2), ("PIPE", 13), ("USR1", 10))
    },
}
"""The narration of each script after the fork and the waitpid."""


@pytest.mark.parametrize("script", STORIES)
def test_a_command_is_narrated_from_its_fork_to_its_status(script):
    story = narrate(f"{script}; exit $?")
    assert story.lines == [*FORKED, *STORIES[script]]
    ending = re.search(r"(?:exit status|killer signal): (\d+)", story.lines[-1])
    assert story.outcome.status % 128 == int(ending[1])
    problems = {
        "nosuch": ["simpsh: line 1: nosuch: command not found"],
        "true >out <absent": ["simpsh: line 1: absent: No such file or directory"],
    }
    if ">out 2>&1" in script:
        assert story.outcome.files["out"].content == b"x\ny\n"
    if "kill" not in script:
        assert story.others == problems.get(script, [])


def test_only_new_processes_are_narrated_and_only_if_requested():
    assert narrate("x=1; cd /; : $x; pwd >/dev/null").lines == []
    replaced = narrate("exec sh -c 'exit 5'")
    assert [line.partition(") ")[2] for line in replaced.lines] == ['exec-ing cmd "sh" now...']
    assert replaced.outcome.status == 5
    for_a_while = narrate("true; verbose 1; true; verbose 0; true", "--engine", "spawn")
    assert (len(for_a_while.of("exec-ing")), len(for_a_while.lines)) == (1, 4)
    # For a single program the new group is not narrated.
    assert narrate("true", "-v", "-m").of("group") == []
    leader = "Child process (A) leads a process group of its own"
    assert narrate("(true; true)", "-v", "-m").of("group") == [leader]


@pytest.mark.parametrize("options", [(), ("-i", "--no-rc"), ("--trace", "../recording")])
def test_narration_that_begins_in_a_subshell_names_it_as_the_parent(options):
    script = "(sh -c 'echo $PPID'; verbose 1; true | true; :)"
    outcome = run(simpsh(*options), script)
    parents = re.findall(r"Parent process \((\d+)\)", outcome.error)
    assert parents == [outcome.text.strip()] * 4


def test_every_waitpid_is_announced_before_its_status_and_may_fail():
    story = narrate("true; false; sh -c 'exit 3' | true; wait")
    kinds = ["waitpid" if "issuing" in line else "status" for line in story.of("issuing", "status")]
    assert kinds == ["waitpid", "status"] * 4
    assert "waitpid failed: no child processes (ECHILD)" in narrate("wait; true").lines


def test_a_stop_and_a_continue_from_outside_are_narrated_at_once(tmp_path):
    """Each change is printed immediately, while the shell is in `wait`."""
    process, narration = begun("sh -c 'read x <fifo' & wait", tmp_path)
    with narration, open(tmp_path / "fifo", "w", opener=opener) as fifo, process:
        pid = told_pid(narration, 'exec-ing cmd "sh" now...')
        wait_for_state(process.pid, "S")
        for number, name in ((signal.SIGSTOP, "SIGSTOP"), (signal.SIGTSTP, "SIGTSTP")):
            os.kill(pid, number)
            stopped = f"status changed: stopped: stop signal: {int(number)} ({name})"
            assert told_pid(narration, stopped) == pid
            os.kill(pid, signal.SIGCONT)
            resumed = "status changed: (was stopped), resumed (SIGCONT)"
            assert told_pid(narration, resumed) == pid
        fifo.write("end\n")
        fifo.flush()
        assert told_pid(narration, "status changed: normal termination: exit status: 0") == pid
    assert process.returncode == 0


def begun(script, directory):
    """Start a script next to a FIFO; return the process and its narration."""
    os.mkfifo(directory / "fifo")
    read_end, write_end = os.pipe()
    argv = [*SIMPSH.argv, "-v", f"--verbose-fd={write_end}", "-c", script]
    process = subprocess.Popen(argv, cwd=directory, pass_fds=[write_end])
    os.close(write_end)
    return process, open(read_end)


def opener(path, flags):
    # Open it for reading as well; otherwise open blocks until the script opens the FIFO.
    return os.open(path, os.O_RDWR)


def told_pid(narration, ending):
    """Return the child's pid from the next line that ends with `ending`."""
    for line in narration:
        if line.endswith(f"{ending}\n"):
            return int(re.search(r"Child process \((\d+)\)", line).group(1))
    raise AssertionError(f"the narration ended without: {ending}")


def test_a_pipeline_is_narrated_in_the_order_of_its_stages_with_their_redirections():
    # All stages are narrated before any program begins; their ends are in no particular order.
    story = narrate("echo x | cat | sh -c 'cat >&2'", "-v", "-m")
    assert story.lines[:15] == [
        "Parent process (S) forked: child process (A)",
        "Parent process (S) forked: child process (B)",
        "Parent process (S) forked: child process (C)",
        "Parent process (S) issuing the waitpid...",
        "Child process (A) leads a process group of its own",
        "Child process (A): descriptor 1 goes to the write end of pipe A",
        'Child process (A) exec-ing cmd "echo" now...',
        "Child process (B) joins process group A",
        "Child process (B): descriptor 0 goes to the read end of pipe A",
        "Child process (B): descriptor 1 goes to the write end of pipe B",
        'Child process (B) exec-ing cmd "cat" now...',
        "Child process (C) joins process group A",
        "Child process (C): descriptor 0 goes to the read end of pipe B",
        'Child process (C) exec-ing cmd "sh" now...',
        *story.lines[14:15],
    ]
    assert len(story.of("changed")) == 3
    assert story.outcome.error.index('exec-ing cmd "sh"') < story.outcome.error.index("\nx")
    # A stage with redirections narrates them itself, before its program prints.
    story = narrate("sh -c 'echo said >&2; echo x' 2>&1 >out | cat >two")
    lines = story.lines
    assert lines.index("Parent process (S) issuing the waitpid...") == 2
    for name, command, targets in (
        ("A", "sh", ["1 goes to the write end of pipe A", "2 goes to the write end of pipe A",
                     "1 goes to out"]),
        ("B", "cat", ["0 goes to the read end of pipe A", "1 goes to two"]),
    ):  # fmt: skip
        assert [line for line in lines if f"Child process ({name})" in line][:-1] == [
            *(f"Child process ({name}): descriptor {target}" for target in targets),
            f'Child process ({name}) exec-ing cmd "{command}" now...',
        ]
    assert story.outcome.files["two"].content == b"said\n"


def test_narration_reaches_up_to_a_redirection_that_waits(tmp_path):
    process, narration = begun("cat >out <fifo", tmp_path)
    with narration, process:
        lines = [narration.readline().partition(") ")[2] for _ in range(2)]
        assert [line.partition(":")[0] for line in lines] == ["forked", "issuing the waitpid...\n"]
        assert narration.readline().endswith(": descriptor 1 goes to out\n")
        os.close(os.open(tmp_path / "fifo", os.O_WRONLY))
        rest = narration.read().splitlines()
    assert [line.partition(")")[2] for line in rest] == [
        ": descriptor 0 goes to fifo",
        ' exec-ing cmd "cat" now...',
        " status changed: normal termination: exit status: 0",
    ]


def test_argv_0_is_the_name_as_typed():
    # The attempt is narrated before the error message.
    lines = run(simpsh("-v"), "/etc; true").error.splitlines()
    assert [line.partition(") ")[2] or line for line in lines[2:4]] == [
        'exec-ing cmd "/etc" now...',
        "simpsh: line 1: /etc: Is a directory",
    ]
    assert lines[4].endswith("exit status: 126")
    # A nested simpsh is named as it was typed.
    assert narrate("simpsh -c :").of("exec-ing") == [
        'Child process (A) exec-ing cmd "simpsh" now...'
    ]


@pytest.mark.parametrize(
    ("stage", "what"),
    [
        ("{ :; }", ", for the group"),
        ("for x in 1 2; do :; done", ", for the loop"),
        ("while false; do :; done", ", for the loop"),
        ("if :; then :; fi", ", for the if"),
        ("case a in a) ;; esac", ", for the case"),
        ("told", ", for the function told"),
        ("cd /", ", for cd"),
        ("(:)", ""),
    ],
)
def test_builtins_without_a_program_run_in_a_copy_of_the_shell_and_are_named(stage, what):
    copies = narrate(f"told() {{ :; }}; {stage} | cat; {stage} & wait; {stage}").of("copy")
    copies = [line.partition(")")[2] for line in copies]
    sentence = f" continues as a copy of the shell{what}: fork, no exec"
    # In a pipeline and in the background; otherwise only ( ) forks.
    assert copies == [sentence] * (3 if stage == "(:)" else 2)


def test_with_names_a_process_is_called_as_in_a_timeline_and_by_its_program_after_exec():
    script = "verbose names; ls | (cd /; cat) >f; nosuch; verbose pids; true"
    done = run(simpsh("-v"), script)
    lines = re.findall(r"\[v\]: (.*)", re.sub(r"\d{2,}", "N", done.stderr.decode()))
    assert sorted(lines) == sorted(
        [
            *[f"Parent process (P0) forked: child process (P{number})" for number in (1, 2, 3)],
            *["Parent process (P0) issuing the waitpid..."] * 3,
            "Child process (P1): descriptor 1 goes to the write end of pipe A",
            'Child process (P1) exec-ing cmd "ls" now...',
            "Child process (P2): descriptor 0 goes to the read end of pipe A",
            "Child process (P2): descriptor 1 goes to f",
            "Child process (P2) continues as a copy of the shell: fork, no exec",
            "Parent process (P2) forked: child process (P2.1)",
            "Parent process (P2) issuing the waitpid...",
            'Child process (P2.1) exec-ing cmd "cat" now...',
            "Child process cat (P2.1) status changed: normal termination: exit status: 0",
            "Child process ls (P1) status changed: normal termination: exit status: 0",
            "Child process (P2) status changed: normal termination: exit status: 0",
            'Child process (P3) exec-ing cmd "nosuch" now...',
            # P3 failed to exec, so it has no program name.
            "Child process (P3) status changed: normal termination: exit status: N",
            "Parent process (N) forked: child process (N)",
            "Parent process (N) issuing the waitpid...",
            'Child process (N) exec-ing cmd "true" now...',
            "Child process (N) status changed: normal termination: exit status: 0",
        ]
    )
    option = run(simpsh("-v", "--names", "-m"), "true | cat").stderr.decode()
    assert "Child process true (P1) status changed" in option
    assert "Child process (P2) joins process group P1\n" in option
