import os

master, terminal = os.openpty()
child = os.fork()
if child == 0:  # in the child
    os.login_tty(terminal)  # 0, 1, 2; a session of its own
    os.write(1, b"hi")
    os._exit(0)
os.close(terminal)  # the child has it
screen = os.read(master, 100)
os.waitpid(child, 0)
os.write(1, screen)
