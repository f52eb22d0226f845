from multiprocessing import Process


def work(number):
    print(number, flush=True)


if __name__ == "__main__":
    workers = [Process(target=work, args=(number,)) for number in range(1, 5)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    print("done")
