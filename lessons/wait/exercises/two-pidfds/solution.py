import os
import select
import signal

# BEGIN SOLUTION
loop = select.poll()
children = {}
for _ in range(2):
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    ready_at_its_end = os.pidfd_open(child)
    children[ready_at_its_end] = child
    loop.register(ready_at_its_end, select.POLLIN)
while children:
    for descriptor, _ in loop.poll():
        pid, status = os.waitpid(children.pop(descriptor), 0)
        print(pid, os.WTERMSIG(status), flush=True)
        loop.unregister(descriptor)
        os.close(descriptor)
# INSTEAD
# children = []
# for _ in range(2):
#     child = os.fork()
#     if child == 0:
#         signal.pause()  # until a signal ends it
#         os._exit(0)
#     children.append(child)
#
# # As soon as one of the two has ended: collect it, and print its pid and its signal.
# END SOLUTION
