"""Parts of diagnoses, and waits that several tests need."""

import os

from simpsh.process.process_tree import children
from tests.harness.process import fork_child
from tests.process.diagnosed_children import diagnosis_at_rest


def numbers_of(diagnosis):
    return {holder.pid: holder.numbers for holder in diagnosis.holders}


def text_of(diagnosis):
    return "\n".join(diagnosis.lines())


def children_in(pid, state):
    return [process.pid for process in children(pid) if process.state == state]


def circle_of(pid):
    """Return the diagnosis once it reports a circle of waiting processes."""
    return diagnosis_at_rest(pid, lambda found: found.circle, "a circle")


def ask_each_other(prepare=lambda: None):
    """Become one of two processes that wait for each other: each reads before it writes."""
    (one, to_other), (two, to_one) = os.pipe(), os.pipe()

    def asks_first_too():
        os.close(to_one)
        os.close(one)
        os.read(two, 1)

    pid = fork_child(asks_first_too)
    prepare()
    os.close(to_other)
    os.close(two)
    os.read(one, 1)
    os.waitpid(pid, 0)
