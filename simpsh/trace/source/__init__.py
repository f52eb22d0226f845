"""Which line of which file of a program's own source made a call.

call_sites – the call site of a process that is held
process_image – what a process has mapped: its program and its libraries
call_stack – from its registers outwards: which function called which
frame_rules – call frame information, by which one gets from a function to its caller
debug_lines – from an address to a file, a line and a function
python_frames – the frames of a Python interpreter, and the line of each
elf_file – the file that a program or a library is in
dwarf_problems – what damaged debug information may raise
source_texts – the source files, read once
"""
