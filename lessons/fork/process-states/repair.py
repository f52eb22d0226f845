import os

os.write(os.open("/proc/self/comm", os.O_WRONLY), b"a) S (b")  # its name
stat = os.open("/proc/self/stat", os.O_RDONLY)
text = os.read(stat, 4096)
os.write(1, text.split()[2])
