import os
import sys


def own_group():
    """Return the directory of this process's control group, for version 1 and version 2."""
    with open("/proc/self/cgroup") as file:
        groups = dict(line.strip().split(":", 2)[1:] for line in file)
    if "pids" in groups:
        return "/sys/fs/cgroup/pids" + groups["pids"]
    return "/sys/fs/cgroup" + groups[""]


# BEGIN SOLUTION
def write(text, *path):
    with open(os.path.join(*path), "w") as file:
        file.write(text)


above = own_group()
group = os.path.join(above, "bomb")
os.mkdir(group)
write("0", group, "cgroup.procs")
is_version_2 = os.path.exists(os.path.join(above, "cgroup.subtree_control"))
if is_version_2:
    write("+pids", above, "cgroup.subtree_control")
write(sys.argv[1], group, "pids.max")

first = os.getpid()
read_end, write_end = os.pipe()
try:
    while True:
        os.fork()
except BlockingIOError:
    pass  # EAGAIN: the limit of processes is reached
os.close(write_end)
os.read(read_end, 1)  # end of file: fork has failed in every process
try:
    while True:
        os.wait()
except ChildProcessError:
    pass  # no child is left
if os.getpid() == first:
    if is_version_2:
        write("-pids", above, "cgroup.subtree_control")
    write("0", above, "cgroup.procs")
    os.rmdir(group)
# INSTEAD
# most = sys.argv[1]
# above = own_group()
#
# # Make a group below `above`, enter it, and limit it to `most` processes. Then let each process
# # fork until the kernel refuses. When fork has failed in all, each collects its children and ends
# # with status 0; the first one leaves the group and removes it.
# sys.exit("nothing is done yet")
# END SOLUTION
