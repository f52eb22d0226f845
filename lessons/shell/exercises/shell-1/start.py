def run(word):
    """Run the program of this name in a child, and wait for it."""
    print(f"{word}: nothing is run yet")


while True:
    try:
        word = input("$ ").strip()
    except EOFError:
        break
    run(word)
