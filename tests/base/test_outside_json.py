"""JSON and TOML input is checked; one line reports why invalid input is rejected."""

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
