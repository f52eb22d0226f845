import mmap
import os
PAGE = mmap.PAGESIZE

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page[0] = 0
for _ in range(3):
    child = os.fork()
    if child == 0:  # in a child
        page[0] += 1
        os._exit(0)
    os.waitpid(child, 0)
print(page[0], "children", flush=True)
