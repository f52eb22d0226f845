"""Behaviours of a shell that has jobs: groups, the terminal, ^C, ^Z, fg, bg."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.grade.behaviour import Behaviour, Trial, programs
from simpsh.grade.seat import INTERRUPT, STOP
from simpsh.signals import Signal
from simpsh.wait_status import Killed, decode, sentence

if TYPE_CHECKING:
    from simpsh.chronicle.model import Chronicle

_SIGINT, _SIGKILL, _SIGQUIT = 2, 9, 3
_KEYS = (2, 3, 20, 21, 22)
"""SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU: what a shell has to do with and a program not."""


def _foreground(trial: Trial) -> int:
    """Start a program in the foreground, wait until it has the terminal, and return its pid."""
    seat = trial.seat
    seat.wait_prompt()
    seat.type("sleep 1000\n")
    (pid,) = seat.find("sleep")
    seat.until(seat.is_waiting_or_at_prompt, "the shell does not wait for its job")
    return pid


def _groups(trial: Trial) -> None:
    seat = trial.seat
    pid = _foreground(trial)
    now = seat.look(pid)
    if now is None:
        return
    trial.check("own", now.pgid == pid, f"its group is {_whose(trial, now.pgid, pid)}")
    holder = seat.foreground()
    trial.check(
        "terminal", holder == now.pgid, f"the terminal belongs to {_whose(trial, holder, pid)}"
    )
    ignored = [str(Signal(one)) for one in _KEYS if one in now.ignored or one in now.blocked]
    trial.check("signals", not ignored, f"the program ignores or blocks {', '.join(ignored)}")
    seat.kill(pid, _SIGKILL)
    seat.wait_prompt()
    trial.pass_("back")


def _whose(trial: Trial, pgid: int, job: int) -> str:
    shell = trial.seat.look(trial.seat.shell)
    if shell is not None and pgid == shell.pgid:
        return "the shell's"
    return "the job's" if pgid == job else f"that of process {pgid}"


def _interrupt(trial: Trial) -> None:
    seat = trial.seat
    pid = _foreground(trial)
    seat.type(INTERRUPT)
    seat.until(lambda: seat.is_dead(pid) or seat.is_gone(), "^C does not end the program")
    trial.check("job", seat.is_dead(pid), "the program goes on")
    if not trial.check("shell", not seat.is_gone(), "^C ended the shell"):
        return
    seat.wait_prompt()
    seat.type(INTERRUPT)
    # The terminal throws away what is typed too early after it.
    seat.until(seat.is_at_prompt, "after ^C the shell does not wait for its terminal")
    seat.run("uname")
    trial.check("prompt", "Linux" in seat.said(), "after ^C at the prompt nothing runs")


def _judge_interrupt(trial: Trial, chronicle: Chronicle) -> None:
    for one in programs(chronicle, "sleep")[:1]:
        status = decode(one.status) if one.status is not None else None
        good = isinstance(status, Killed) and status.signal == _SIGINT
        words = sentence(status) if status is not None else "it did not end"
        trial.check("job", good, f"it was not SIGINT that ended it: {words}")


def _quit(trial: Trial) -> None:
    seat = trial.seat
    pid = _foreground(trial)
    seat.type("\x1c")
    seat.until(lambda: seat.is_dead(pid) or seat.is_gone(), "^\\ does not end the program")
    if trial.check("shell", not seat.is_gone(), "^\\ ended the shell"):
        seat.wait_prompt()
        trial.pass_("job")


def _stop(trial: Trial) -> None:
    seat = trial.seat
    pid = _foreground(trial)
    seat.type(STOP)
    seat.until(lambda: seat.is_stopped(pid) or seat.is_dead(pid), "^Z does not stop the program")
    trial.check("stopped", not seat.is_dead(pid), "it is dead")
    seat.wait_prompt()
    trial.pass_("prompt")
    seat.run("uname")
    trial.check("goes-on", "Linux" in seat.said(), "the next command did not run")
    seat.until(
        lambda: seat.is_stopped(pid) or seat.is_dead(pid) or seat.state(pid) == "S",
        "the job is neither stopped nor asleep",
    )
    words = "it is dead" if seat.is_dead(pid) else "it goes on"
    trial.check("kept", seat.state(pid) in ("t", "T"), words)


def _stopped_job(trial: Trial) -> int:
    seat = trial.seat
    pid = _foreground(trial)
    seat.type(STOP)
    seat.until(lambda: seat.is_stopped(pid), "^Z does not stop the program")
    seat.wait_prompt()
    return pid


def _fg(trial: Trial) -> None:
    seat = trial.seat
    pid = _stopped_job(trial)
    seat.type("fg\n")
    seat.until(lambda: seat.state(pid) == "S", "fg does not let the program go on")
    trial.pass_("continues")
    seat.until(seat.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
    now = seat.look(pid)
    has_terminal = now is not None and seat.foreground() == now.pgid
    trial.check("terminal", has_terminal, "the job has not got the terminal")
    trial.check("waits", not seat.is_at_prompt(), "the shell prompts while the job runs")
    seat.type(INTERRUPT)
    seat.until(lambda: seat.is_dead(pid), "^C does not end the job that fg continued")
    seat.wait_prompt()
    trial.pass_("ends")


def _bg(trial: Trial) -> None:
    seat = trial.seat
    pid = _stopped_job(trial)
    seat.type("bg\n")
    seat.until(lambda: seat.state(pid) == "S", "bg does not let the program go on")
    trial.pass_("continues")
    seat.wait_prompt()
    trial.pass_("prompts")
    now = seat.look(pid)
    apart = now is not None and seat.foreground() != now.pgid
    trial.check("terminal", apart, "the job has the terminal")


def _background(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("sleep 1000 &")
    (pid,) = seat.find("sleep")
    trial.pass_("prompts")
    now = seat.look(pid)
    shell = seat.look(seat.shell)
    if now is None or shell is None:
        return
    trial.check("own", now.pgid != shell.pgid, "it is in the shell's group")
    trial.check("terminal", seat.foreground() != now.pgid, "it has the terminal")
    seat.type(INTERRUPT)
    seat.until(seat.is_at_prompt, "after ^C the shell does not wait for its terminal")
    seat.run("uname")
    trial.check("spared", not seat.is_dead(pid), "^C at the prompt ended it")


def _other_child(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("sleep 1000 &")
    (behind,) = seat.find("sleep")
    seat.type("sleep 2000\n")
    both = seat.find("sleep", 2)
    (front,) = set(both) - {behind}
    seat.until(seat.is_waiting_or_at_prompt, "the shell does not wait for its job")
    seat.kill(behind, _SIGKILL)
    seat.until(lambda: seat.is_dead(behind), "the background job does not end")
    seat.until(seat.is_waiting_or_at_prompt, "the shell neither waits nor prompts")
    trial.check(
        "waits",
        not seat.is_at_prompt() and not seat.is_dead(front),
        "it prompts although the program in the foreground still runs",
    )
    seat.kill(front, _SIGKILL)
    seat.wait_prompt()


def _jobs(trial: Trial) -> None:
    seat = trial.seat
    seat.wait_prompt()
    seat.run("sleep 1000 &")
    seat.find("sleep")
    seat.run("jobs")
    answer = seat.said().partition("\n")[2]
    trial.check("names", "sleep" in answer, f"jobs says {answer.strip()!r}")


BEHAVIOURS = (
    Behaviour(
        "groups",
        "makes a job a process group that has the terminal",
        {
            "own": ("the job leads a process group of its own", 2),
            "terminal": ("that group has the terminal", 2),
            "signals": ("the program's signals are at their default", 2),
            "back": ("the shell takes the terminal back", 2),
        },
        _groups,
        look_at="setpgid(2), tcsetpgrp(3), signal(7)",
    ),
    Behaviour(
        "interrupt",
        "survives ^C, which ends the job",
        {
            "job": ("SIGINT ends the program in the foreground", 2),
            "shell": ("the shell lives on", 2),
            "prompt": ("^C at the prompt does no harm", 1),
        },
        _interrupt,
        _judge_interrupt,
        "tcsetpgrp(3), sigaction(2)",
    ),
    Behaviour(
        "quit",
        "survives ^\\, which ends the job",
        {"job": ("SIGQUIT ends the program", 1), "shell": ("the shell lives on", 1)},
        _quit,
        look_at="tcsetpgrp(3)",
    ),
    Behaviour(
        "stop",
        "goes on when ^Z stops the job",
        {
            "stopped": ("the program is stopped", 2),
            "prompt": ("the shell prompts again", 3),
            "goes-on": ("the next command runs", 1),
            "kept": ("the job stays stopped", 1),
        },
        _stop,
        look_at="waitpid(2) with WUNTRACED",
    ),
    Behaviour(
        "fg",
        "brings a stopped job back to the foreground",
        {
            "continues": ("it runs again", 2),
            "terminal": ("it has the terminal", 2),
            "waits": ("the shell waits for it", 1),
            "ends": ("^C ends it and the shell prompts", 1),
        },
        _fg,
        look_at="kill(2) with SIGCONT, tcsetpgrp(3)",
    ),
    Behaviour(
        "bg",
        "lets a stopped job go on behind",
        {
            "continues": ("it runs again", 2),
            "prompts": ("the shell prompts", 1),
            "terminal": ("it has not got the terminal", 1),
        },
        _bg,
        look_at="kill(2) with SIGCONT",
    ),
    Behaviour(
        "background",
        "starts a job behind (&)",
        {
            "prompts": ("the shell prompts while it runs", 2),
            "own": ("it is in a group of its own", 1),
            "terminal": ("it has not got the terminal", 1),
            "spared": ("^C at the prompt does not reach it", 1),
        },
        _background,
        look_at="setpgid(2)",
    ),
    Behaviour(
        "other-child",
        "waits for the child that it means",
        {"waits": ("the end of a background job does not end the wait for the foreground", 3)},
        _other_child,
        look_at="waitpid(2): which child has it told of?",
    ),
    Behaviour(
        "jobs",
        "lists its jobs",
        {"names": ("jobs names the job", 1)},
        _jobs,
        look_at="jobs in sh(1)",
    ),
)
