import os
import resource


def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


things = list(map(float, range(1, 50001)))
child = os.fork()
if child == 0:  # in the child
    start = faults()
    all(things)
    copied = faults() - start
    print(copied, flush=True)
    os._exit(0)
os.waitpid(child, 0)
