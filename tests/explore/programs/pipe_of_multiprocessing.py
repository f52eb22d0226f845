from multiprocessing import Pipe, Process


def work(end):
    end.send([*end.recv(), "c"])


if __name__ == "__main__":
    ours, theirs = Pipe()
    process = Process(target=work, args=(theirs,))
    process.start()
    ours.send(["p"])
    print(ours.recv())
    process.join()
