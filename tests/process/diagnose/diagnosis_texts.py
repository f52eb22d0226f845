"""What a diagnosis told, and what the tests of it are made of."""

from simpsh.process.process_tree import children


def numbers_of(diagnosis):
    return {holder.pid: holder.numbers for holder in diagnosis.holders}


def text_of(diagnosis):
    return "\n".join(diagnosis.lines())


def zombies_of(pid):
    return [process.pid for process in children(pid) if process.state == "Z"]


def stopped_children_of(pid):
    return [process.pid for process in children(pid) if process.state == "T"]
