"""A program: simpsh that starts every process by fork, as at the prompt, also in a script."""

import sys

import simpsh.__main__
import simpsh.cli.session

if __name__ == "__main__":
    simpsh.cli.session.SPAWN = simpsh.cli.session.FORK
    sys.argv[0] = "simpsh"
    simpsh.__main__.main()
