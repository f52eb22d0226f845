import contextlib
import mmap
import os
import time
MB = 2**20


def in_use(size):
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # EINVAL: a kernel without huge pages
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.write(b"x" * size)
    return memory


def micros(start):
    return round((time.process_time() - start) * 1000000)


memory = in_use(4 * MB)  # ① now every page is written to
start = time.process_time()
child = os.fork()
if child == 0:  # in the child
    os._exit(0)  # ② what has fork copied?
forking = micros(start)
start = time.process_time()
os.posix_spawn("/bin/true", ["true"], {})
spawning = micros(start)
print(len(memory), forking, spawning, flush=True)
os.wait(), os.wait()
