import os

first = os.fork()
if first == 0:  # in the first child
    os._exit(1)
second = os.fork()
if second == 0:  # in the second child
    os._exit(2)
_, word = os.wait()
print("the second:", os.WEXITSTATUS(word), flush=True)
os.wait()
