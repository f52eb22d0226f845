"""Stop, continue and report a child, as the shell does with the command in its foreground."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from simpsh.course import Type, all_of, some
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    PROGRAM,
    Asked,
    Exercise,
    SignalSend,
    TcSetPgrp,
    Trial,
    WaitReturn,
    collected,
    ends_as,
    gives_statuses,
    left_behind,
    pid_of,
    prints,
    so,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.grade.exercises import Observation, ProcessLook

program, command, worker = PROGRAM, "P1", "P1.1"
_RUNS, _STOPPED, _GOES_ON = "rest", "rest 2", "rest 3"
_SIGINT, _SIGCONT = 2, 18
_CONTINUED = 0xFFFF
_OF_JOBS = {2: "SIGINT", 3: "SIGQUIT", 18: "SIGCONT", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU"}


def _look(seen: Observation, moment: str, name: str) -> ProcessLook | None:
    return seen.moments[moment].looks.get(name) if moment in seen.moments else None


def _is_a_job(seen: Observation) -> str:
    mine, its = _look(seen, _RUNS, program), _look(seen, _RUNS, command)
    if mine is None or its is None:
        return "your program was not waiting for a command"
    if its.group == mine.group:
        return "the command was in your program's own group: then ^C and ^Z reach both"
    return "" if its.group == its.pid else "the command does not lead its group"


def _listens_to(moment: str, name: str) -> Callable[[Observation], str]:
    """Return a check that the group of a process is in the foreground at a moment."""

    def instead(seen: Observation) -> str:
        look = _look(seen, moment, name)
        if look is None:
            return f"{_NOUN[name]} had already ended"
        if look.state == "T" and name == PROGRAM:
            return "your program itself was stopped"
        if look.group == seen.moments[moment].foreground:
            return ""
        return f"the group of {_NOUN[name]} was not in the foreground"

    return instead


_NOUN = {program: "your program", command: "the command"}


def _is_stopped(seen: Observation) -> str:
    if any((what.status or 0) & 0xFF == 0x7F for what in _reports(seen)):
        return ""
    look = _look(seen, _STOPPED, command)
    if look is None or look.state != "T":
        return "at ^Z the command was not stopped"
    return (
        "the command was stopped, but no wait call of your program reported it: the call did "
        "not ask for stops"
    )


def _has_it_back(seen: Observation) -> str:
    wrong = _listens_to(_STOPPED, PROGRAM)(seen)
    failed = [
        errno.errorcode[event.what.errno]
        for event in seen.events
        if isinstance(event.what, TcSetPgrp)
        and event.what.errno
        and seen.name_of(event.proc) == PROGRAM
    ]
    if wrong and failed:
        return (
            f"your program could not take the terminal back: tcsetpgrp failed, {failed[-1]}; in "
            "the background only a process that ignores or blocks SIGTTOU may call it"
        )
    return wrong


def _has_signals_of_its_own(seen: Observation) -> str:
    look = _look(seen, _RUNS, worker)
    if look is None:
        return "your program did not execute the command"
    for field, word in (("SigIgn", "ignored"), ("SigBlk", "blocked")):
        bits = int(look.status[field], 16)
        names = [name for number, name in _OF_JOBS.items() if bits & 1 << number - 1]
        if names:
            return f"the command inherited {', '.join(names)} {word}, as your program has it"
    return ""


def _reports(seen: Observation) -> list[WaitReturn]:
    return [
        event.what
        for event in seen.events
        if isinstance(event.what, WaitReturn)
        and event.what.child_pid > 0
        and seen.name_of(event.proc) == PROGRAM
    ]


def _is_continued(seen: Observation) -> str:
    sent = [
        event.what.target
        for event in seen.events
        if isinstance(event.what, SignalSend)
        and event.what.signal == _SIGCONT
        and seen.name_of(event.proc) == PROGRAM
    ]
    if not sent:
        return "your program sent no SIGCONT"
    looks = {name: _look(seen, _GOES_ON, name) for name in (command, worker)}
    still = [name for name, look in looks.items() if look is not None and look.state == "T"]
    if still:
        alone = " to the command alone" if -pid_of(seen, command) not in sent else ""
        return f"your program sent SIGCONT{alone}; {' and '.join(still)} remained stopped"
    gone = [name for name, look in looks.items() if look is None]
    return f"{gone[0]} had already ended" if gone else ""


def _lines(seen: Observation) -> list[str]:
    pid = pid_of(seen, command)
    return [f"{pid} stopped 20", f"{pid} continued", f"{pid} killed {_SIGINT}"]


def _twice(seen: Observation) -> str:
    """Return why the second stop was not handled like the first; empty if it was."""
    pid = pid_of(seen, command)
    lines = [line.strip() for line in seen.printed(PROGRAM).splitlines()]
    times = [lines.count(f"{pid} {word}") for word in ("stopped 20", "continued")]
    if times == [2, 2]:
        return ""
    return (
        f"the command was stopped twice; your program printed {times[0]} stops and {times[1]} "
        "continues"
    )


def _all_reported(seen: Observation) -> str:
    """Return what the wait calls reported, unless it was each stop, each continue and the end."""
    words = [what.status or 0 for what in _reports(seen)]
    kinds = [
        "stopped" if word & 0xFF == 0x7F else "continued" if word == _CONTINUED else "ended"
        for word in words
        if word != 0
    ]
    if kinds == ["stopped", "continued", "stopped", "continued", "ended"]:
        return ""
    return f"your program's wait calls reported: {', '.join(kinds) or 'nothing'}"


def _left(seen: Observation) -> str:
    left = left_behind(seen)
    return f"your program ended without having collected {left[0]}" if left else ""


_AT_KEYS = Trial(
    arguments=("sh", "-c", "sleep 1000; exit 0"),
    terminal=True,
    at_rest=(Type("^Z"), Type("\n"), Type("^Z"), Type("\n"), Type("^C")),
    asks=(
        Asked(
            "job",
            "the command runs in a group of its own, which it leads",
            so("the command leads a group", _is_a_job),
            points=2,
            look_at="setpgid(2): in the child before exec, and in the parent as well",
        ),
        Asked(
            "foreground",
            "this group is the foreground group of the terminal",
            all_of(
                so("the command leads a group", _is_a_job),
                so("the command's group is in the foreground", _listens_to(_RUNS, command)),
            ),
            needs=("job",),
            look_at="tcsetpgrp(3)",
        ),
        Asked(
            "signals",
            "the command does not inherit the signals that your program ignores or blocks",
            so("the signals are at their defaults", _has_signals_of_its_own),
            look_at="execve(2): ignored signals stay ignored, and the mask stays",
        ),
        Asked(
            "stopped",
            "^Z: the command stops, and a wait call of your program reports it",
            so("a wait call reports the stop", _is_stopped),
            points=2,
            look_at="waitpid(2): WUNTRACED",
        ),
        Asked(
            "taken_back",
            "then your program has the terminal again, and waits for Enter",
            all_of(
                so("the program has the terminal", _has_it_back),
                some("", ("at('rest', 2).P1.state == 'T'", "the command was not stopped")),
                some("", ("at('rest', 2).P0.state == 'S'", "your program did not wait")),
            ),
            points=2,
            needs=("stopped",),
            look_at="tcsetpgrp(3) from the background: SIGTTOU",
        ),
        Asked(
            "continued",
            "Enter: all processes of the command continue",
            so("the whole group continues", _is_continued),
            points=2,
            needs=("stopped",),
            look_at="kill(2): a negative pid is a group",
        ),
        Asked(
            "handed",
            "and these processes are in the foreground again",
            all_of(
                some("", ("at('rest', 2).P1.state == 'T'", "the command was not stopped")),
                so("the command's group is in the foreground", _listens_to(_GOES_ON, command)),
            ),
            needs=("stopped",),
            look_at="tcsetpgrp(3), and only then SIGCONT",
        ),
        Asked(
            "heard",
            "the wait calls of your program report the stop, the continue, and the end",
            so("the wait calls report all three", _all_reported),
            needs=("stopped",),
            look_at="waitpid(2): WUNTRACED | WCONTINUED",
        ),
        Asked(
            "told",
            "it prints a line for each: PID stopped 20, PID continued, PID killed 2",
            all_of(
                so("the wait calls report all three", _all_reported),
                prints("a line for each change", _lines),
            ),
            needs=("stopped", "heard"),
            look_at="waitpid(2): WSTOPSIG, WIFCONTINUED, WTERMSIG",
        ),
        Asked(
            "again",
            "a second ^Z and Enter: the same happens again",
            so("the second stop is handled as the first", _twice),
            points=2,
            needs=("stopped", "continued"),
            look_at="waitpid(2): a loop that leaves only when the command has ended",
        ),
        Asked(
            "survived",
            "^C ends the command alone; your program ends with status 130",
            some(
                "",
                ("P1.killed('SIGINT')", "SIGINT did not end the command"),
                ("not P0.gets_signal('SIGINT')", "your program got SIGINT, too"),
                ("P0.status == 130", "its status was {P0.status}"),
            ),
            look_at="credentials(7): which processes are in the foreground group?",
        ),
    ),
)


_EXITS = Trial(
    arguments=("sh", "-c", EXITS_AT_RANDOM),
    terminal=True,
    asks=(
        Asked(
            "exited",
            "a command that exits: it prints “PID exited STATUS”",
            all_of(
                "len(P0.collects(P1)) == 1",
                gives_statuses(command),
                prints(
                    "PID exited and the status",
                    lambda seen: [f"{pid} exited {word >> 8}" for _, pid, word in collected(seen)],
                ),
            ),
            did=_left,
            look_at="waitpid(2): WIFEXITED, WEXITSTATUS",
        ),
        Asked(
            "status",
            "and your program ends with that status",
            all_of("len(P0.collects(P1)) == 1", ends_as(lambda _: command)),
            did=_left,
            needs=("exited",),
            look_at="exit(3)",
        ),
    ),
)


EXERCISE = Exercise(
    id="stop-and-continue",
    title="Stop, continue and report a child as the shell does",
    minutes=60,
    after=("stop-and-continue", "jobs-and-terminal"),
    trials=(_AT_KEYS, _EXITS),
    hints=(
        "Which processes get ^C and ^Z? All in the foreground group of the terminal. Your "
        "program must not be in that group while the command runs.",
        "A group of its own: setpgid(0, 0) in the child, before exec; and the same in the "
        "parent, because either of them can run first. Then tcsetpgrp.",
        "SIGTTOU stops a background process that calls tcsetpgrp, unless the process ignores "
        "or blocks it. The command inherits ignored signals: restore them before exec.",
        "A wait without WUNTRACED does not return when the command stops. Make a loop: "
        "waitpid, report, and leave only when the command has exited or was killed.",
        "At a stop: tcsetpgrp to your own group, read a line, tcsetpgrp to the group of the "
        "command, kill(-group, SIGCONT), and wait again, with WCONTINUED.",
    ),
)
