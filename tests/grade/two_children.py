"""Answers to the exercise two-children: one that is right, and one that waits once too few."""

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
