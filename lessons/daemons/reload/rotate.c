#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum { LOG = 9 };  // the descriptor of the log
void reopen(int number) {
    (void)number;
    int saved = errno;
    int log = open("log", O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (log != -1) {
        dup2(log, LOG);
        close(log);
    }
    errno = saved;
}

int main(void) {
    struct sigaction action = {.sa_handler = reopen};
    sigaction(SIGHUP, &action, NULL);
    reopen(0);
    write(LOG, "one ", 4);
    pid_t logrotate = fork();
    if (logrotate == -1)
        err(1, "fork");
    if (logrotate == 0) {  // another program
        rename("log", "log.1");
        _exit(0);
    }
    waitpid(logrotate, NULL, 0);
    write(LOG, "two ", 4);
}
