import mmap
import os

ball = memoryview(mmap.mmap(-1, 4096)).cast("i")  # shared memory
child = os.fork()
me, moves = int(child == 0), 0
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
while (now := ball[0]) < 20:  # no system call in here
    if now % 2 == me:  # it is my turn
        ball[0] = now + 1  # now it is the other's turn
        moves += 1
print(moves, "moves", flush=True)
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
