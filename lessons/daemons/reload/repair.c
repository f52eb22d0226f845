#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
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

static volatile sig_atomic_t told;
void note(int number) {
    told = number;
}

int main(void) {
    save("old");
    struct sigaction action = {.sa_handler = load};
    sigaction(SIGHUP, &action, NULL);
    load(0);
    dprintf(1, "hello from %s\n", name);
    save("new");  // what an editor does
    pause();  // the client is slow, and you send SIGHUP
    dprintf(1, "bye from %s\n", name);
    load(0);
    dprintf(1, "hello from %s\n", name);
}
