# right: the child sleeps in select
import os, select, sys
text = sys.argv[1] if len(sys.argv) == 2 else ""
is_number = text.isascii() and text.isdigit() and len(text) < 3
if not is_number or int(text) > 60:
    print("a number from 0 to 60", file=sys.stderr)
    sys.exit(2)
if os.fork() == 0:
    select.select([], [], [], int(text))
    os._exit(0)
os.wait()
