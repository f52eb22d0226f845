import os


def opening():
    try:
        os.close(os.open("keys", os.O_RDONLY))
    except PermissionError:
        return "refused"
    return "allowed"


os.setgroups([0])  # as after the login of root
os.chmod(".", 0o755)
os.mknod("keys", 0o640)  # root's group may read it
os.setresuid(65534, 65534, 65534)
print(opening())
