"""The counts that explain tells are those of a recording; it tells none where they depend."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.support.shells import SIMPSH, Place, run, simpsh

CALLS = ("fork", "exec", "pipe", "open", "dup2", "close", "wait")
Counts = dict[str, int]

PIPELINES = r"""
/bin/true
nosuchprogram
nosuchprogram | cat
printf x >f
printf x >>f
printf x >|f
cat </dev/null
cat <>f
printf x 2>&1 >f
printf x >f 2>&1
printf x 2>&-
printf x 3>&1 4>&3 3>&-
cat 3</dev/null
cat 4</dev/null 3<&4 4<&-
cat 7<&-
printf x >f <f >g
cat <<<word
cat <<<word <<<other
printf x | cat
printf x | cat | cat | cat | cat
printf x >f | cat </dev/null >g
printf x 2>&1 | cat >&2
cat <&0 | cat 5<&0 6>&1
(printf x)
(printf x; printf y)
(printf x | cat)
(printf x) >f
(printf x) | cat
(printf x; printf y) | (cat; printf z)
((printf x))
(cd /; pwd) >f
(exec printf x)
(exit 3)
printf x | (cat | cat) | { cat; }
{ printf x; }
{ printf x; printf y; } >f
{ printf x; } 2>/dev/null | cat
{ { printf x; } >f; } 2>g
{ printf x; cat <f; } 3<&0 >f
pwd
pwd >f
pwd | cat
printf x | pwd
: >f
>f
>f 2>g
umask
type cd | cat
read x <<<word
A=1 printf x
A=1 pwd >f
A=$(printf x) B=$(printf y) printf z
printf "%s" $(printf x)
printf "%s" "$(printf x | cat)"
printf "%s" $(printf x; printf y)
printf "%s" $(pwd)
printf "%s" $(printf "%s" $(printf x))
printf "%s" `printf x` $(cat <<<y)
printf "%s" $()
printf x >$(printf f)
printf x | cat $(printf -)
(printf x) >$(printf f)
cat <$(printf f) >&x$nothing
command printf x
command printf x >f
command pwd | cat
! printf x
time printf x | cat
(trap '' INT; (printf x))
""".strip().splitlines()
PIPELINES += [
    "cat <<A\n$HOME\nA",
    "cat <<A 4<<B\none\nA\ntwo\nB",
    "cat <<A | cat\n" + "x" * 5000 + "\nA",
    "{ cat; cat <&3; } <<A 3<<<y\nx\nA",
]
"""One shell runs them all."""

CHANGING = [
    "cd /",
    "ulimit -n 20",
    "exec printf x",
    "exec 3>f",
    "exec 3>f 4>&3 3>&-",
    "A=1",
    "A=$(printf x)",
    "export A=$(printf x)",
    "exec 3>f; printf x >&3; exec 3>&-",
    "printf x; printf y; pwd",
    "f() { printf x | cat; }; f >o",
    "exit 3; printf x",
]
"""These change the shell, so that each is run in one of its own."""

DEPENDING = r"""
i=0; while [ $i -lt 3 ]; do printf $i; i=$((i+1)); done
if printf x | grep -q x; then y=1; else y=2; fi; printf $y
case main.c in *.o) printf o;; *.c) printf c | cat;; *) printf z;; esac
for f in a b c; do printf $f; done
f() { f; }; f
true && printf x
false || printf x
x=pwd; $x
. ./s
eval "$1"
printf x & wait
trap 'printf bye' INT
cd d; bin/ls
printf "%s" ${x-$(pwd)}
cat <<<$(printf x)
set -e; false; printf x
PATH=/nowhere; printf x
""".strip().splitlines()


def told(lines: Sequence[str]) -> dict[str, Counts | None]:
    """How often each line makes each call, as explain says; None where it does not say."""
    # One shell explains them all: nothing of a line is run, so none can change the next one.
    script = "\n".join(
        f"explain \"${{{number}}}\"; printf '\\f'" for number in range(1, len(lines) + 1)
    )
    outcome = run(SIMPSH, script, arguments=lines)
    assert (outcome.status, outcome.error) == (0, ""), outcome
    return dict(zip(lines, map(totals, outcome.text.split("\f")[:-1]), strict=True))


def totals(explanation: str) -> Counts | None:
    """The last lines of an explanation, as numbers."""
    _, heading, text = explanation.rpartition("\n  in all")
    pairs = re.findall(r"(\d+) (fork|exec|pipe|open|dup2|close|wait)s?\b", text)
    return {call: int(number) for number, call in pairs} if heading else None


def recorded(*lines: str) -> list[Counts]:
    """How often the shell, its copies, and their children up to exec made each call.

    One shell runs the lines, with a program between them that marks where the next one begins.
    """
    script = "\n/bin/true mark\n".join(["", *lines, ""])
    with Place() as place:
        file = f"{place.base}/recording"
        run(simpsh("--engine", "fork", "--trace", file), script, place=place)
        with open(file, encoding="utf-8") as recording:
            events = [json.loads(line) for line in recording][1:]
    counts: list[Counter[str]] = []
    for event in events:
        if event["event"] == "exec" and event["argv"][1:] == ["mark"]:
            # After a line the next mark is started, before it the last one is waited for.
            if counts:
                counts[-1].subtract(("fork", "exec"))
            counts.append(Counter({"wait": -1}))
        elif counts:
            call, amount = counted(event)
            counts[-1][call] += amount
    return [{call: count[call] for call in CALLS} for count in counts]


def counted(event: dict[str, object]) -> tuple[str, int]:
    """Which count an event changes, and by how much."""
    match event:
        case {"event": "fork" | "pipe" | "close" as name}:
            return str(name), 1
        case {"event": "open", "errno": 0}:
            return "open", 1
        case {"event": "wait_return", "child_pid": int(pid)} if pid > 0:
            return "wait", 1
        case {"event": "call", "name": "dup2", "errno": 0}:
            return "dup2", 1
        case {"event": "call", "name": "execve", "begins": True}:
            # A call that succeeds does not return.
            return "exec", 1
        case {"event": "exec_error"}:
            return "exec", -1
    return "", 0


def test_the_counts_of_pipelines_are_those_of_a_recording():
    assert dict(zip(PIPELINES, recorded(*PIPELINES), strict=False)) == told(PIPELINES)


@pytest.mark.parametrize("line", CHANGING)
def test_the_counts_of_a_line_that_changes_the_shell_are_those_of_a_recording(line):
    assert recorded(line)[0] == told([line])[line]


def test_no_counts_are_told_where_they_depend_on_what_happens():
    assert told(DEPENDING) == dict.fromkeys(DEPENDING)
