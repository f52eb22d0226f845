"""Every order in which the processes of a small program can run: step through one, or find all.

Packages, highest first; each imports only those below it:

step – the student is the scheduler: choose, go back, run to the end
search – all states and outcomes, witnesses, the verdict, the report
control – the real program, with every process held right before its next visible operation
objects – operations, learned processes and a computed kernel; touches no process
workplace – the directory, the input and the limits of a run
flags – reasons against COMPLETE
"""
