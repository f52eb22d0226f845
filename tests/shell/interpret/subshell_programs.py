"""Random programs around `$( )`, `( )`, pipelines and programs, which look for their own process.

Each looks at descriptors, files, /proc, signals, limits or the state of the shell in a subshell,
also with words from variables, functions and aliases. The programs print no pids and no times.
"""

import random
import re
import shlex
from collections.abc import Iterator, Sequence

from simpsh.base.record import changed
from tests.harness.sh import DidNotEnd, File, Place, Shell, run

FOLDER = """\
umask 022
mkdir t; cd t; mkdir d; printf '%s\\n' a1 b2 c3 >in2; ln -s /dev/stdout so; ln -s ../in li
printf 'echo script "$0" "$@"\\n' >plain; printf '#!/nonexistent\\n' >bad; printf '\\1\\2\\0' >bin
printf '#!/bin/sh\\necho sheb "$1"\\n' >sheb; printf x >noexec; printf x >d/x
chmod +x plain bad bin sheb d/x; cd ..
"""
DEFINITIONS = """\
trap : USR1; alias before=echo; hash sed
f=/dev/stdout op=-p t='-p /dev/stdout' A=a B='b c' N=3 c=cd two='>&2' e=echo
g() { echo "g$#"; return 2; }
h() { local A=h; echo "$A$1"; g "$@"; }
w() { echo w1 >"$f"; printf 'w2\\n'; }
k() { [ "$op" "${1:-/dev/stdout}" ] && echo k || echo nok; }
"""

SILENT = (
    "echo a", "printf '%s|' a b", "echo '$A' \"$B\"", "A=x; B=y", ":", "true", "false", "g",
    "h 1 2", "[ $N -gt 2 ] && echo more", '[ "$A" = a ] || echo other', "[ $# -gt 0 ] && shift",
    "for x in 1 2 3; do echo $x; done", "case $A in a) echo A;; *) echo no;; esac", "echo ${#B}",
    "i=0; while [ $i -lt 4 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo $i; done",
    "printf 'no newline'", "printf 'a\\0b\\n\\n\\n'", "command -v cd", "type g", "export A=e",
    "unset A", "local_() { local A=l; echo $A; }; local_; echo $A", "echo $((N += 2))", "echo *",
    "${e} indirect", "pwd >/dev/null 2>&1", "[ -f in2 ] && echo file", "[ -d \"$PWD\" ]",
    "readonly A", "echo ${U:=set} $U", "echo `g`", "x=$(h 1; echo $?); echo \"$x\"", "(exit 4)",
    "echo a >&1", "echo a 2>&1", "echo gone >/dev/null", "[ a -eq 1 ] 2>/dev/null",
    "if (false); then echo yes; fi", "exit 3", "return 5", "break", "set -- ${x-}",
    "[ in2 -nt in2 ]", "echo [d]*", "cat_() { :; }; cat_", "printf '%s %d\\n' x 7", "pwd | wc -l",
)  # fmt: skip
"""Commands that most subshells consist of."""

