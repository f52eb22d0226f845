import os

name = "notes; exec sleep 1000"  # a user has typed this
print(f"{os.system('echo ' + name):#06x}")
