"""Programs that are alike are told, whatever their names; what all began with does not count."""

from __future__ import annotations

import os

import pytest

from simpsh.base.record import changed
from simpsh.grade.classes.submissions import SubmissionRefused, sources_in
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.reports.class_results import Result
from simpsh.grade.reports.similar_submissions import (
    LEAST,
    SimilarPair,
    equal_groups,
    fingerprint,
    sequences,
    similar_lines,
    similar_pairs,
)

ONE = "".join(f"def f{n}(a, b):\n    return [a, {n}][{n}:] + ['{n}'] * b\n" for n in range(12))
RENAMED = ONE.replace("def f", "# mine!\n\ndef my_").replace("a, b", "left, right")
OTHER = "".join(f"while x[{n}] < {n}:\n  try:\n    y -= 1\n  finally: z({n})\n" for n in range(12))


def of(name, text, given=frozenset()):
    found = fingerprint([(f"{name}.py", text.encode())], given)
    return Result(name, "k", "t", (), fingerprint=found)


def test_names_comments_blanks_and_numbers_make_no_difference():
    assert of("a", ONE).fingerprint == of("b", RENAMED).fingerprint
    assert not set(of("a", ONE).fingerprint) & set(of("c", OTHER).fingerprint)
    assert fingerprint([("notes.txt", ONE.encode()), ("no", b"")], frozenset()) == ()


def test_who_hides_a_copy_in_much_more_is_found():
    texts = [ExerciseCatalogue().folder(one).text("solution.py") for one in ("shell-2", "daemon")]
    program = texts[0].replace("words", "tokens")
    results = [of("a", program), of("b", "".join(texts)), of("c", texts[1])]
    found = {(pair.first, pair.second) for pair in similar_pairs(results, 90)}
    assert found == {("a", "b"), ("b", "c")}


def test_what_students_began_with_and_what_the_class_has_does_not_count():
    start = sequences([("start.py", ONE.encode())])
    assert of("a", ONE, start).fingerprint == ()
    assert of("a", ONE + OTHER, start).fingerprint
    program = ExerciseCatalogue().folder("shell-2").text("solution.py")
    for count, told in ((5, 10), (12, 0)):
        assert len(similar_pairs([of(f"s{n}", program) for n in range(count)], 90)) == told


def test_what_is_short_is_not_compared():
    few = tuple(range(LEAST - 1))
    short = [Result(name, "k", "t", (), fingerprint=few) for name in "ab"]
    assert similar_pairs(short, 1) == []


def test_a_pair_is_told_as_worth_a_look_and_of_many_the_first():
    assert similar_lines([], [SimilarPair("a\x1b", "b", 90)]) == [
        r"worth a look: a\x1b and b are alike: 90 % of the shorter program"
    ]
    lines = similar_lines([], [SimilarPair("a", str(n), 90) for n in range(25)])
    assert (len(lines), lines[-1]) == (21, "and 5 more pairs")


def test_the_same_program_is_told_once_however_short_and_however_many_have_it():
    def handed_in(name, text):
        return changed(of(name, ONE), source=("mine.py", text))

    results = [handed_in(f"s{n:02}", "print(1)\n") for n in range(12)]
    results += [handed_in(name, ONE) for name in ("a\x1b", "b")]
    results += [handed_in("alone", OTHER), handed_in("nothing", "")]
    same, few = similar_lines(equal_groups(results), [])
    names = ", ".join(result.name for result in results[:12])
    assert same == f"worth a look: 12 handed in the same program: {names}"
    assert few == r"worth a look: 2 handed in the same program: a\x1b, b"
    # A pair of one group is not told again.
    assert {(pair.first, pair.second) for pair in similar_pairs(results[12:14], 90)} == set()


def test_sources_are_read_within_bounds_and_no_link_is_followed(tmp_path):
    (tmp_path / "a.py").write_text("x" * 50)
    (tmp_path / "b.c").write_text("y" * 50)
    (tmp_path / "c.txt").write_text("z")
    os.symlink("/etc/passwd", tmp_path / "d.py")
    os.mkfifo(tmp_path / "e.c")
    assert sources_in(str(tmp_path), 1, ("py", "c"), 60) == [
        ("a.py", b"x" * 50),
        ("b.c", b"y" * 10),
    ]
    with pytest.raises(SubmissionRefused, match="it cannot be read: No such file"):
        sources_in(str(tmp_path / "none"), 1, ("py",), 60)
