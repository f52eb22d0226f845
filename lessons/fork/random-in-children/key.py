import mmap
import os
PAGE = mmap.PAGESIZE
MADV_WIPEONFORK = 18  # of <sys/mman.h>

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
page.madvise(MADV_WIPEONFORK)
page[:3] = b"key"
child = os.fork()
if child == 0:  # in the child
    print("child: ", page[:3], flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent:", page[:3])
