"""Additions to the POSIX language: `time`, `<<<` and `$'…'`."""

import re

from simpsh.base.patience import patience
from tests.harness.sh import BASH, Place, both_engines, run_cases

FIGURES = re.compile(r"\nreal\t0m(\d+\.\d{3})s\nuser\t0m(\d+\.\d{3})s\nsys\t0m(\d+\.\d{3})s\n")
BURN = "python3 -Sc 'import time\nwhile time.process_time() < 0.1: pass'"


def figures(text):
    """Return the seconds that `time` printed."""
    found = FIGURES.fullmatch(text)
    assert found, text
    return [float(figure) for figure in found.groups()]


@both_engines
def test_time_prints_what_the_children_used(shell):
    answers = run_cases(
        shell,
        {
            "burning": f"time {BURN}",
            "sleeping": "time sleep 0.3",
            "pipeline": f"time {BURN} | {BURN}",
            "subshell": f"time ({BURN}; {BURN}; exit 3)",
            "builtin": "time :",
            "nested": f"time {{ time {BURN}; }}",
            "negated": "time ! true",
        },
        seconds=60,
    )
    real, user, system = figures(answers["burning"].error)
    assert 0.09 <= user + system <= 0.5 * patience()
    assert real >= user + system - 0.05
    real, user, system = figures(answers["sleeping"].error)
    assert real >= 0.3
    assert user + system < 0.1 * patience()
    assert sum(figures(answers["pipeline"].error)[1:3]) >= 0.19
    assert sum(figures(answers["subshell"].error)[1:3]) >= 0.19
    assert answers["subshell"].status == 3
    assert sum(figures(answers["builtin"].error)[1:3]) < 0.1 * patience()
    inner, outer = FIGURES.findall(answers["nested"].error)
    assert float(outer[1]) + float(outer[2]) >= float(inner[1]) + float(inner[2]) >= 0.09
    assert answers["negated"].status == 1


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
