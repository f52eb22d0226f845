"""Rules for shared memory.

store_order – whether a load that overtakes a store could be noticed
memory_rules – rules for loads, stores and updates, and futex
memory_file_rules – rules for files in /dev/shm
"""
