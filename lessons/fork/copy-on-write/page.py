import mmap
import os
PAGE = mmap.PAGESIZE

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page[:5] = b"draft"
child = os.fork()
if child == 0:  # in the child
    page[:5] = b"FINAL"  # ① before the write
    os._exit(0)  # ② after the write
os.waitpid(child, 0)
