"""Programs for the exercise two-children: right ones, and one that waits only once."""

from tests.grade.fairness_corpus import CORPUS

_RIGHT = CORPUS / "two-children"
IN_C = (_RIGHT / "fork.c").read_text()
RIGHT = """\
import os, sys
for code in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(int(code))
for _ in sys.argv[1:]:
    pid, status = os.wait()
    print(pid, os.waitstatus_to_exitcode(status))
"""
ONE_WAIT = RIGHT.replace("for _ in sys.argv[1:]:", "for _ in sys.argv[2:]:")
