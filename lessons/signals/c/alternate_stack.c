/* A stack overflow. The demonstrations of alternate_stack.py, in C. */

/* endless is about Python itself: the interpreter counts the calls of functions and raises RecursionError. */
