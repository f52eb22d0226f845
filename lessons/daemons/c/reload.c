/* SIGHUP: read the configuration again. The demonstrations of reload.py, in C. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

static char name[100];
void load(int number) {
    (void)number;
    char line[120] = "loaded ";
    int saved = errno, config = open("config", O_RDONLY);
    if (config != -1) {
        ssize_t size = read(config, name, sizeof name - 1);
        name[size < 0 ? 0 : size] = '\0';
        close(config);
        write(1, line, strlen(strcat(strcat(line, name), "\n")));
    }
    errno = saved;
}

void save(const char *text) {
    int config = open("config", O_CREAT | O_WRONLY | O_TRUNC, 0666);
    if (config == -1)
        err(1, "open");
    write(config, text, strlen(text));
    close(config);
}

void change_and_tell(void) {
    char byte;
    int ends[2];
    save("old");
    if (pipe(ends) == -1)
        err(1, "pipe");
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        struct sigaction action = {.sa_handler = load};
        sigaction(SIGHUP, &action, NULL);
        load(0);
        write(ends[1], "!", 1);  // it is ready
        while (1) pause();
    }
    read(ends[0], &byte, 1);
    save("new");  // ① the daemon pauses
    kill(daemon, SIGHUP);
}

void answer(void) {
    save("old");
    struct sigaction action = {.sa_handler = load};
    sigaction(SIGHUP, &action, NULL);
    load(0);
    printf("hello from %s\n", name);
    fflush(stdout);
    save("new");  // what an editor does
    pause();  // the client is slow, and you send SIGHUP
    printf("bye from %s\n", name);
    fflush(stdout);
}

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

void rotate(void) {
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

void report(void) {
    char text[99];
    struct sockaddr_un place = {AF_UNIX, "dev-log"};  // really /dev/log
    int inbox = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (bind(inbox, (struct sockaddr *)&place, sizeof place) == -1)
        err(1, "bind");
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        int to_syslogd = socket(AF_UNIX, SOCK_DGRAM, 0);
        connect(to_syslogd, (struct sockaddr *)&place, sizeof place);
        size_t size = snprintf(text, sizeof text, "<%d>no config",
                               LOG_DAEMON | LOG_ERR);
        send(to_syslogd, text, size + 1, 0);
        _exit(0);  // ① the daemon has reported
    }
    int messages = open("messages", O_CREAT | O_WRONLY | O_APPEND, 0600);
    write(messages, text, recv(inbox, text, sizeof text, 0));
    waitpid(daemon, NULL, 0);  // ① syslogd has written
    close(inbox);
}

static volatile sig_atomic_t told;
void note(int number) {
    told = number;
}

void serve_two(void) {
    save("old");
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGHUP, &action, NULL);
    load(0);
    dprintf(1, "hello from %s\n", name);
    save("new");  // what an editor does
    pause();  // the client is slow, and you send SIGHUP
    dprintf(1, "bye from %s\n", name);
    if (told)
        load(0);
    dprintf(1, "hello from %s\n", name);
}
