"""Assignments: what is asked of a class, as a file that an instructor writes.

assignment_file – the form of the file: reading, checking, weighing
shell_language – what is typed at a shell for fg, exit, $?, and programs' paths
shipped – assignments of public courses
"""
