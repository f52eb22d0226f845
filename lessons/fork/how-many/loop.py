import os


def collect_all():
    while True:
        try:
            os.wait()
        except ChildProcessError:  # no child is left
            break


for task in "123":
    worker = os.fork()
    if worker == 0:  # in a worker
        os.write(1, f"task {task}\n".encode())
collect_all()
