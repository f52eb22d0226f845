# right: Python whose children end by sys.exit
import os
import sys

for code in sys.argv[1:]:
    if os.fork() == 0:
        sys.exit(int(code))
while True:
    try:
        news = os.waitid(os.P_ALL, 0, os.WEXITED)
    except ChildProcessError:
        break
    print(news.si_pid, news.si_status)
