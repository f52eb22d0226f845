"""Arithmetic: the values of expressions. The messages about invalid ones: shell_left_out.spec."""

from simpsh.shell.language.arithmetic import value

VALUES = {
    "1 || 0": 1,
    "0 || 0": 0,
    "2 && 3": 1,
    "2 && 0": 0,
    "1 || 0 && 0": 1,
    "6 | 1 ^ 3 & 2": 7,
    "4 & 6 == 6": 0,
    "1 == 2 < 3": 1,
    "2 != 2": 0,
    "1 < 2 << 1": 1,
    "3 > 3": 0,
    "3 >= 3": 1,
    "3 <= 2": 0,
    "1 << 2 + 1": 8,
    "2 + 3 * 4 - 5": 9,
    "20 / 3 % 4": 2,
    "-7 / 2": -3,
    "-7 % 3": -1,
    "7 % -3": 1,
    "-16 >> 2": -4,
    "5--1": 6,
    "!0 + !7": 1,
    "~5": -6,
    "(1 + 2) * 3": 9,
    "0 ? 1 : 0 ? 2 : 3": 3,
    "1 ? 2 : 3": 2,
    "9223372036854775807 + 1": -9223372036854775808,
    "1 << 63": -9223372036854775808,
    "99999999999999999999": 9223372036854775807,
    "0x1F + 0Xa + 017": 56,
    "n": 5,
    "n * -1": -5,
    "unset_": 0,
    "a = b = 2": 2,
    "n += 2": 7,
    "n -= 2": 3,
    "n *= n": 25,
    "n /= 2": 2,
    "n %= 3": 2,
    "n <<= 1": 10,
    "n >>= 1": 2,
    "n &= 4": 4,
    "n ^= 1": 4,
    "n |= 2": 7,
    "0 && (n = 9)": 0,
    "1 || (n = 9)": 1,
}
"""The values as dash computes them, if n is 5."""


class Names:
    """The variables of one expression."""

    is_nounset = is_typed = False

    def __init__(self):
        self.texts = {"n": "5"}
        self.parameter = self.texts.get
        self.assign = self.texts.__setitem__


def test_each_operator_has_the_value_that_dash_computes():
    assert {text: value(text, Names()) for text in VALUES} == VALUES


def test_an_assignment_sets_its_variable_if_it_is_computed():
    names = Names()
    texts = ("a = b = 2", "b += n", "0 && (n = 9)", "1 || (n = 9)", "1 ? (c = 3) : (d = 4)")
    for text in texts:
        value(text, names)
    assert names.texts == {"n": "5", "a": "2", "b": "7", "c": "3"}
