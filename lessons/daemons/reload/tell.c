#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

void save(const char *text) {
    int config = open("config", O_CREAT | O_WRONLY | O_TRUNC, 0666);
    if (config == -1)
        err(1, "open");
    write(config, text, strlen(text));
    close(config);
}

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

int main(void) {
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
