import mmap
import os
import time
MARK = ord("#")


def marks(rows):
    return min(rows[:4096].count(b"#"), rows[4096:].count(b"#"))


def tenths(start, rows, enough):
    while marks(rows) < enough:
        yield int((time.perf_counter() - start) * 10000) % 4096


def print_a_piece(rows):
    def piece(place):
        return rows[place : place + 65]

    def in_both(place):
        return min(piece(place).count(b"#"), piece(4096 + place).count(b"#"))

    first = max(range(4096 - 65), key=in_both)
    print("parent", piece(first).decode())
    print("child ", piece(4096 + first).decode())
    print("marks in the shorter row:", marks(rows))


rows = mmap.mmap(-1, 8192)  # shared memory: two rows of 4096
rows[:] = b"-" * 8192
start = time.perf_counter()
child = os.fork()
mine = 4096 if child == 0 else 0
for now in tenths(start, rows, 200):  # until both have 200 marks
    rows[mine + now] = MARK
if child == 0:  # in the child
    os._exit(0)
os.waitpid(child, 0)
print_a_piece(rows)
