"""Behaviours of a shell that runs one program after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.events import Exec, Fork
from simpsh.grade.behaviour import Behaviour, Trial, programs, was_collected_by_parent
from simpsh.grade.seat import END_OF_FILE
from simpsh.wait_status import Exited, decode, sentence

if TYPE_CHECKING:
    from simpsh.chronicle.model import Chronicle

_SIGKILL = 9
_SUM = "1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9"


def _run(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    before = {child.pid for child in seat.children()}
    seat.type("sleep 1000\n")
    (pid,) = seat.find("sleep")
    seat.until(seat.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
    trial.check(
        "waits", not seat.is_at_prompt(), "it prompts again while the program is still running"
    )
    seat.kill(pid, _SIGKILL)
    seat.wait_prompt()
    left = [child for child in seat.children() if child.pid not in before]
    trial.check("collects", not left, f"{_count(len(left), 'zombie')} left behind")


def _judge_run(trial: Trial, chronicle: Chronicle) -> None:
    found = programs(chronicle, "sleep")
    shell = chronicle.processes["P0"]
    trial.check("forks", len(found) == 1 and found[0].parent == shell.name, _parentage(chronicle))
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
    if number == 1:
        return f"1 {singular} was"
    return f"{number} {plural or singular + 's'} were"


def _parentage(chronicle: Chronicle) -> str:
    found = programs(chronicle, "sleep")
    if not found:
        return "the program was never executed"
    return f"{found[0].name}, a child of {found[0].parent or 'nobody here'}, executed the program"


def _arguments(trial: Trial) -> None:
    trial.seat.wait_prompt()
    trial.seat.run("  expr   1 + 2   +  3 + 4 + 5 + 6 + 7 + 8 + 9  ")


def _judge_arguments(trial: Trial, chronicle: Chronicle) -> None:
    got = _argv(chronicle, "expr")
    trial.check("runs", bool(got), "expr was not executed")
    trial.check(
        "words",
        " ".join(got[1:]) == _SUM and len(got) == 18,
        f"it was given {got[1:]}" if got else "nothing ran",
    )
    name = got[0].rpartition("/")[2] if got else ""
    trial.check("name", name == "expr", f"argv[0] is {name!r}")


def _argv(chronicle: Chronicle, name: str) -> list[str]:
    for event in chronicle.events:
        if isinstance(event.what, Exec) and event.what.exe.rpartition("/")[2] == name:
            return list(event.what.argv)
    return []


def _empty(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("")
    seat.run("   \t ")
    trial.pass_("survives")


def _judge_empty(trial: Trial, chronicle: Chronicle) -> None:
    made = sum(isinstance(event.what, Fork) for event in chronicle.events)
    trial.check("forks", made == 0, f"{_count(made, 'process', 'processes')} made for empty lines")


def _not_found(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("no-such-program-here")
    left = seat.descendants()
    trial.check("one", not left, "a child is left: it should end when it has nothing to execute")
    lines = [line for line in seat.said().splitlines() if line.strip()]
    trial.check("says", len(lines) >= 3, "nothing was said about it")
    seat.run("uname")
    trial.check("goes-on", "Linux" in seat.said(), "the next command did not run")


def _judge_not_found(trial: Trial, chronicle: Chronicle) -> None:
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


def _end_of_file(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("uname")
    seat.type(END_OF_FILE)
    status = decode(seat.wait_end())
    trial.pass_("ends")
    trial.check("status", status == Exited(0), f"its own status is: {sentence(status)}")


def _exit(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.type("exit 3\n")
    status = decode(seat.wait_end())
    trial.pass_("ends")
    trial.check("status", status == Exited(3), f"its own status is: {sentence(status)}")


def _statuses(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    cases = (
        ("code", "sh -c 'exit 7'", "7"),
        ("success", "sh -c 'exit 0'", "0"),
        ("killed", "sh -c 'kill -9 $$'", "137"),
        ("not-found", "no-such-program-here", "127"),
        ("not-executable", "./data", "126"),
    )
    for key, line, wanted in cases:
        seat.run(line)
        seat.run("echo status=$?")
        trial.check(
            key,
            f"status={wanted}\n" in seat.said(),
            f"after {line!r} it says {_answer(seat.said())}",
        )


def _judge_statuses(trial: Trial, chronicle: Chronicle) -> None:
    ended = {one.status for one in programs(chronicle, "sh")}
    for key, word in (("code", 7 << 8), ("success", 0), ("killed", _SIGKILL)):
        trial.check(key, word in ended, "it says so, but nothing that it ran has ended so")


def _answer(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith("status=")]
    return f"{lines[-1].removeprefix('status=')!r}" if lines else "nothing"


def _zombies(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    for _ in range(5):
        seat.run("uname")
    dead = [child for child in seat.children() if child.state == "Z"]
    trial.check("foreground", not dead, f"{_count(len(dead), 'zombie')} left of five commands")
    seat.run("sleep 1000 &")
    (pid,) = seat.find("sleep")
    seat.kill(pid, _SIGKILL)
    seat.until(lambda: seat.is_dead(pid), "the background job does not end")
    seat.run("uname")
    dead = [child for child in seat.children() if child.state == "Z"]
    trial.check(
        "background", not dead, "the background job is still a zombie after the next command"
    )


def _judge_zombies(trial: Trial, chronicle: Chronicle) -> None:
    bad = [one for one in programs(chronicle, "uname") if not was_collected_by_parent(one)]
    trial.check(
        "waited",
        not bad,
        f"{_count(len(bad), 'child', 'children')} not collected by the shell itself",
    )


def _cd(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("cd folder")
    now = seat.look(seat.shell)
    where = (now.cwd or "") if now is not None else ""
    trial.check("moves", where.endswith("/folder"), f"the shell is in {where}")


def _judge_cd(trial: Trial, chronicle: Chronicle) -> None:
    made = sum(isinstance(event.what, Fork) for event in chronicle.events)
    trial.check("inside", made == 0, "a process was made, and a child's directory is its own")


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
    ),
    Behaviour(
        "empty-line",
        "takes an empty line for nothing",
        {"survives": ("it prompts again", 1), "forks": ("no process is made", 1)},
        _empty,
        _judge_empty,
    ),
    Behaviour(
        "not-found",
        "survives a program that is not there",
        {
            "says": ("it says so", 1),
            "one": ("no second shell is left behind", 3),
            "goes-on": ("the next command runs", 1),
            "status": ("the child's exit status, if there was a child, is 127", 1),
        },
        _not_found,
        _judge_not_found,
        "_exit(2): exec returns only if it failed, and then the child must end",
    ),
    Behaviour(
        "end-of-file",
        "ends at end of file (^D)",
        {"ends": ("it ends", 1), "status": ("with status 0", 1)},
        _end_of_file,
    ),
    Behaviour(
        "exit",
        "ends with the status that it is told",
        {"ends": ("exit ends it", 1), "status": ("exit 3 gives status 3", 1)},
        _exit,
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
    ),
    Behaviour(
        "cd",
        "changes its own directory",
        {"moves": ("cd moves the shell", 1), "inside": ("without a process", 1)},
        _cd,
        _judge_cd,
        "chdir(2)",
    ),
)
