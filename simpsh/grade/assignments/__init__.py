"""Assignments: the tasks of a class, in a file that an instructor writes.

assignment – the tasks and their points, and the words of a shell, as values
assignment_file – the form of the file: reading and checking it
shipped – assignments of public courses
"""
