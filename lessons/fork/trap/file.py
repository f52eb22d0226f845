with open("log", "w") as log:
    for _ in range(60):
        log.write("x")
