"""What a run takes place in, and what is given to it.

workspace – the directory that runs work in: a copy, a layer, or itself
own_memory_files – a /dev/shm of the program's own
standard_input – what the program reads, recorded once
c_source – a C file is compiled before it is explored
run_limits – what a run may use: processes, output, memory, time
"""
