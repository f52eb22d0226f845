"""Records, wait statuses, values of JSON from outside, and options as POSIX reads them."""

from __future__ import annotations

import contextlib
import os
import pickle

import pytest

from simpsh.base import outside_json
from simpsh.base.errors import SimpshError
from simpsh.base.file_store import NotTrusted
from simpsh.base.outside_json import (
    BadData,
    expecting,
    json_object,
    list_of,
    number_of,
    object_of,
    read_own_json,
    read_toml,
)
from simpsh.base.posix_options import take_options
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import LAST, Signal, by_name
from simpsh.base.wait_status import (
    Continued,
    Exited,
    Killed,
    Stopped,
    decode,
    encode,
    fields,
    from_siginfo,
    has_ended,
    sentence,
    shell_status,
)


class Point(Record):
    x: int
    y: int = 0


class Marked(Record, uncompared=("place",)):
    text: str
    place: int = 0


class Deeper(Point):
    z: int = 5


def test_records_compare_by_class_and_compared_fields():
    assert Point(1, 2) == Point(1, y=2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1) != Deeper(1)
    assert len({Point(1), Point(1, 0), Point(2)}) == 2
    assert Marked("a", 1) == Marked("a", 9)
    assert hash(Marked("a", 1)) == hash(Marked("a", 9))
    assert Marked("a") != Marked("b")
    match Deeper(1, 2, 3):
        case Deeper(x, y, z):
            assert (x, y, z) == (1, 2, 3), "inherited fields come first"
        case _:
            pytest.fail("it did not match")


def test_a_record_is_copied_and_pickled_but_never_changed():
    point = Point(1, 2)
    with pytest.raises(AttributeError, match="a record is a value"):
        point.x = 2
    with pytest.raises(AttributeError):
        point.other = 1
    with pytest.raises(AttributeError):
        del point.x
    assert changed(point, y=7) == Point(1, 7)
    assert point == pickle.loads(pickle.dumps(point)) == Point(1, 2)


def test_a_constructor_that_a_class_defines_is_inherited_by_classes_with_more_fields():
    class Doubled(Record):
        x: int

        def __init__(self, *values, **named):
            super().__init__(*values, **named)
            object.__setattr__(self, "x", 2 * self.x)

    class More(Doubled):
        y: int = 0

    assert (More(1).x, More(1, 5).y, More(x=3).x) == (2, 5, 6)


def test_signals_are_known_by_every_name():
    for number in range(1, LAST + 1):
        assert by_name(Signal(number).name) == number
    assert [int(by_name(name)) for name in ("CHLD", "cld", "SIGIOT", "9")] == [17, 17, 6, 9]
    assert [by_name(name) for name in ("0", "65", "bogus")] == [None] * 3


# -- the status word: 16 bits, four meanings ---------------------------------------------------


def meaning_by_macros(word):
    if os.WIFCONTINUED(word):
        return Continued()
    if os.WIFEXITED(word):
        return Exited(os.WEXITSTATUS(word))
    if os.WIFSTOPPED(word):
        return Stopped(os.WSTOPSIG(word))
    if os.WIFSIGNALED(word):
        return Killed(os.WTERMSIG(word), os.WCOREDUMP(word))
    return None


def test_every_word_means_what_the_macros_say():
    unknown = 0
    for word in range(0x10000):
        expected = None
        with contextlib.suppress(ValueError):  # a number that is no signal
            expected = meaning_by_macros(word)
        if expected is None:
            unknown += 1
            with pytest.raises(ValueError, match="is not a wait status"):
                decode(word)
        else:
            assert decode(word) == expected, hex(word)
    # The low byte is 0xFF, but the child has not continued; or the signal is 0 or more than 64.
    assert unknown == 255 + (256 - 64) + 2 * 256 * (126 - 64)


def test_each_status_is_packed_and_unpacked():
    for code in range(256):
        assert encode(Exited(code)) == code << 8
    for signal in range(1, 65):
        for dumped_core in (False, True):
            assert decode(encode(Killed(signal, dumped_core))) == Killed(signal, dumped_core)
        assert decode(encode(Stopped(signal))) == Stopped(signal)
    assert encode(Continued()) == 0xFFFF
    for word in (-1, 0x10000, 1 << 40):
        with pytest.raises(ValueError, match="is not a wait status"):
            decode(word)
    with pytest.raises(ValueError, match="does not come from a child"):
        from_siginfo(0, 0)


ABNORMAL = "abnormal termination: killer signal:"