NOTICING = {
    "redirection": (
        "echo r >/dev/stdout", "echo r >/dev/fd/1", "echo r >$f", "echo r >>so", "w",
        "echo r >./so", "printf r >/proc/self/fd/1", "echo r >d/../so", "echo r >new",
        "echo r >>in2", "$e r >$f", "echo r 3>&1 >&3", "{ echo r; echo s >&3; } 3>&1",
        "echo r >d", "echo r >&9", "echo r >&-", "echo r <missing", "eval \"echo r >$f\"",
        ": >new2", "set -C; echo r >in2", "h 1 >$f", "for x in 1 2; do echo $x; done >/dev/fd/1",
        "echo a <<E >$f\ntext\nE", "echo r <>new3", "{ echo r; } >/dev/fd/1", "(echo r) >$f",
        "if :; then echo r; fi >so",
        "echo err >&2", "echo o; echo err >&2; echo p", "{ echo o; echo e >&2; } 2>&1", "g >&2",
        "printf e 1>&2", "{ echo 1; echo 2 >&2; } 2>/dev/null",
    ),
    "path": (
        "[ -p /dev/stdout ] && echo pipe", "[ -f /dev/fd/1 ] && echo file", "k", "k so", "[ $t ]",
        '[ "$op" "$f" ] && echo op', "test -s /dev/stdout && echo s", "[ ! -p so ] && echo no",
        "[ x = x -a -p so ] && echo and", "[ /dev/stdout -ef /dev/fd/1 ] && echo same",
        "[ /proc/self -ef /proc/$$ ] && echo self", "[ -e /proc/self/fd/1 ] && echo e",
        "[ -d /dev/fd/1 ] && echo dir", "[ -f /dev/fd/1 ] || echo nofile", "[ $t ] && echo t",
        "echo /dev/fd/1/*", "PATH=/dev/fd/1 command -v x", "(PWD=/dev/fd/1; pwd)",
        "PWD=/dev/fd/1; pwd", "[ -f /dev/stdout -o -p /dev/stdout ] && echo or",
        "[ -t 1 ] && echo tty || echo notty", "test -t $((0 + 1)) && echo t1",
        "echo u; [ -s out ] && echo full || echo empty", "printf u; test -s ../p$P/out",
        "[[ -p /dev/stdout ]] && echo cp", "[[ -f /dev/fd/1 ]] && echo cf",
        "/bin/echo /dev/fd/1/*",
    ),
    "message": (
        "[ a -eq 1 ]", "echo ${U?unset}", "A=1; readonly A; A=2", "printf %d x",
        "set -u; echo $U", "shift 99", "echo $((1 / 0))", "echo a; ( : <missing ); echo b",
        "set -x; echo traced", "[ 1 -eq 1", "export 1a", "{ [ a -eq 1 ]; echo after; } 2>&1",
        "unset 1x",
    ),
    "process": (
        "cat in2", "/bin/echo prog", "cat",
        "sh -c 'echo $PPID' | { read p; [ $p = $$ ] && echo own; }",
        "p=$(sh -c 'echo $PPID'); [ \"$p\" = $$ ] && echo own || echo other", "echo $(cat in2)",
        "sh -c 'kill -TERM $$'", "cat in2 & wait", "echo a | cat", "echo a | read x; echo $x",
        "head -c 2", "./plain 1", "nosuch", "sh -c 'exit 9'", "echo x | tr x y >/dev/stdout",
        "cat </dev/stdin", "cat <in2 >$f", "$(echo cat) in2",
        "sh -c '[ -p /dev/stdout ]' && echo pp", "{ echo bg; } & wait", "env -i sh -c pwd",
        "x=$(echo a; cat in2); echo \"$x\"", "sh -c 'kill -9 $PPID'; echo survived",
        "sh -c 'kill -USR1 $PPID'; echo survived",
        "{ time -p echo t; } 2>&1 | sed 's/[0-9.]*$//'", "tm=$( { time -p :; } 2>&1 ); echo ${#tm}",
    ),
    "overflow": (
        "printf '%05000d\\n' 1 | { [ -p /dev/stdin ] && echo pi; wc -c; }",
        "for x in 1 2 3 4 5; do printf '%01000d' $x; done | sh -c '[ -p /dev/stdin ]; echo $?'",
        "x=$(printf '%05000d\\n' 1 | sh -c '[ -p /dev/stdin ]; echo $?'); echo \"$x\"",
    ),
    "cd": ("cd d", "cd d && echo *", "$c d; pwd | sed 's:.*/::'", "cd /; cd - >/dev/null"),
    "umask": ("umask 077", "umask 027; : >masked", "umask"),
    "ulimit": ("ulimit -Sn 50", "ulimit -Sc 0", "ulimit -f 100; ulimit -f"),
    "trap": ("trap 'echo bye' EXIT", "trap '' USR1", "trap 'echo u' USR1; trap", "trap"),
    "alias": ("alias al='echo aliased'", "alias al2=:; alias"),
    "unalias": ("unalias before", "unalias -a"),
    "hash": ("hash cat", "hash -r", "hash"),
    "exec": (
        "exec >inner; echo in", "exec 2>&1; echo in >&2", "exec cat in2", "exec <in2; cat",
        "exec nosuch", "command exec 3>new4", "exec >$f; echo x", "exec echo builtin",
    ),
    "set": (
        "set", "set -f; echo *", "set -- q r; echo $2", "set -e; false; echo no", "set -o | sort",
    ),
    "getopts": ("getopts abc o; echo $o$OPTIND", "getopts abc o -ab; echo $o; getopts abc o -ab"),
    "kill": ("kill -l 15", "kill -0 $$ && echo alive", "kill %1", "kill -USR1 $$"),
    "jobs": ("jobs >jobs; [ -s jobs ] && echo jobs", "jobs"),
    "wait": ("wait; echo waited", "wait %1; echo $?"),
    "read": (
        "read x; echo $x", "read x y; echo $y", "while read -r x; do echo $x; done",
        "read q <in2",
    ),
    ".": (". ./plain", ". ./in3", "eval 'echo $B'", "eval \"$t\""),
}  # fmt: skip
"""By the reason to refuse a trial, or the built-in: commands that notice a missing process."""


