#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

int main(void) {
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