@pytest.mark.parametrize(
    ("status", "text", "code", "is_end"),
    [
        (Exited(0), "normal termination: exit status: 0", 0, True),
        (Exited(255), "normal termination: exit status: 255", 255, True),
        (Killed(15), f"{ABNORMAL} 15 (SIGTERM)", 143, True),
        (Killed(11, True), f"{ABNORMAL} 11 (SIGSEGV): core dumped", 139, True),
        (Stopped(20), "stopped: stop signal: 20 (SIGTSTP)", 148, False),
        (Continued(), "(was stopped), resumed (SIGCONT)", 0, False),
    ],
)
def test_the_sentence_is_the_textbooks_and_the_code_is_the_shells(status, text, code, is_end):
    assert (sentence(status), shell_status(status), has_ended(status)) == (text, code, is_end)
    # Together, the bit fields are the whole word.
    total = 0
    for field in fields(encode(status)):
        assert 0 <= field.value < 1 << field.width
        total |= field.value << field.first_bit
    assert total == encode(status)


# -- JSON and TOML input is checked; one line reports why invalid input is rejected ------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "x: not JSON: Expecting value"),
        (b"\xff\xfe{", "x: not JSON: "),
        ("[" * 200_000, "x: not JSON: it is nested too deeply"),
        ('{"a": ' + "[" * 150 + "]" * 150 + "}", "x: not JSON: it is nested too deeply"),
        ('{"a": ' + "9" * 10_000 + "}", "x: not JSON: Exceeds the limit"),
        ('{"a": NaN}', "x: not JSON: NaN is not a number"),
        ('{"a": -Infinity}', "x: not JSON: -Infinity is not a number"),
        ("[1]", "x: this is not a JSON object"),
    ],
)
def test_invalid_json_is_rejected_in_one_line(text, words):
    with pytest.raises(BadData) as caught:
        json_object(text, "x")
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", [b"a", b"\xff", b"a = " + b"[" * 100_000, b"a = " + b"9" * 10_000])
def test_invalid_toml_is_rejected_in_one_line(text, tmp_path):
    (tmp_path / "x").write_bytes(text)
    with pytest.raises(BadData, match=r"x: not TOML: [^\n]+$"):
        read_toml(str(tmp_path / "x"))


def test_a_missing_or_endless_file_is_refused(tmp_path, monkeypatch):
    with pytest.raises(SimpshError, match=r"no: No such file or directory$"), expecting("no mark"):
        read_own_json(str(tmp_path / "no"))
    with pytest.raises(NotTrusted, match="/dev/zero: it is not a regular file"):
        read_own_json("/dev/zero")
    monkeypatch.setattr(outside_json, "MOST_BYTES", 1 << 20)
    with pytest.raises(BadData, match="/dev/zero: it is larger than 1 MiB"):
        read_toml("/dev/zero")


def test_numbers_lists_and_objects_are_checked():
    assert (number_of(3), number_of(-0.5)) == (3, -0.5)
    assert list_of([3]) == [3]
    assert object_of({"a": 3}) == {"a": 3}
    numbers = ("3", None, True, [3], 1e999, float("nan"), 10**400)
    for kind, values in (number_of, numbers), (list_of, ({}, "ab")), (object_of, ([], None)):
        for value in values:
            with pytest.raises((TypeError, ValueError, OverflowError)):
                kind(value)
    for value in ({}, {"points": []}, {"points": "many"}, {"points": 10**400}):
        with pytest.raises(BadData, match=r"^this is no mark$"), expecting("this is no mark"):
            float(value["points"])


# -- the options of a command line, by the rules of POSIX (XBD 12.2) ---------------------------


CASES = {
    "letters may be joined": ("-ab -c x", "-a -b -c", "x"),
    "they end before a word": ("-a x -b", "-a", "x -b"),
    "before a dash alone": ("-a - -b", "-a", "- -b"),
    "before another sign": ("-a +e -b", "-a", "+e -b"),
    "after two dashes": ("-a -- -b --", "-a", "-b --"),
    "a long one is one": ("--trace=x --truth", "--trace=x --truth", ""),
}


@pytest.mark.parametrize(("words", "options", "operands"), CASES.values(), ids=CASES.keys())
def test_options_end_where_posix_says(words, options, operands):
    rest = words.split()
    assert [sign + name for sign, name in take_options(rest)] == options.split()
    assert rest == operands.split()


def test_an_empty_word_is_an_operand_and_plus_is_an_optional_sign():
    words = ["-a", "", "-b"]
    assert (list(take_options(words)), words) == ([("-", "a")], ["", "-b"])
    words = ["-e", "+e", "+"]
    assert (list(take_options(words, "-+")), words) == ([("-", "e"), ("+", "e")], ["+"])


def test_an_argument_may_be_joined_to_its_letter_and_is_taken_with_its_option():
    words = ["-ad,", "-d", ";", "-d-", "-eo", "pipefail", "-f", "x"]
    found = [
        (letter, words.pop(0) if letter in "do" else "")
        for _, letter in take_options(words, "-", lambda letter, _: letter == "d")
    ]
    joined = [("a", ""), ("d", ","), ("d", ";"), ("d", "-")]
    assert (found, words) == ([*joined, ("e", ""), ("o", "pipefail"), ("f", "")], ["x"])
