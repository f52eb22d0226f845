"""Arithmetic: the messages about invalid expressions."""

from tests.support.shells import SIMPSH, run

MISTAKES = (
    ("1 +", "arithmetic: a number or a name is missing at the end: '1 +'"),
    ("2 ** 3", "arithmetic: '**' (power) is not in POSIX: '2 ** 3'"),
    ("2**n", "arithmetic: '**' (power) is not in POSIX: '2**n'"),
    ("n++", "arithmetic: '++' is bash's; in an sh script: i=$((i + 1)): 'n++'"),
    ("n --", "arithmetic: '--' is bash's; in an sh script: i=$((i - 1)): 'n --'"),
    ("(n++)", "arithmetic: '++' is bash's; in an sh script: i=$((i + 1)): '(n++)'"),
    ("n++ * 2", "arithmetic: '++' is bash's; in an sh script: i=$((i + 1)): 'n++ * 2'"),
    ("1, 2", "arithmetic: ',' is not in POSIX arithmetic; use two commands: '1, 2'"),
    ("1.5 + 2", "arithmetic: only whole numbers are possible: '1.5 + 2'"),
    ("0x", "arithmetic: digits are missing after 0x: '0x'"),
    ("0Xg", "arithmetic: digits are missing after 0X: '0Xg'"),
    (
        "1 + 079",
        "arithmetic: 079: a number that begins with 0 is octal, and 9 is not an octal digit: "
        "'1 + 079'",
    ),
    ("1 2", "arithmetic: '2' is not allowed here: '1 2'"),
    ("${o}1", "arithmetic: ')' is missing: '(1'"),
    ("1 ? 2", "arithmetic: ':' is missing after '?': '1 ? 2'"),
    ("1 /\n 0", "arithmetic: division by zero: '1 / 0'"),
    ("w", "arithmetic: the value of w is not a number: 'word'"),
    ("(" * 90_000 + ")" * 90_000, "arithmetic: the expression is nested too deeply"),
)
"""Each expression and its message."""


def test_a_mistake_has_one_line():
    lines = ["w=word o='('", *("(: $((" + text + ")))" for text, _ in MISTAKES)]
    outcome = run(SIMPSH, "\n".join(lines), form="file")
    messages = [line.split(": ", 3)[-1] for line in outcome.error.splitlines()]
    assert messages == [message for _, message in MISTAKES]
