# right: a shell in Python in which a thread gives the terminal away, late
# lacks: exit, statuses, zombies.background, cd, pipe, pipeline, early-reader, output, input, errors
# lacks: fg, bg, background, other-child, jobs
import os, queue, signal, sys, threading, time

for number in (signal.SIGTTOU, signal.SIGTSTP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
lines, done = queue.Queue(), queue.Queue()

def start(words):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        for number in (signal.SIGTTOU, signal.SIGTSTP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        try:
            os.execvp(words[0], words)
        except OSError as error:
            print(words[0], error.strerror, file=sys.stderr, flush=True)
            os._exit(127)
    time.sleep(0.4)
    os.tcsetpgrp(0, pid)
    os.waitpid(pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())

def work():
    while True:
        if words := lines.get():
            start(words)
        done.put(None)

threading.Thread(target=work, daemon=True).start()
while line := os.read(0, 1000).decode():
    lines.put(line.split())
    done.get()
