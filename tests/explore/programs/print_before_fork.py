import os

print("x")
if os.fork() == 0:
    print("c")
else:
    print("p")
