"""What a diagnosis told, and what the tests of it are made of."""

import contextlib
import os

from simpsh.process.process_tree import children


def numbers_of(diagnosis):
    return {holder.pid: holder.numbers for holder in diagnosis.holders}


def text_of(diagnosis):
    return "\n".join(diagnosis.lines())


@contextlib.contextmanager
def pipe():
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


def zombies_of(pid):
    return [one.pid for one in children(pid) if one.state == "Z"]


def stopped_children_of(pid):
    return [one.pid for one in children(pid) if one.state == "T"]
