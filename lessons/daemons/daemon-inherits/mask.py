import os

os.umask(0o027)
os.close(os.open("log", os.O_CREAT | os.O_WRONLY, 0o666))
mode = os.stat("log").st_mode & 0o777
print(f"{mode:o}", flush=True)
