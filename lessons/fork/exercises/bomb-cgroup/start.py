import os
import sys


def own_group():
    """Return the directory of this process's control group, for version 1 and version 2."""
    with open("/proc/self/cgroup") as file:
        groups = dict(line.strip().split(":", 2)[1:] for line in file)
    if "pids" in groups:
        return "/sys/fs/cgroup/pids" + groups["pids"]
    return "/sys/fs/cgroup" + groups[""]


most = sys.argv[1]
above = own_group()

# Make a group below `above`, enter it, and limit it to `most` processes. Then let each process
# fork until the kernel refuses. When fork has failed in all, each collects its children and ends
# with status 0; the first one leaves the group and removes it.
sys.exit("nothing is done yet")
