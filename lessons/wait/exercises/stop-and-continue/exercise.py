"""Stop, continue and report a child, as the shell does with the command in its foreground."""

from __future__ import annotations

from simpsh.course import Type
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    Asked,
    Exercise,
    Trial,
    ends_as,
    prints,
    reported,
)

_WORKER = "process('P1.1')"
_OF_JOBS = ("SIGINT", "SIGQUIT", "SIGCONT", "SIGTSTP", "SIGTTIN", "SIGTTOU")
_LEADS = [
    ("not at('rest').P0.gone and not at('rest').P1.gone", "your program waited for no command"),
    (
        "at('rest').P1.group != at('rest').P0.group",
        "the command was in your program's own group: then ^C and ^Z reach both",
    ),
    ("at('rest').P1.group == at('rest').P1.pid", "the command does not lead its group"),
]
_STOPPED = ("at('rest', 2).P1.state == 'T'", "at ^Z the command was not stopped")
_HEARD = (
    "[r.kind for r in reports] == ['stopped', 'continued', 'stopped', 'continued', 'ended']",
    "your program's wait calls reported: {[r.kind for r in reports]}",
)
_COLLECTED = ("not left", "your program ended without having collected {left}")


def _is_in_front(rest: int, name: str, noun: str) -> tuple[str, str]:
    there = f"at('rest', {rest})"
    return (
        f"{there}.{name}.group == {there}.foreground",
        f"the group of {noun} was not in the foreground, or it had already ended",
    )


_AT_KEYS = Trial(
    arguments=("sh", "-c", "sleep 1000; exit 0"),
    terminal=True,
    at_rest=(Type("^Z"), Type("\n"), Type("^Z"), Type("\n"), Type("^C")),
    asks=(
        Asked(
            "job",
            "the command runs in a group of its own, which it leads",
            _LEADS,
            points=2,
            look_at="setpgid(2): in the child before exec, and in the parent as well",
        ),
        Asked(
            "foreground",
            "this group is the foreground group of the terminal",
            [*_LEADS, _is_in_front(1, "P1", "the command")],
            needs=("job",),
            look_at="tcsetpgrp(3)",
        ),
        Asked(
            "signals",
            "the command does not inherit the signals that your program ignores or blocks",
            [
                (f"not at('rest').{_WORKER}.gone", "your program did not execute the command"),
                (
                    f"not any(at('rest').{_WORKER}.ignores(name) for name in {_OF_JOBS})",
                    "the command inherited signals of jobs as ignored, as your program has them",
                ),
                (
                    f"not any(at('rest').{_WORKER}.blocks(name) for name in {_OF_JOBS})",
                    "the command inherited signals of jobs as blocked, as your program has them",
                ),
            ],
            look_at="execve(2): ignored signals stay ignored, and the mask stays",
        ),
        Asked(
            "stopped",
            "^Z: the command stops, and a wait call of your program reports it",
            [
                _STOPPED,
                (
                    "any(r.kind == 'stopped' for r in reports)",
                    "the command was stopped, but no wait call of your program reported it: the "
                    "call did not ask for stops",
                ),
            ],
            points=2,
            look_at="waitpid(2): WUNTRACED",
        ),
        Asked(
            "taken_back",
            "then your program has the terminal again, and waits for Enter",
            [
                ("at('rest', 2).P0.state != 'T'", "your program itself was stopped"),
                (
                    "at('rest', 2).P0.group == at('rest', 2).foreground or "
                    "not P0.fails('tcsetpgrp')",
                    "your program could not take the terminal back: tcsetpgrp failed; in the "
                    "background only a process that ignores or blocks SIGTTOU may call it",
                ),
                _is_in_front(2, "P0", "your program"),
                _STOPPED,
                ("at('rest', 2).P0.state == 'S'", "your program did not wait"),
            ],
            points=2,
            needs=("stopped",),
            look_at="tcsetpgrp(3) from the background: SIGTTOU",
        ),
        Asked(
            "continued",
            "Enter: all processes of the command continue",
            [
                ("P0.sends('SIGCONT')", "your program sent no SIGCONT"),
                (
                    "at('rest', 3).P1.state != 'T' and at('rest', 3).process('P1.1').state != 'T'",
                    "your program sent SIGCONT, and a process of the command remained stopped, or "
                    "had ended; a group has a negative number",
                ),
            ],
            points=2,
            needs=("stopped",),
            look_at="kill(2): a negative pid is a group",
        ),
        Asked(
            "handed",
            "and these processes are in the foreground again",
            [_STOPPED, _is_in_front(3, "P1", "the command")],
            needs=("stopped",),
            look_at="tcsetpgrp(3), and only then SIGCONT",
        ),
        Asked(
            "heard",
            "the wait calls of your program report the stop, the continue, and the end",
            [_HEARD],
            needs=("stopped",),
            look_at="waitpid(2): WUNTRACED | WCONTINUED",
        ),
        Asked(
            "told",
            "it prints a line for each: PID stopped 20, PID continued, PID killed 2",
            [
                _HEARD,
                prints("[f % P1.pid for f in ('%d stopped 20', '%d continued', '%d killed 2')]"),
            ],
            needs=("stopped", "heard"),
            look_at="waitpid(2): WSTOPSIG, WIFCONTINUED, WTERMSIG",
        ),
        Asked(
            "again",
            "a second ^Z and Enter: the same happens again",
            [
                (
                    "[said(P0).count(f % P1.pid) for f in ('%d stopped 20', '%d continued')] "
                    "== [2, 2]",
                    "the command was stopped twice; {printed()}",
                )
            ],
            points=2,
            needs=("stopped", "continued"),
            look_at="waitpid(2): a loop that leaves only when the command has ended",
        ),
        Asked(
            "survived",
            "^C ends the command alone; your program ends with status 130",
            [
                ("P1.killed('SIGINT')", "SIGINT did not end the command"),
                ("not P0.gets_signal('SIGINT')", "your program got SIGINT, too"),
                ("P0.status == 130", "{ending(P0)}"),
            ],
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
            [
                _COLLECTED,
                ("len(P0.collects(P1)) == 1", "your program collected no command"),
                reported("P1"),
                prints("['%d exited %d' % (end.pid, end.code) for end in ends]"),
            ],
            look_at="waitpid(2): WIFEXITED, WEXITSTATUS",
        ),
        Asked(
            "status",
            "and your program ends with that status",
            [_COLLECTED, ("P0.collects(P1)", "your program collected no command"), ends_as("P1")],
            needs=("exited",),
            look_at="exit(3)",
        ),
    ),
)


EXERCISE = Exercise(
    id="stop-and-continue",
    title="Stop, continue and report a child as the shell does",
    minutes=60,
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
