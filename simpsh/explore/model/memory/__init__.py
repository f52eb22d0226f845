"""Rules for shared memory.

access_order – whether an access that overtakes another one could be noticed
memory_rules – rules for loads, stores and updates, and futex
memory_file_rules – rules for files in /dev/shm
"""
