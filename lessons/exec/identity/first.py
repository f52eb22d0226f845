import os

os.setresuid(65534, 65534, 65534)
try:
    os.setgroups([])
    print("no group left")
except PermissionError:
    print("the groups stay")
