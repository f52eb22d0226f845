import mmap
import os
PAGE = mmap.PAGESIZE

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
page[:5] = b"draft"
child = os.fork()
if child == 0:  # in the child
    page[:5] = b"FINAL"
    os._exit(0)  # ① the child has written
os.waitpid(child, 0)
print(page[:5].decode(), flush=True)
