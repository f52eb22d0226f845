import logging
import os
import socket
from logging.handlers import SysLogHandler
APPEND = os.O_CREAT | os.O_WRONLY | os.O_APPEND

inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
inbox.bind("dev-log")  # on a real system /dev/log
daemon = os.fork()
if daemon == 0:  # in the daemon
    to_syslogd = SysLogHandler("dev-log", SysLogHandler.LOG_DAEMON)
    logging.getLogger().addHandler(to_syslogd)
    logging.error("no config")
    os._exit(0)  # ① the daemon has reported
messages = os.open("messages", APPEND, 0o600)
os.write(messages, inbox.recv(99))
os.waitpid(daemon, 0)  # ① syslogd has written
