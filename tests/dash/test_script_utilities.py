"""`printf`, `test` and `[` agree with dash's builtins on all pairs of operands.

`cases/utilities.sh` covers `echo` and unusual operands.
"""

from itertools import product

import pytest

from tests.harness.sh import DASH, SPAWN, Place, run

LISTS = """\
'' a ab 1 -1 '01\t' '\t7' ! '(' -n = 9223372036854775808
= != '<' '>' -eq -ne -lt -le -gt -ge -ef -a -o
f x d l no fifo /dev/null '' / 0 9
%s %5s| %-5s| %.1s %c %b %8.2b| %d %i %5d| %-5d| %05d %+d %.3d %6.3d| %u %o %#o %x %X %#x %% %s-%s \
%d:%d %*d %-*.*s| %5.1f| %-8.2e| %+g %a
"""
VALUES, BINARY, FILES, CONVERSIONS = (line.split(" ") for line in LISTS.splitlines())
ARGUMENTS = ("", "ab 12", "-5 6", "0x1F", "010", "''", r"'a\tb\101\0101\n'", r"'x\cy' z", "1 2 3 4")


@pytest.mark.needs("dash")
def test_printf_and_test_do_what_they_do_in_dash():
    cases = [f"test {a} {op} {b}" for op, a, b in product(BINARY, VALUES, VALUES[::3])]
    cases += [f"[ -{letter} {file} ]" for letter, file in product("nzefdcbpShLugksrwxOGt", FILES)]
    cases += [f"printf '{text}' {words}" for text, words in product(CONVERSIONS, ARGUMENTS)]
    assert len(cases) > 1000
    script = "mkfifo fifo; mkdir d; echo a >x; chmod +x x; chmod u+s,g+s,+t d; :>f; ln -s no l\n"
    for case in cases:
        script += f"{case} 2>e; s=$?; test -s e; printf '<%s %s>\\n== \\n' $s $?\n"
    with Place() as place:
        expected, got = (run(shell, script, place=place).stdout for shell in (DASH, SPAWN))
    parts = zip(cases, expected.split(b"\n== "), got.split(b"\n== "), strict=False)
    assert [part for part in parts if part[1] != part[2]] == []
    assert expected == got
