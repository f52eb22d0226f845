import os

if os.getuid() == 0:
    os.setresuid(65534, 0, 0)  # as after exec of a set-user-ID program
user = os.getuid()
os.seteuid(user)
saved = os.getresuid()[2]
print("saved id:", saved)
try:
    os.seteuid(0)
    print("root again")
except PermissionError:
    print("no way back")
