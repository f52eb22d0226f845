"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong("any_length.c", "long", replace("strlen(text) > 2 || ", "")),
    Wrong("any_script.py", "foreign", replace("[0-9]", r"\d")),
    Wrong(
        "atoi.c",
        "negative",
        replace(
            "!isdigit((unsigned char)*text) || *end != '\\0' || strlen(text) > 2 || seconds > 60",
            "argc != 2",
        )
        + replace("sleep(seconds)", "sleep(atoi(text))"),
    ),
    Wrong(
        "child_validates.py",
        "word",
        replace("child = os.fork()\n", "")
        + insert("child = os.fork()", above="if not re")
        + replace("if not re", "if child == 0 and not re")
        + replace(
            "os.waitpid(child, 0)",
            "_, status = os.waitpid(child, 0)\nsys.exit(os.waitstatus_to_exitcode(status))",
        ),
    ),
    Wrong(
        "int_only.py",
        "disguised",
        replace(
            'if not re.fullmatch("[0-9]{1,2}", text) or int(text) > 60:',
            "if not 0 <= int(text) <= 60:",
        ),
    ),
    Wrong("minutes.py", "sleeps-1", replace("time.sleep(int(text))", "time.sleep(60 * int(text))")),
    Wrong("never_waits.py", "works", delete("os.waitpid(child, 0)")),
    Wrong("no_end_pointer.c", "trailing", replace("*end != '\\0' || strlen(text) > 2 || ", "")),
    Wrong("no_sleep.py", "sleeps-1", delete("time.sleep(int(text))")),
    Wrong("on_standard_output.py", "negative", replace(", file=sys.stderr)", ")")),
    Wrong("one_digit.c", "sleeps-60", replace("strlen(text) > 2", "strlen(text) > 1")),
    Wrong(
        "signs.py",
        "signed",
        replace(
            '"[0-9]{1,2}", text) or int(text) > 60',
            '"[+-]?[0-9]{1,2}", text) or not 0 <= int(text) <= 60',
        ),
    ),
)
