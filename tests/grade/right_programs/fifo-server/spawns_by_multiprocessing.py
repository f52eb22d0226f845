# right: Python with multiprocessing, by spawn: a worker prints
import multiprocessing
import os
import sys


def work(lines):
    for line in iter(lines.recv, None):
        print("got", line, flush=True)
        lines.send(True)


def main():
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=work, args=(theirs,))
    worker.start()
    requests = os.fdopen(os.open(sys.argv[1], os.O_RDWR))
    for line in iter(requests.readline, "quit\n"):
        ours.send(line.rstrip())
        ours.recv()
    ours.send(None)
    worker.join()


if __name__ == "__main__":
    main()
