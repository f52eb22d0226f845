with open("log", "wb", buffering=0) as log:
    for _ in range(60):
        log.write(b"x")
