import os
import select

number = os.eventfd(0)  # a counter in the kernel
watch = select.epoll()
watch.register(number, select.EPOLLIN)
child = os.fork()
if child == 0:  # in the child
    watch.poll()  # sleeps until the counter is not 0
    os.write(1, b"%d" % os.eventfd_read(number))
    os._exit(0)
os.eventfd_write(number, 5)
os.waitpid(child, 0)
