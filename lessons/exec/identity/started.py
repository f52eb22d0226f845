import mmap
import os


def copy(path, name):
    with open(path, "rb") as file, open(name, "w+b") as new:
        content = file.read()
        new.truncate(len(content))
        with mmap.mmap(new.fileno(), len(content)) as pages:
            pages[:] = content


def leave_groups():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)


copy("/bin/grep", "show")  # the copy belongs to root
os.chmod("show", 0o4755)  # 4000 is the set-user-ID bit
os.chmod(".", 0o755)
child = os.fork()
if child == 0:  # in the child
    leave_groups()
    os.setresuid(65534, 65534, 65534)
    os.execv("show", ["show", "Uid", "/proc/self/status"])
os.waitpid(child, 0)
