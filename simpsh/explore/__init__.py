"""Every order that the processes of a small program can take: stepping them, and finding all.

Wings, highest first; imports only go down:

step – the student is the scheduler: choose, go back, run to the end
search – all states and outcomes, witnesses, the verdict, the report
control – the real program, every process held right before its next visible operation
objects – operations, learned processes and a computed kernel; touches no process
workplace – the directory, the input, the compiled file
flags – what speaks against COMPLETE
"""
