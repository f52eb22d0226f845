# right: a shell in Python whose threads collect late what ran in the background
# lacks: exit, statuses, pipe, pipeline, early-reader, output, input, errors
# lacks: groups, interrupt, quit, stop, fg, bg, background, jobs
import os, select, sys, threading, time

def run(line):
    words = line.split()
    if words[:1] == ["cd"]:
        os.chdir(words[1])
    elif words:
        execute(words)

def start(words):
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            print(words[0], error.strerror, file=sys.stderr, flush=True)
            os._exit(127)
    return pid

# A thread collects background processes some time after they have ended.
def execute(words):
    is_behind = words[-1] == "&"
    pid = start(words[:-1] if is_behind else words)
    if is_behind:
        threading.Thread(target=collect, args=(pid,), daemon=True).start()
    else:
        os.waitpid(pid, 0)

def collect(pid):
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    time.sleep(0.3)
    os.waitpid(pid, 0)

wake, _ = os.pipe()
def take():
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(0, select.POLLIN)
    poll.poll()
    return os.read(0, 1000).decode()
while line := take():
    run(line)
