"""Records: values with named fields."""

from __future__ import annotations

import pickle

import pytest

from simpsh.base.record import Record, changed
from simpsh.base.signal_names import LAST, Signal, by_name


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
