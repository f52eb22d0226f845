from multiprocessing import Pipe, Process


def work(asked, answers):
    answers.send([*asked.recv(), "c"])


if __name__ == "__main__":
    asked, asks = Pipe(duplex=False)
    answered, answers = Pipe(duplex=False)
    process = Process(target=work, args=(asked, answers))
    process.start()
    asks.send(["p"])
    print(answered.recv())
    process.join()
