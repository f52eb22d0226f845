import os


def collect_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:  # no child is left
            break


a = os.fork()
b = os.fork()
c = os.fork()
print(a > 0, b > 0, c > 0, flush=True)
collect_all()  # ① each waits for its own children
