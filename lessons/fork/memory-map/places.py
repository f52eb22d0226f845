import ctypes
import mmap
import os
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.strdup.restype = ctypes.c_void_p
MB = 2**20
PAGE = mmap.PAGESIZE
CODE = ctypes.cast(libc.getpid, ctypes.c_void_p).value or 0  # the function getpid
GLOBAL = ctypes.addressof(ctypes.c_int.in_dll(libc, "opterr"))  # a variable of the C library
ARGV_0 = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value or 0
libc.mmap.restype = ctypes.c_void_p


def part_of(address):
    with open("/proc/self/maps") as memory_map:
        for line in memory_map:
            addresses, rights, _, _, _, *name = line.split()
            start, end = (int(number, 16) for number in addresses.split("-"))
            if start <= address < end:
                return f"{rights} {os.path.basename(name[0]) if name else 'no name'}"
    return "no part"


small = libc.malloc(100)
large = libc.malloc(64 * MB)
print("function getpid:", part_of(CODE))
print("global variable:", part_of(GLOBAL))
print("small block:", part_of(small))
print("large block:", part_of(large))
print("argv[0]:", part_of(ARGV_0), flush=True)
