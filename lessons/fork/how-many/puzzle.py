import os


def collect_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:  # no child is left
            break


os.fork() and os.fork()
collect_all()
