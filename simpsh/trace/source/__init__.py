"""The file and line of a program's own source that made a call.

call_sites – the call site of a process that is held; the source files, read once
call_stack – the frames of a held thread, from its registers outwards, and its mappings
debug_lines – the file, line and function of an address
python_frames – the frames of a Python interpreter, and the line of each
elf_file – reading the file of a program or a library
"""
