# fails: together
import os
import sys

words = sys.argv[1:]
middle = words.index("--")
read_end, write_end = os.pipe()


def run(command, ours, theirs):
    child = os.fork()
    if child == 0:
        os.dup2(ours, theirs)
        os.execvp(command[0], command)
    os.close(ours)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


run(words[:middle], write_end, 1)
sys.exit(run(words[middle + 1 :], read_end, 0))
