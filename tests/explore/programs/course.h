/* Shared by these programs: headers, say(), which writes without a buffer, and short signs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

static inline void say(const char *text) { write(1, text, strlen(text)); }

static inline void say_char(char one) { write(1, &one, 1); }

/* K: killed by a signal; otherwise the exit status as a digit. */
static inline void say_status(int status) {
    say_char(WIFSIGNALED(status) ? 'K' : '0' + WEXITSTATUS(status));
}
