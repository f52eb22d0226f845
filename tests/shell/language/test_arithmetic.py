"""Arithmetic: values, mistakes, and the same as dash has it."""

import shutil
import subprocess
import time

import pytest

from simpsh.base.errors import ExpansionProblem
from simpsh.shell.language.arithmetic import PLACE, integer, is_plain_number, value
from simpsh.shell.language.word_expansion import single
from tests.shell.language.building import parsed_command
from tests.shell.language.worlds import World

VARIABLES = {
    "x": "5",
    "y": "-3",
    "z": "0",
    "e": "",
    "h": "0x1f",
    "o": " 010 ",
    "w": "word",
    "p": "1+2",
}

EXPRESSIONS = (
    *("1+2*3", "(1+2)*3", "7-2-1", "2*7%4", "1<<2+1"),
    *("6&3|8^1", "1<2==1", "3>2>1", "5!=4", "2<=1"),
    *("-7/2", "-7%3", "7%-3", "7/-2", "!5", "!0+!0", "~5"),
    *("-~1", "+-+5", "--5", "- -x", "x--1", "++x"),
    *("1?2:3", "0?2:3", "1?0?8:9:7", "0?1:0?2:3", "x?y:z", "0||5", "5&&3", "0&&1||1", "1||0&&0"),
    *("x", "x+y", "e+1", "none+1", "h", "o", "o*h"),
    *("x * x", " x ", "\tx\n+\n1", "_a+a_1", "0", "00"),
    *("0x1F", "0XaB", "0777", "0x", "08", "1e3", "1.5", "1 2"),
    *("x y", "", " ", "*", "1+"),
    *("x=3", "x=y=4", "x+=2", "x-=1", "x*=y", "x/=2"),
    *("x%=3", "x<<=2", "x>>=1", "x&=4", "x|=8", "x^=1"),
    *("x=y?1:2", "(x=2)+x", "x+(x=2)", "x+=x+=2", "1?x=3:4"),
    *("1?2:x=3", "2=3", "(x)=3", "x+y=3", "x="),
    *("1/0", "1%0", "z/z", "1/z", "0&&1/0", "1||1/0", "1?2:1/0", "0?1/0:2", "1&&1/0", "x/=0"),
    *("w", "p", "p*2", "0&&w", "x++", "2**3", "1,2", "@"),
    *("#", "'1'", '"1"', "a[1]", "1:2", "1?2", "1?:2"),
    *("9223372036854775807+1", "-9223372036854775807-2"),
    *("9223372036854775808", "-9223372036854775808"),
    *("9223372036854775807*3", "0xffffffffffffffff", "1<<63", "1<<64"),
    *("1<<-1", "-1>>1", "-1>>64", "1>>65"),
    *("x=0||y", "1==1", "!(1==2)", "~(1<2)", "-(2>1)"),
    *("(((1)))", "1 +(2)", "x<y", "x>=y", "x>y?x:y"),
)  # fmt: skip


def variables():
    return World(dict(VARIABLES))


