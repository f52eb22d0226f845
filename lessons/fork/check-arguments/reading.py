import ctypes
import re
libc = ctypes.CDLL(None)

argument = "-1"
by_atoi = libc.atoi(argument.encode())
try:
    by_int = str(int(argument))
except ValueError:
    by_int = "refused"
is_number = re.fullmatch("[0-9]{1,4}", argument)
by_digits = "accepted" if is_number else "refused"
print(by_atoi, by_int, by_digits)