BEFORE = (
    "trap '' USR1", "trap 'echo exit' EXIT", "trap 'echo usr1' USR1", "exec 3>third",
    "exec 5<in2", "umask 077", "set -f", "set -u", "alias before=echo", "cat /dev/null & wait $!",
    "exec 2>&1", "getopts abc o -abc", "ulimit -Sn 60", "ulimit -Sc 0", "ulimit -f 1000",
    "set -- p q r", "hash cat", "set -e", "set -o typed", "exec <in2", "exec <&-", "exec >&-",
    "exec 2>&-", "cd d; ln -s ../in2 .", "echo text >in3", "set -C", "PATH=$PATH:.", "export A N",
    "set -x", "readonly B", "unset IFS", "IFS=:",
)  # fmt: skip

AFTER = """\
printf '%s,' "$?" "$A" "${B-}" "$N" "${PWD##*/}" "$-" "$#" "${x-}" "${i-}" "${o-}" "$OPTIND" "${U-}"
umask; alias; trap; ulimit -Sn; ulimit -Sc; hash; getopts abc o -abc; echo "$o"
"""


class Maker:
    """Generates a program from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def program(self) -> str:
        lines = [self.random.choice(BEFORE)] if self.random.random() < 0.5 else []
        lines += [self.statement() for _ in range(self.random.randint(1, 3))]
        return "\n".join([*lines, AFTER])

    def command(self) -> str:
        roll = self.random.random()
        if roll < 0.55:
            return self.random.choice(SILENT)
        if roll < 0.88:
            return self.random.choice(NOTICING[self.random.choice(tuple(NOTICING))])
        return self.random.choice(NOTICING["process"])

    def list(self) -> str:
        commands = [self.command() for _ in range(self.random.choice((1, 1, 2, 2, 3)))]
        text = commands[0]
        for command in commands[1:]:
            # A here-document ends at a newline.
            joint = "\n" if "\n" in text else self.random.choice(("; ", "; ", "\n", " && ", " || "))
            text += f"{joint}{command}"
        return f"{text}\n" if "\n" in text else text

    def statement(self) -> str:
        text = self.list()
        form = self.random.choice(FORMS)
        if "{q}" in form:
            return form.replace("{q}", self.list()).replace("{}", text)
        form = form.replace("{e}", shlex.quote(f"x=$({text})"))
        return form.replace("{}", text)


FORMS = (
    "x=$({}); printf '<%s>%s\\n' \"$x\" \"$?\"", "x=$({}); printf '<%s>%s\\n' \"$x\" \"$?\"",
    "({}); echo \"s$?\"", "({}); echo \"s$?\"", "({}) >sub; echo $?; cat sub", "echo $({}) end",
    "{ ({}); } >out; cat out", "{ x=$({}); } 1<d; echo \"$x\"",
    "{ x=$({}); } >out 2>&1; echo $x; cat out", "{ ({}); } >out 2>&1; cat out",
    "u() { {}\n}; x=$(u 1 2); echo \"[$x]$?\"", "printf '%s|' \"$({})\"", "{ {}\n} | cat",
    "cat in2 | { {}\n}", "({}) | cat", "x=$({ {}\n} | cat -n); echo \"$x$?\"",
    "u() { {}\n}; u 1 2 | { [ -p /dev/stdin ] && cat; }",
    "{ {}\n} | cat -n", "({}) | { cat; echo \"s$?\"; }",
    "if ({}); then echo T; else echo F; fi",
    "x=$(echo \"$({})\"; {q}); echo \"$x\"", "(({}\n); {q}); echo $?",
    "x=$( ({}\n) ); echo \"$x\"", "for y in $({}); do echo \"y$y\"; done",
    "{ x=$({}); } >&-; echo \"$x\"", "({}) 2>/dev/null; echo $?", "{ ({}); } >/dev/full; echo $?",
    "{ x=$({}); } >/dev/ptmx; echo \"$x\"", "{ ({}); echo >&3; } 3>&1 >/dev/null",
    "A=1 eval {e}; echo \"$x\"", "({}) & wait $!; echo $?",
    "{ ({}); x=$({}); } >/dev/full; echo $?",
    "{}\necho $?", "{}\necho $?", "{ {}\n} >made; cat made", "! ({}); echo $?",
    "({}) </dev/null; echo $?", "while ({}); do echo loop; break; done",
    "until x=$({}); do echo \"$x\"; break; done",
    "case $({}) in a*) echo A;; *) echo other;; esac", "cat <<END\n$({})\nEND",
    "cd d; ({}); cd ..",
)  # fmt: skip


def program(seed: int) -> str:
    return Maker(seed).program()


def together(programs: Sequence[str]) -> str:
    """Return a script that runs each program in its own directory, with its own standard input.

    The files o, e, s and r with a program's number get its outputs, its status and the rest of its
    input.
    """
    parts = [FOLDER, DEFINITIONS, "seq 1000 >in\n"]
    for number, text in enumerate(programs):
        ready = f"cp -R t p{number}; P={number}"
        inside = f"(cd p{number}\neval {shlex.quote(text)}\n) >o{number} 2>e{number}"
        parts.append(f"{ready}\n{{ {inside}\necho $? >s{number}; cat >r{number}; }} <in\n")
    return "".join(parts)


Files = dict[str, File]


def outcomes(programs: Sequence[str], shell: Shell, place: Place) -> list[Files] | None:
    """Return the files that each program leaves, None if the shell does not finish."""
    try:
        whole = run(shell, together(programs), place=place, seconds=90)
    except DidNotEnd:
        return None
    found: list[Files] = [{} for _ in programs]
    for name, file in whole.files.items():
        number = name[1:].partition("/")[0]
        if number.isdecimal():
            of_program = name.replace(number, "", 1)
            found[int(number)][of_program] = _comparable(file, is_errors=of_program == "e")
    return found


def _comparable(file: File, *, is_errors: bool) -> File:
    """Return a file without the pids of traces.

    The order of traces is left out, and so is that of error messages: they may race in a pipeline.
    """
    lines = file.content.split(b"\n")
    if not is_errors and not any(line.startswith(b"+ ") for line in lines):
        return file
    traces = (line.startswith(b"+ ") for line in lines)
    lines = [
        re.sub(rb"\d{2,}", b"N", line) if is_trace else line
        for is_trace, line in zip(traces, lines, strict=True)
    ]
    return changed(file, content=b"\n".join(sorted(lines)))


MOST_BYTES = 100_000
"""The longest script: an argument of execve(2) has 128 KiB. A longer program is left out."""


def differing(
    seeds: Sequence[int], first: Shell, second: Shell, place: Place
) -> Iterator[tuple[int, str]]:
    """Yield each seed whose program has another outcome in the second shell, and a report."""
    programs = [program(seed) for seed in seeds]
    if len(together(programs).encode()) > MOST_BYTES:
        half = len(seeds) // 2
        for part in (seeds[:half], seeds[half:]) if half else ():
            yield from differing(part, first, second, place)
        return
    expected, got = (outcomes(programs, shell, place) for shell in (first, second))
    if expected is None or got is None:
        if len(seeds) == 1:
            yield seeds[0], f"{programs[0]}\nends in {first.name}: {expected is not None}, "
            return
        for seed in seeds:
            yield from differing([seed], first, second, place)
        return
    for seed, text, wanted, seen in zip(seeds, programs, expected, got, strict=True):
        names = sorted(wanted.keys() | seen.keys())
        lines = [
            f"  {name}: {first.name} {wanted.get(name)}\n  {name}: {second.name} {seen.get(name)}"
            for name in names
            if wanted.get(name) != seen.get(name)
        ]
        if lines:
            yield seed, "\n".join([f"seed {seed}", text, *lines])
