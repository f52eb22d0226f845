"""Open a file with the right viewer: fork, exec, wait, and say how the viewer ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import all_of, value
from simpsh.grade.exercises import (
    EXITS_AT_RANDOM,
    RANDOM,
    Asked,
    Exec,
    Exercise,
    Trial,
    collected,
    draws,
    ended,
    left_behind,
    so,
    writes_to_output,
)

if TYPE_CHECKING:
    from random import Random

    from simpsh.grade.exercises import Observation

_SIGNALS = "9 10 12 14 15"
program, child = "P0", "P1"


def _given(viewer: str, name: str) -> Asked:
    def instead(seen: Observation) -> str:
        executed = [
            event.what.argv
            for event in seen.events
            if isinstance(event.what, Exec) and seen.name_of(event.proc) == "P1"
        ]
        if any(
            isinstance(event.what, Exec)
            and event.what.argv[0] == viewer
            and seen.name_of(event.proc) == "P0"
            for event in seen.events
        ):
            return (
                f"your program became {viewer} itself: no process is left to say how {viewer} ended"
            )
        if not executed:
            return "your program made no child that executed anything"
        return "" if executed == [(viewer, name)] else f"the child executed {list(executed[0])}"

    return Asked(
        f"runs-{viewer}",
        f"for {name} a child executes {viewer} with this name",
        so(f"a child executes {viewer} {name}", instead),
        points=2,
        look_at="execvp(3): argv[0] is the viewer's name, then the file's, then NULL",
    )


def _left(seen: Observation) -> str:
    if len(seen.names) == 1:
        return "your program had no child to wait for"
    left = left_behind(seen)
    return f"your program ended without having collected {' and '.join(left)}" if left else ""


def _line(viewer: str, seen: Observation) -> str:
    """Return the line that should be printed; empty if no wait reported an end."""
    words = [word for name, _, word in collected(seen) if name == "P1"]
    process = seen.chronicle.processes.get("P1")
    if not words and process and process.status is not None and not left_behind(seen):
        words = [process.status]  # posix_spawn(3) collected it, because exec failed
    if not words:
        return ""
    if words[-1] & 0x7F:
        return f"{viewer} was killed by signal {words[-1] & 0x7F}"
    return f"{viewer} ended with status {words[-1] >> 8}"


def _prints_the_end(key: str, viewer: str, how: str) -> Asked:
    def instead(seen: Observation) -> str:
        lines = [line.strip() for line in seen.printed("P0").splitlines()]
        wanted = _line(viewer, seen)
        if not wanted:
            return f"no wait call of your program reported how {viewer} ended"
        printed = f"it printed {', '.join(map(repr, lines))}" if lines else "it printed nothing"
        return "" if wanted in lines else f"{printed}; the task asks for the line {wanted!r}"

    it_prints = so(f"it prints that {viewer} {how}", instead)
    return Asked(
        key,
        f"it prints that {viewer} {how}",
        all_of(draws(child), it_prints) if viewer == "sh" else it_prints,
        points=2,
        look_at="wait(2): WIFEXITED, WEXITSTATUS, WIFSIGNALED, WTERMSIG",
    )


def _trials(random: Random) -> tuple[Trial, ...]:
    text = "".join(random.choice("abcdefgh") for _ in range(8))
    name = "".join(random.choice("klmnop") for _ in range(5))
    return (
        Trial(
            arguments=(f"{name}.txt",),
            names=(f"cat {name}.txt",),
            files={f"{name}.txt": f"{text}\n"},
            asks=(
                _given("cat", f"{name}.txt"),
                Asked(
                    "waits",
                    "your program waits for the viewer before it prints anything",
                    all_of(
                        so("it collects its child", _left),
                        "P0.collects(P1)",
                        "before(P1.ends, P0.writes())",
                    ),
                    points=2,
                    did=lambda seen: _left(seen) or "it printed before it had collected its child",
                    look_at="waitpid(2)",
                ),
                _prints_the_end("success", "cat", "ended with status 0"),
                Asked(
                    "own-status",
                    "then your program ends with status 0",
                    "P0.collects(P1) and P0.status == 0",
                    did=_ended,
                    needs=("waits",),
                    look_at="exit(3)",
                ),
            ),
        ),
        Trial(
            arguments=("script.sh",),
            names=("sh script.sh",),
            files={"script.sh": f"{EXITS_AT_RANDOM}\n"},
            asks=(
                _prints_the_end("status", "sh", "ended, and with which status"),
                Asked(
                    "failure",
                    "then your program ends with a status other than 0",
                    "P0.collects(P1) and P0.status != 0",
                    did=_ended,
                    look_at="exit(3)",
                ),
            ),
        ),
        Trial(
            arguments=("accident.sh",),
            names=("sh accident.sh",),
            files={"accident.sh": f"{RANDOM}; set -- {_SIGNALS}; shift $((n % $#)); kill -$1 $$\n"},
            asks=(_prints_the_end("signal", "sh", "was killed, and by which signal"),),
        ),
        Trial(
            arguments=("molecule.xyz",),
            asks=(
                Asked(
                    "missing",
                    "a viewer that does not exist: the child ends at once with status 127",
                    "P1.status == 127 and len(processes) == 2",
                    points=2,
                    did=_went_on,
                    look_at="execvp(3) returns only if it failed: then _exit(127)",
                ),
                _prints_the_end("not-there", "xyzview", "ended with status 127"),
            ),
        ),
        Trial(
            arguments=("picture.unknown",),
            asks=(
                Asked(
                    "refused",
                    "a name without a viewer is refused before any fork: one line on standard "
                    "error, status 2",
                    so("it is refused in one line, with status 2", _refuses),
                    look_at="strrchr(3): the last dot; there may be none",
                ),
            ),
        ),
    )


def _refuses(seen: Observation) -> str:
    if value("P0.forks()", seen):
        return "your program forked although it knows no viewer"
    if seen.chronicle.processes[program].status != 2 << 8:
        return ended(seen)[0]
    if writes_to_output(seen):
        return "your program wrote to standard output, not to standard error"
    lines = seen.output.strip().splitlines()
    return "" if len(lines) == 1 else f"your program wrote {len(lines)} lines to standard error"


def _ended(seen: Observation) -> str:
    return _left(seen) or ended(seen)[0]


def _went_on(seen: Observation) -> str:
    if "P1" not in seen.chronicle.processes:
        return "your program made no child"
    if len(seen.names) > 2:
        return f"there were {len(seen.names)} processes: the child forked, too"
    return (
        f"{ended(seen, child)[0]}: after the failed exec the child continued with the code of "
        "your program"
    )


EXERCISE = Exercise(
    id="open-file",
    title="Open a file with the right viewer",
    minutes=30,
    after=("exec-replaces", "status-word"),
    trials=_trials,
    hints=(
        "Three calls: one makes a process, one gives it another program, one waits for its end.",
        "execvp looks for the viewer in PATH. Its first argument is the program. Its second "
        "argument is the whole list of words: again the name of the viewer, then the name of "
        "the file.",
        "Which process runs the line after execvp, and when? This process must not continue.",
        "waitpid stores a wait status: WIFEXITED(word) says whether WEXITSTATUS(word) has a "
        "meaning, WIFSIGNALED(word) whether WTERMSIG(word) has.",
    ),
)
