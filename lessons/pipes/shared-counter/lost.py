import mmap
import os
PAGE = mmap.PAGESIZE

page = mmap.mmap(-1, PAGE, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
one, other = os.pipe(), os.pipe()
child = os.fork()
loaded = page[0]
told, tell = (one[0], other[1]) if child else (other[0], one[1])
os.write(tell, b".")
os.read(told, 1)  # until the other has loaded, too
page[0] = loaded + 1  # ① both processes have loaded
if child == 0:  # in the child
    os._exit(0)
os.waitpid(child, 0)
print(page[0], flush=True)
