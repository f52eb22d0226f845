"""Assignments: the tasks of a class, in a file that an instructor writes.

assignment – the tasks and their points, as values
assignment_file – the form of the file: reading and checking it
shell_language – how a shell spells fg, exit and $?, and the paths of programs
shipped – assignments of public courses
"""
