"""Additions to the POSIX language: `time`, `<<<` and `$'…'`."""

import re
import shlex
import subprocess
import sys

from simpsh.base.patience import patience
from tests.harness.sh import BASH, Place, both_engines, run, run_cases

FIGURES = re.compile(
    r"\nreal\t0m(\d+\.\d{3})s\nuser\t0m(\d+\.\d{3})s\nsys\t0m(\d+\.\d{3})s\n"
    r"(?:maxrss\t(?:at most )?(\d+) KiB(?:; a child begins as a copy of the shell)?\n)?"
)
BURN = "python3 -Sc 'import time\nwhile time.process_time() < 0.1: pass'"


def figures(text):
    """Return the seconds and KiB that `time` printed."""
    found = FIGURES.fullmatch(text)
    assert found, text
    return [float(figure) for figure in found.groups(default="0")]


@both_engines
def test_time_prints_what_the_children_used(shell):
    answers = run_cases(
        shell,
        {
            "burning": f"time {BURN}",
            "sleeping": "time sleep 0.3",
            "pipeline": f"time {BURN} | {BURN}",
            "subshell": f"time ({BURN}; exit 3)",
            "group": f"time {{ {BURN}; {BURN}; }}",
            "large": "time python3 -Sc 'bytearray(400_000_000)'",
            "builtin": "time :",
            "nested": f"time {{ time {BURN}; }}",
            "negated": "time ! true",
        },
        seconds=60,
    )
    real, user, system, maxrss = figures(answers["burning"].error)
    assert 0.09 <= user + system <= 0.5 * patience()
    assert real >= user + system - 0.05
    assert maxrss > 1000
    real, user, system, _ = figures(answers["sleeping"].error)
    assert real >= 0.3
    assert user + system < 0.1 * patience()
    assert sum(figures(answers["pipeline"].error)[1:3]) >= 0.19
    assert sum(figures(answers["subshell"].error)[1:3]) >= 0.09
    assert answers["subshell"].status == 3
    assert sum(figures(answers["group"].error)[1:3]) >= 0.19
    # Only a peak above that of the shell is known to be the program's.
    assert figures(answers["large"].error)[3] > 390_000
    assert "at most" not in answers["large"].error
    assert "maxrss\tat most" in answers["sleeping"].error
    assert sum(figures(answers["builtin"].error)[1:3]) < 0.1 * patience()
    inner, outer = FIGURES.findall(answers["nested"].error)
    assert float(outer[1]) + float(outer[2]) >= float(inner[1]) + float(inner[2]) >= 0.09
    assert answers["negated"].status == 1


@both_engines
def test_time_names_the_lines_of_a_script_that_fork_most(shell, place):
    script = """\
cat >part <<'E'
for i in 1 2 3; do
  x=$(basename /usr/lib/a.c .c)
  (cd /; /bin/true; :)
done
f() {
  /bin/true | /bin/true
}
f; f
/bin/true
E
for i in 1 2 3 4 5 6 7; do echo "/bin/true # $i" >>part; done
time . ./part
time -p . ./part
time { /bin/true
/bin/true; }
"""
    outcome = run(shell, script, place=place)
    lines = outcome.stderr.decode().splitlines()
    at = lines.index(" forks  execs       CPU  line")
    first, *others = [re.split(" +", line.strip(), maxsplit=3) for line in lines[at + 1 : at + 4]]
    assert (*first[:2], first[3]) == ("4", "4", "./part: line 6")
    assert sorted((forks, execs, name) for forks, execs, _, name in others) == [
        ("3", "0", "./part: line 3"),
        ("3", "3", "./part: line 2"),
    ]
    assert lines[at + 6] == "     6 more, by 6 other lines"
    # A table in which every line has one fork says nothing.
    assert sum(line.startswith(" forks") for line in lines) == 1


@both_engines
def test_time_does_not_count_the_memory_of_what_executed_the_shell(shell):
    command = shlex.join([*shell.argv, "-c", "time python3 -Sc 'bytearray(100_000_000)'"])
    large = f"import os, sys; bytearray(300_000_000); os.execvp('sh', ['sh', '-c', {command!r}])"
    done = subprocess.run(
        [sys.executable, "-Sc", large], capture_output=True, text=True, check=True
    )
    assert 97_000 < figures(done.stderr)[3] < 250_000
    assert "at most" not in done.stderr


@both_engines
def test_time_with_p_prints_the_format_of_posix(shell):
    cases = {"sleeping": "time -p sleep 0.1", "failing": "time -p ! true", "empty": "time -p"}
    for answer in run_cases(shell, cases).values():
        assert re.fullmatch(r"real \d+\.\d\d\nuser \d+\.\d\d\nsys \d+\.\d\d\n", answer.error)


@both_engines
def test_here_strings_and_dollar_quotes_behave_as_in_bash(shell):
    cases = {
        "word": "cat <<<word",
        "quoted": "x='a  b'; cat <<<\"$x\" ; cat <<<'$x'; cat <<<$x",
        "empty": "cat <<<''; wc -c <<<''",
        "substituted": "cat <<<\"$(printf 'a\\nb\\n')\"; cat <<<~",
        "descriptor": "cat 3<<<three <&3",
        "no glob": "touch f; cat <<<*",
        "read": "read x y <<<'one two three'; echo \"$y\"",
        "pipeline": "cat <<<first | cat - <<<second; { cat; } <<<third; (cat) <<<fourth",
        "twice": "cat <<<one <<<two",
        "large": f"wc -c <<<{'x' * 100_000}",
    }
    # dash has no `$'…'` and no descriptors of two digits.
    inside = [r"\a\b\e\f\n\r\t\v", r"it\'s \"so\" \\", r"\101\1012\x41\x411\cA\ca", r"\303\251\xff"]
    inside += [r"a\0b", r"\q\(", "$x `y` \n"]
    cases |= {
        "dollar quotes": "printf '[%s]' " + " ".join(f"$'{each}'b" for each in inside),
        "no dollar quotes": "printf '[%s]' \"$'a'\" $.",
        "two digits": "cat <<<a 12>f >&12; cat f; cat 12<<<x <&12",
    }
    # Use one place for both, because HOME, which is printed, is in it.
    with Place() as place:
        expected = run_cases(BASH, cases, place)
        assert run_cases(shell, cases, place) == expected
