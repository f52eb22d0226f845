import contextlib
import mmap
import os
import resource
PAGE = mmap.PAGESIZE


def in_use(size):
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # EINVAL: a kernel without huge pages
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    memory.write(b"x" * size)
    return memory


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


memory = in_use(400 * PAGE)
child = os.fork()
if child == 0:  # in the child
    start = faults()
    memory.find(b"y")  # reads all 400 pages
    reading = faults() - start
    memory[: 100 * PAGE : PAGE] = b"z" * 100  # writes to 100 pages
    writing = faults() - start - reading
    print("reading:", reading, "writing:", writing, flush=True)
    os._exit(0)
os.waitpid(child, 0)
