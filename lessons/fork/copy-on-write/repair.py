import mmap
import os
import time
PAGE = mmap.PAGESIZE

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page[:5] = b"draft"
child = os.fork()
if child == 0:  # in the child
    page[:5] = b"%05d" % (time.perf_counter_ns() % 100000)
    os.write(1, page[:5])
    os._exit(0)
os.waitpid(child, 0)
os.write(1, page[:5])
