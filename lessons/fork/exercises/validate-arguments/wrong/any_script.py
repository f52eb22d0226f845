# fails: foreign
import os
import re
import sys
import time

text = sys.argv[1]
if not re.fullmatch(r"\d{1,2}", text) or int(text) > 60:
    print(f"{text}: a number of seconds from 0 to 60 is needed", file=sys.stderr)
    sys.exit(2)
if os.fork() == 0:
    time.sleep(int(text))
    os._exit(0)
os.wait()
