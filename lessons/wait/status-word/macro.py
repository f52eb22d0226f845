import os
import resource
MACROS = ("WIFEXITED", "WIFSIGNALED", "WCOREDUMP", "WIFSTOPPED", "WIFCONTINUED")


def core_files(*, are_allowed):
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    # A limit of 1 also prevents a dump that core_pattern would pipe to a program.
    least = 1 if most else 0
    resource.setrlimit(resource.RLIMIT_CORE, (most if are_allowed else least, most))


child = os.fork()
if child == 0:  # in the child
    os._exit(3)
_, word = os.waitpid(child, os.WUNTRACED | os.WCONTINUED)
true = [name for name in MACROS if getattr(os, name)(word)]
print(f"{word:#06x}", *true, end="", flush=True)
