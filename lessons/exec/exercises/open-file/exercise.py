"""Open a file with the right viewer: fork, exec, wait, and say how the viewer ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.grade.exercises import EXITS_AT_RANDOM, RANDOM, Asked, Exercise, Trial, draws

if TYPE_CHECKING:
    from random import Random

_SIGNALS = "9 10 12 14 15"
_COLLECTED = (
    ("P1.born", "your program had no child to wait for"),
    ("not left", "your program ended without having collected {left}"),
)


def _prints_the_end(key: str, viewer: str, how: str) -> Asked:
    # The kernel's word counts if posix_spawn(3) collected the child, because exec failed.
    word = "([end.word for end in ends] or [seen.chronicle.processes['P1'].status])[-1]"
    line = (
        f"('{viewer} was killed by signal %d' % ({word} & 127) if {word} & 127 else "
        f"'{viewer} ended with status %d' % ({word} >> 8))"
    )
    return Asked(
        key,
        f"it prints that {viewer} {how}",
        [
            *([draws("P1")] if viewer == "sh" else []),
            (
                "ends or P1.ends and not left",
                f"no wait call of your program reported how {viewer} ended",
            ),
            (f"{line} in said(P0)", f"{{printed()}}; the task asks for the line {{repr({line})}}"),
        ],
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
                Asked(
                    "runs-cat",
                    f"for {name}.txt a child executes cat with this name",
                    [
                        (
                            "not P0.execs('cat')",
                            "your program became cat itself: no process is left to say how cat "
                            "ended",
                        ),
                        ("P1.execs", "your program made no child that executed anything"),
                        (f"P1.argv == ('cat', '{name}.txt')", "the child executed {list(P1.argv)}"),
                    ],
                    points=2,
                    look_at="execvp(3): argv[0] is the viewer's name, then the file's, then NULL",
                ),
                Asked(
                    "waits",
                    "your program waits for the viewer before it prints anything",
                    [
                        *_COLLECTED,
                        (
                            "P0.collects(P1) and before(P1.ends, P0.writes())",
                            "it printed before it had collected its child",
                        ),
                    ],
                    points=2,
                    look_at="waitpid(2)",
                ),
                _prints_the_end("success", "cat", "ended with status 0"),
                Asked(
                    "own-status",
                    "then your program ends with status 0",
                    [*_COLLECTED, ("P0.status == 0", "{ending(P0)}")],
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
                    [*_COLLECTED, ("P0.status != 0", "{ending(P0)}")],
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
                    [
                        ("P1.born", "your program made no child"),
                        (
                            "len(processes) == 2",
                            "there were {len(processes)} processes: the child forked, too",
                        ),
                        (
                            "P1.status == 127",
                            "{ending(P1)}: after the failed exec the child continued with the code "
                            "of your program",
                        ),
                    ],
                    points=2,
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
                    [
                        ("not P0.forks()", "your program forked although it knows no viewer"),
                        ("P0.status == 2", "{ending(P0)}"),
                        (
                            "not uses_stdout",
                            "your program wrote to standard output, not to standard error",
                        ),
                        (
                            "len(output.strip().splitlines()) == 1",
                            "your program wrote {len(output.strip().splitlines())} lines to "
                            "standard error",
                        ),
                    ],
                    look_at="strrchr(3): the last dot; there may be none",
                ),
            ),
        ),
    )


EXERCISE = Exercise(
    id="open-file",
    title="Open a file with the right viewer",
    minutes=30,
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
