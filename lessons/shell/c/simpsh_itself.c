/* this_shell is about Python itself: it shows the lines of simpsh, which is written in Python. */
