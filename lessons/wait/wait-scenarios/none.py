import os

for code in (1, 2, 3):
    child = os.fork()
    if child == 0:  # in a child
        os._exit(code)
while True:
    try:
        os.wait()
    except ChildProcessError:  # ECHILD
        break