def answer(text):
    """The value and what the variables are then; None where there is no value."""
    world = variables()
    try:
        return [str(value(text, world)), *(world.variables.get(name, "") for name in "xy")]
    except ExpansionProblem:
        return None


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_expressions_have_the_values_that_they_have_in_dash():
    setting = "".join(f"{name}='{text}'; " for name, text in VARIABLES.items())
    script = "".join(f'({setting}v=$(({text})); echo "$v,$x,$y") || echo\n' for text in EXPRESSIONS)
    found = subprocess.run(["dash"], input=script, capture_output=True, text=True)
    lines = found.stdout.splitlines()
    expected = [line.split(",") if line else None for line in lines]
    assert dict(zip(EXPRESSIONS, map(answer, EXPRESSIONS), strict=True)) == dict(
        zip(EXPRESSIONS, expected, strict=True)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "arithmetic: a number or a name is missing at the end: '1 +'"),
        ("2 ** 3", "arithmetic: '**' (power) is not in POSIX: '2 ** 3'"),
        ("2**n", "arithmetic: '**' (power) is not in POSIX: '2**n'"),
        ("n++", "arithmetic: '++' is not in POSIX; write n=$((n + 1)): 'n++'"),
        ("n --", "arithmetic: '--' is not in POSIX; write n=$((n - 1)): 'n --'"),
        ("(n++)", "arithmetic: '++' is not in POSIX; write n=$((n + 1)): '(n++)'"),
        ("n++ * 2", "arithmetic: '++' is not in POSIX; write n=$((n + 1)): 'n++ * 2'"),
        ("3++", "arithmetic: '++' is not in POSIX; write i=$((i + 1)): '3++'"),
        ("1, 2", "arithmetic: ',' is not in POSIX arithmetic; use two commands: '1, 2'"),
        ("1.5 + 2", "arithmetic: there are only whole numbers: '1.5 + 2'"),
        ("0x", "arithmetic: digits are missing after 0x: '0x'"),
        ("0Xg", "arithmetic: digits are missing after 0X: '0Xg'"),
        (
            "1 + 079",
            "arithmetic: 079: a number that begins with 0 is octal, "
            "and 9 is no octal digit: '1 + 079'",
        ),
        ("1 2", "arithmetic: '2' cannot stand here: '1 2'"),
        ("(1", "arithmetic: ')' is missing: '(1'"),
        ("1 ? 2", "arithmetic: ':' is missing after '?': '1 ? 2'"),
        ("1 /\n 0", "arithmetic: division by zero: '1 / 0'"),
        ("w", "arithmetic: the value of w is not a number: 'word'"),
        ("(" * 100_000, "arithmetic: the expression is nested too deeply"),
    ],
)
def test_a_mistake_has_one_line(text, message):
    for _ in range(2):
        with pytest.raises(ExpansionProblem) as caught:
            value(text, variables())
        assert str(caught.value) == message


def test_the_smallest_number_divided_by_minus_one_is_itself():
    assert value("(-9223372036854775807 - 1) / -1", variables()) == -(2**63)
    assert value("(-9223372036854775807 - 1) % -1", variables()) == 0


def test_a_number_takes_its_place_in_a_form():
    assert value(f"{PLACE}*2-{PLACE}", variables(), (4, -1)) == 9
    with pytest.raises(ExpansionProblem):
        value(f"{PLACE}+1", variables())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("", 0),
        (" 7\n", 7),
        ("+7", 7),
        ("010", 8),
        ("-0x10", -16),
    ],
)
def test_the_value_of_a_variable_is_a_constant(text, number):
    assert integer(text, "x") == number


@pytest.mark.parametrize("text", ["x", "1_0", "1 2", "- 1", "08", "0x", "+", "٣", "9" * 19])
def test_anything_else_is_no_number(text):
    assert not is_plain_number(text)
    with pytest.raises(ExpansionProblem):
        integer(text, "x")


def expanded(text, world):
    return single(parsed_command(f"v={text}").assignments[0].value, world)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(($x+1))", "6"),
        ("$((1$x))", "15"),
        ("$(($x$x))", "55"),
        ("$((2-$y))", "5"),
        ("$((-$y))", "3"),
        ("$(($p*3))", "7"),
        ("$((3*$p))", "5"),
        ("$((p_$none 1))", None),
        ("$(($x=3))", None),
        ("$(($n=3))$x", "33"),
        ("$((${#w}*${none:-2}))", "8"),
        ("$(($((x))+$(($x))))", "10"),
        ("$(($1+$#))", "8"),
        ("$(($(a)*`a`))", "9"),
        ("$((\\\n1))", "1"),
        ("$((\\1))", None),
        ('$(("1"))', None),
    ],
)
def test_expansions_come_before_the_arithmetic(text, expected):
    world = World({**VARIABLES, "n": "x"}, ("7",), outputs={"a": "3\n"})
    if expected is None:
        with pytest.raises(ExpansionProblem):
            expanded(text, world)
    else:
        assert expanded(text, world) == expected


def test_a_loop_of_additions_is_quick():
    world = World({"i": "0"})
    words = [
        parsed_command(f"v={text}").assignments[0].value for text in ("$((i=i+1))", "$(($i+1))")
    ]
    before = time.monotonic()
    for _ in range(20_000):
        assert [single(word, world) for word in words]
    assert world.variables["i"] == "20000"
    assert time.monotonic() - before < 60


def test_a_long_expression_is_computed():
    assert value("+".join(["1"] * 200), variables()) == 200
