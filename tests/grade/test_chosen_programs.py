"""Which file of a submission is judged, and how a changed mark is explained."""

import os

import pytest

from simpsh.base.record import changed
from simpsh.grade.classes.submissions import SubmissionRefused, program_in
from simpsh.grade.reports.class_results import Result, change_words

NAME = "two-children"


def chosen(folder, *, elf=(), **texts):
    """Return the program of a submission with these files, relative to it, or the refusal."""
    for number, (name, text) in enumerate(texts.items()):
        path = folder / name.replace("__", ".").replace("___", "/")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
        os.utime(path, (1000 + number, 1000 + number))
    for name in elf:
        (folder / name).write_bytes(b"\x7fELF")
    try:
        found = program_in(str(folder), NAME, {"py": "the start\n"})
    except SubmissionRefused as refusal:
        return str(refusal)
    return os.path.relpath(found, folder)


def test_two_programs_of_equal_standing_are_refused(tmp_path):
    words = chosen(tmp_path, **{f"{NAME}__py": "1", f"{NAME}__c": "2"})
    assert words == (
        "which program? two-children.c and two-children.py have the same standing: hand in one of "
        "them"
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({f"{NAME}__py": "1", f"{NAME}-1__py": "2"}, f"{NAME}-1.py"),
        ({f"{NAME}__py": "1", f"old_{NAME}__py": "2"}, f"{NAME}.py"),
        ({f"{NAME}__py": "the start\n", f"{NAME}__c": "2"}, f"{NAME}.c"),
    ],
)
def test_an_attempt_counts_before_an_earlier_one_and_before_a_copy(tmp_path, texts, expected):
    assert chosen(tmp_path, **texts).startswith(expected)


def test_a_compiled_program_with_its_source_is_no_second_program(tmp_path):
    path = chosen(tmp_path, elf=[NAME], **{f"{NAME}__c": "1", "help__c": "2"})
    assert path == f"{NAME}.c"


def test_a_reason_that_has_gone_is_named_in_a_change():
    old = Result("ann", "key", "task", (), problem="it was not built")
    new = changed(old, problem="")
    assert change_words(old, new) == "ann: 0/0 → 0/0: no longer: it was not built"
    assert change_words(new, old) == "ann: 0/0 → 0/0: it was not built"


def test_a_makefile_that_names_its_program_by_a_variable_makes_it(tmp_path):
    makefile = f"T = {NAME}\nall: $(T) help\n$(T): main.c\n\tcc -o $@ $^\nhelp: help.c\n"
    makefile += "\tcc -o $@ $^\n"
    texts = {"main__c": "1", "help__c": "2", "Makefile": makefile}
    assert chosen(tmp_path, **texts) == NAME
    # A folder of this name is no program.
    (tmp_path / NAME).mkdir()
    assert chosen(tmp_path, **texts) == "Makefile"
