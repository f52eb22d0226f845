"""Behaviours of a shell that runs one program after the other."""

from __future__ import annotations

from simpsh.base.events import Fork
from simpsh.base.phrases import counted
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited, decode, sentence
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.shells.shell_behaviour import (
    Behaviour,
    BehaviourTrial,
    executions,
    failed_execution,
    in_background,
    in_foreground,
    programs,
)
from simpsh.grade.shells.terminal_session import END_OF_FILE, TerminalSession
from simpsh.process.process_tree import children

_SUM = "1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9"


def _run(trial: BehaviourTrial, shell: TerminalSession) -> None:
    before = {child.pid for child in children(shell.pid)}
    (pid,) = in_foreground(shell)
    trial.check(
        "waits", not shell.is_at_prompt(), "it prompts again while the program is still running"
    )
    shell.kill(pid, SIGKILL)
    shell.wait_prompt()
    left = [child for child in children(shell.pid) if child.pid not in before]
    trial.check("collects", not left, f"{_count(len(left), 'zombie')} left over")


def _judge_run(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    found = programs(chronicle, "sleep")
    shell = chronicle.processes["P0"]
    failure = failed_execution(chronicle)
    parentage = f"the program was never executed{failure and '; '}{failure}"
    for one in found[:1]:
        maker = one.parent or "no process here"
        parentage = f"{one.name}, a child of {maker}, executed the program"
    trial.check("forks", len(found) == 1 and found[0].parent == shell.name, parentage)
    trial.check(
        "execs",
        len(found) == 1 and found[0] is not shell,
        "no child of the shell has executed the program",
    )
    others = [one for one in chronicle.processes.values() if one is not shell and one not in found]
    trial.check(
        "alone", not others, f"{_count(len(others), 'more process', 'more processes')} made for it"
    )


def _count(number: int, singular: str, plural: str = "") -> str:
    """Say how many there are or were, with the verb."""
    return f"{counted(number, singular, plural)} {'was' if number == 1 else 'were'}"


def _arguments(_trial: BehaviourTrial, shell: TerminalSession) -> None:
    shell.run("  expr   1 + 2   +  3 + 4 + 5 + 6 + 7 + 8 + 9  ")


def _judge_arguments(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    got = next((one.argv for one in executions(chronicle, "expr")), ())
    trial.check("runs", bool(got), "expr was not executed")
    trial.check(
        "words",
        " ".join(got[1:]) == _SUM and len(got) == 18,
        f"it was given {list(got[1:])}" if got else "nothing ran",
    )
    name = got[0].rpartition("/")[2] if got else ""
    trial.check("name", name == "expr", f"argv[0] is {name!r}")


def _empty(trial: BehaviourTrial, shell: TerminalSession) -> None:
    shell.run("")
    shell.run("   \t ")
    trial.pass_("survives")


def _judge_empty(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    made = _births(chronicle)
    trial.check("forks", made == 0, f"{_count(made, 'process', 'processes')} made for empty lines")


def _births(chronicle: Chronicle) -> int:
    return sum(isinstance(event.what, Fork) and not event.what.thread for event in chronicle.events)


def _not_found(trial: BehaviourTrial, shell: TerminalSession) -> None:
    shell.run("no-such-program-here")
    left = shell.descendants()
    trial.check("one", not left, "a child is left: it should end when it has nothing to execute")
    lines = [line for line in shell.said().splitlines() if line.strip()]
    trial.check("says", len(lines) >= 3, "nothing was said about it")
    shell.run("uname")
    trial.check("goes-on", "Linux" in shell.said(), "the next command did not run")


def _judge_not_found(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    # A shell that looks before it forks has no child whose status could be wrong.
    words = [
        one.status
        for one in chronicle.processes.values()
        if one.parent and all(run.is_copy for run in one.programs) and one.status is not None
    ]
    trial.check(
        "status",
        all(word == 127 << 8 for word in words),
        "; ".join(sentence(decode(word)) for word in words),
    )


def _end_of_file(trial: BehaviourTrial, shell: TerminalSession) -> None:
    shell.run("uname")
    _judge_end(trial, shell, END_OF_FILE, Exited(0))


def _exit(trial: BehaviourTrial, shell: TerminalSession) -> None:
    _judge_end(trial, shell, "exit 3\n", Exited(3))


def _judge_end(trial: BehaviourTrial, shell: TerminalSession, keys: str, wanted: Exited) -> None:
    shell.type(keys)
    status = decode(shell.wait_end())
    trial.pass_("ends")
    trial.check("status", status == wanted, f"its own status is: {sentence(status)}")


def _statuses(trial: BehaviourTrial, shell: TerminalSession) -> None:
    cases = (
        ("code", "sh -c 'exit 7'", ("7",)),
        ("success", "sh -c 'exit 0'", ("0",)),
        # POSIX asks for more than 128, and that the signal can be told from it.
        ("killed", "sh -c 'kill -9 $$'", ("137", "265", "393")),
        ("not-found", "no-such-program-here", ("127",)),
        ("not-executable", "./data", ("126",)),
    )
    for key, line, wanted in cases:
        shell.run(line)
        shell.run("echo status=$?")
        trial.check(
            key,
            any(f"status={one}\n" in shell.said() for one in wanted),
            f"after {line!r} it says {_answer(shell.said())}",
        )


def _judge_statuses(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    ended = {one.status for one in programs(chronicle, "sh")}
    for key, word in (("code", 7 << 8), ("success", 0), ("killed", SIGKILL)):
        trial.check(key, word in ended, "it says so, but nothing that it ran has ended so")


def _answer(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith("status=")]
    return f"{lines[-1].removeprefix('status=')!r}" if lines else "nothing"


def _zombies(trial: BehaviourTrial, shell: TerminalSession) -> None:
    for _ in range(5):
        shell.run("uname")
    dead = _zombies_of(shell)
    trial.check("foreground", not dead, f"{_count(dead, 'zombie')} left of five commands")
    pid = in_background(shell)
    shell.kill(pid, SIGKILL)
    shell.until(lambda: shell.is_waitable(pid), "the background job does not end")
    shell.run("uname")
    words = "the background job is still a zombie after the next command"
    trial.check("background", not _zombies_of(shell), words)


def _zombies_of(shell: TerminalSession) -> int:
    return sum(child.state == "Z" for child in children(shell.pid))


def _judge_zombies(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    found = programs(chronicle, "uname")
    bad = [one for one in found if one.reap is None or one.collector != one.parent]
    trial.check(
        "waited",
        not bad,
        f"{_count(len(bad), 'child', 'children')} not collected by the shell itself",
    )


def _cd(trial: BehaviourTrial, shell: TerminalSession) -> None:
    shell.run("cd folder")
    now = shell.look(shell.pid)
    where = (now.cwd or "") if now is not None else ""
    trial.check("moves", where.endswith("/folder"), f"the shell is in {where}")


def _judge_cd(trial: BehaviourTrial, chronicle: Chronicle) -> None:
    words = "a process was made, and a child's directory is its own"
    trial.check("inside", _births(chronicle) == 0, words)


BEHAVIOURS = (
    Behaviour(
        "run",
        "runs a program: fork, exec, wait",
        {
            "forks": ("the shell makes a child for it", 2),
            "execs": ("the child executes the program", 2),
            "alone": ("no other process is made", 1),
            "waits": ("the shell waits before it prompts again", 3),
            "collects": ("the child is collected", 2),
        },
        _run,
        _judge_run,
        "fork(2), execve(2), waitpid(2)",
        types=("sleep 1000",),
    ),
    Behaviour(
        "arguments",
        "hands over any number of words",
        {
            "runs": ("the program runs", 1),
            "words": ("it is given each word, however many blanks lie between", 2),
            "name": ("argv[0] is the program's name", 1),
        },
        _arguments,
        _judge_arguments,
        "execvp(3)",
        types=("'  expr   1 + 2   +  3 + 4 + 5 + 6 + 7 + 8 + 9  '",),
    ),
    Behaviour(
        "empty-line",
        "takes an empty line for nothing",
        {"survives": ("it prompts again", 1), "forks": ("no process is made", 1)},
        _empty,
        _judge_empty,
        types=("''", "'   \\t '"),
    ),
    Behaviour(
        "not-found",
        "survives a program that is not there",
        {
            "says": ("it says so", 1),
            "one": ("no second shell is left", 3),
            "goes-on": ("the next command runs", 1),
            "status": ("the child's exit status, if there was a child, is 127", 1),
        },
        _not_found,
        _judge_not_found,
        "_exit(2): exec returns only if it failed, and then the child must end",
        types=("no-such-program-here", "uname"),
    ),
    Behaviour(
        "end-of-file",
        "ends at end of file (^D)",
        {"ends": ("it ends", 1), "status": ("with status 0", 1)},
        _end_of_file,
        types=("uname", "^D"),
    ),
    Behaviour(
        "exit",
        "ends with the status that it is told",
        {"ends": ("exit ends it", 1), "status": ("exit 3 gives status 3", 1)},
        _exit,
        types=("exit 3",),
    ),
    Behaviour(
        "statuses",
        "tells how the last command ended ($?)",
        {
            "success": ("0 after success", 1),
            "code": ("the exit status", 1),
            "killed": ("128 + the signal's number", 1),
            "not-found": ("127 if there is no such program", 1),
            "not-executable": ("126 if it may not be executed", 1),
        },
        _statuses,
        _judge_statuses,
        "wait(2): WIFEXITED, WEXITSTATUS, WIFSIGNALED, WTERMSIG",
        types=(
            "sh -c 'exit 7'",
            "echo status=$?",
            "sh -c 'exit 0'",
            "echo status=$?",
            "sh -c 'kill -9 $$'",
            "echo status=$?",
            "no-such-program-here",
            "echo status=$?",
            "./data",
            "echo status=$?",
        ),
    ),
    Behaviour(
        "zombies",
        "waits for every child",
        {
            "foreground": ("no zombie is left after five commands", 2),
            "waited": ("each was collected by the shell itself", 1),
            "background": ("a background job that ended is collected", 2),
        },
        _zombies,
        _judge_zombies,
        "waitpid(2) with WNOHANG",
        types=("uname", "uname", "uname", "uname", "uname", "sleep 1000 &", "uname"),
    ),
    Behaviour(
        "cd",
        "changes its own directory",
        {"moves": ("cd moves the shell", 1), "inside": ("without a process", 1)},
        _cd,
        _judge_cd,
        "chdir(2)",
        types=("cd folder",),
    ),
)
