# right: Python with multiprocessing, by fork
import multiprocessing
import sys

if __name__ == "__main__":
    make = multiprocessing.get_context("fork").Process
    children = [make(target=sys.exit, args=(int(code),)) for code in sys.argv[1:]]
    for child in children:
        child.start()
    for child in children:
        child.join()
        print(child.pid, child.exitcode)
