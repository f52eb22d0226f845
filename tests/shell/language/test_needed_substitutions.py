"""Words whose expansion may run a command or set a variable."""

import pytest

from simpsh.shell.language.parser import parse
from simpsh.shell.language.word_expansion import needs_substitution


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("echo a", False),
        ("echo $a ${a-b} ${#a} *", False),
        ("echo $(b)", True),
        ("echo `b`", True),
        ("cat <(b)", True),
        ("a=$(b)", True),
        ("echo ${a=b}", True),
        ("echo ${a:=b}", True),
        ("echo ${a:-$(b)}", True),
        ("echo $((1 + 2 * a))", False),
        ("echo $((a = 2))", True),
        ("echo $((a++ + 1))", True),
        ("echo $((--a))", True),
        # The value of a variable may be an assignment.
        ("echo $(($a))", True),
    ],
)
def test_an_expansion_needs_a_substitution_if_it_may_run_or_set_anything(text, needs):
    assert needs_substitution(parse(text)) is needs
