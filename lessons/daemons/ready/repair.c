#include <err.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    struct stat about;
    char text[5];
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0], write_end = ends[1];
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        if (stat("config", &about) == -1)
            _exit(1);
        if (write(write_end, "ready", 5) == -1)
            err(1, "write");
        close(write_end);  // it has no more to write
        pause();
    }
    ssize_t count = read(read_end, text, 5);
    int is_ready = count == 5 && memcmp(text, "ready", 5) == 0;
    _exit(is_ready ? 0 : 1);
}
