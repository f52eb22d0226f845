"""Which line of which file of a program's own source made a call.

call_sites – the call site of a process that is held; the source files, read once
call_stack – from its registers outwards: what it has mapped, and which function called which
debug_lines – from an address to a file, a line and a function
python_frames – the frames of a Python interpreter, and the line of each
elf_file – the file that a program or a library is in
"""
