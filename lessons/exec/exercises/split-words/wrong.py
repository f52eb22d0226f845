"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "asks_a_shell.py",
        "special",
        insert("sys.exit(os.waitstatus_to_exitcode(os.system(sys.argv[1])))", above="words = "),
    ),
    Wrong(
        "empty_line.py",
        "empty",
        delete("if not words:")
        + delete("    sys.exit(0)")
        + replace(
            "except OSError as error:\n"
            '        os.write(2, f"{words[0]}: {error.strerror}\\n".encode())',
            "except (OSError, IndexError):",
        ),
    ),
    Wrong("split_at_one_blank.py", "blanks", replace("split()", 'split(" ")')),
    Wrong(
        "status_lost.c",
        "status",
        replace("WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)", "0"),
    ),
    Wrong("ten_words.c", "many", replace("word != NULL;", "word != NULL && count < 10;")),
    Wrong(
        "without_its_name.c",
        "words",
        replace("execvp(words[0], words)", "execvp(words[0], words + 1)"),
    ),
)
