import os


def opening():
    try:
        os.close(os.open("secret", os.O_RDONLY))
    except PermissionError:
        return "refused"
    return "allowed"


os.mknod("secret", 0o600)  # root may read it
os.setresuid(-1, 65534, -1)  # -1: as it was
dropped = opening()
os.setresuid(-1, 0, -1)
returned = opening()
print(dropped, "then", returned)
