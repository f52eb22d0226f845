"""An edit changes a demonstration in exactly one place, or says why it cannot."""

import pytest

from simpsh.course import Edit, delete, insert, move, replace
from simpsh.course.claims.demonstration import EditMisfit

CODE = """\
child = os.fork()
if child == 0:  # in the child
    os.write(1, b"child ")
    os._exit(0)
os.write(1, b"parent ")
os.waitpid(child, 0)"""


def test_replace_puts_a_text_in_the_place_of_another():
    changed = replace("child == 0", "child != 0").apply(CODE)
    assert changed == CODE.replace("child == 0", "child != 0")


def test_a_replacement_of_several_lines_gets_the_indentation_of_the_first():
    changed = replace('os.write(1, b"child ")', "a = 1\nb = 2").apply(CODE)
    assert changed.split("\n")[2:5] == ["    a = 1", "    b = 2", "    os._exit(0)"]


def test_a_replacement_within_the_first_line_is_not_indented():
    assert replace("os.fork()", "fork()\nx = 1").apply(CODE).split("\n")[:2] == [
        "child = fork()",
        "x = 1",
    ]


def test_several_lines_can_be_replaced_at_once():
    changed = replace('os.write(1, b"parent ")\nos.waitpid(child, 0)', "pass").apply(CODE)
    assert changed.split("\n")[4:] == ["pass"]


def test_insert_puts_lines_above_the_line_with_its_indentation():
    changed = insert("x = 1\nif x:\n    x = 2", above='b"child "').apply(CODE)
    assert changed.split("\n")[2:6] == [
        "    x = 1",
        "    if x:",
        "        x = 2",
        '    os.write(1, b"child ")',
    ]


def test_delete_takes_out_the_whole_line_that_contains_the_text():
    assert delete("waitpid").apply(CODE).split("\n")[4:] == ['os.write(1, b"parent ")']


def test_delete_leaves_pass_in_a_block_that_would_be_empty():
    once = delete('b"child "').apply(CODE)
    assert once.split("\n")[1:3] == ["if child == 0:  # in the child", "    os._exit(0)"]
    twice = (delete('b"child "') + delete("os._exit")).apply(CODE)
    assert twice.split("\n")[1:3] == ["if child == 0:  # in the child", "    pass"]


def test_move_takes_a_line_to_above_another_with_its_indentation():
    changed = move("os.waitpid(child, 0)", above='b"parent "').apply(CODE)
    assert changed.split("\n")[4:] == ["os.waitpid(child, 0)", 'os.write(1, b"parent ")']
    inward = move("os.waitpid(child, 0)", above='b"child "').apply(CODE)
    assert inward.split("\n")[2] == "    os.waitpid(child, 0)"


def test_edits_are_added_and_made_one_after_the_other():
    both = replace("child == 0", "child > 0") + replace("child > 0", "child != 0")
    assert "if child != 0:" in both.apply(CODE)


def test_the_empty_edit_changes_nothing_and_is_false():
    assert Edit().apply(CODE) == CODE
    assert not Edit()
    assert delete("waitpid")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (replace("os.exec", "x"), "“os.exec” is not in the demonstration"),
        (delete("os.write"), "“os.write” is 2 times in the demonstration"),
        (insert("x", above="child"), "“child” is 5 times in the demonstration"),
        (move("os.kill", above="os._exit"), "“os.kill” is not in the demonstration"),
        (replace("", "x"), "“” is not in the demonstration"),
    ],
)
def test_an_edit_whose_text_is_not_there_exactly_once_is_refused(edit, message):
    with pytest.raises(EditMisfit, match=message):
        edit.apply(CODE)


def test_an_edit_says_in_words_what_it_does():
    assert str(delete("os.wait")) == "without “os.wait”"
    assert str(replace("a", "b") + insert("c", above="d")) == "“b” for “a” and “c” above “d”"
    assert str(move("a", above="b")) == "“a” moved above “b”"
    assert str(Edit()) == "nothing"


def test_a_replacement_keeps_the_blank_that_it_begins_with():
    assert replace(" and b", " or b").apply("a and b") == "a or b"
    assert replace("b", "b\nc").apply("  b") == "  b\n  c"
