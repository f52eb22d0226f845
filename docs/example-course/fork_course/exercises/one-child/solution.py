import os

# BEGIN SOLUTION
if os.fork() == 0:
    os._exit(3)
os.wait()
# INSTEAD
# # Make a child that ends with status 3, and collect it.
# END SOLUTION
