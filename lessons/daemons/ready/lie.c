#include <err.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    struct stat about;
    pid_t daemon = fork();
    if (daemon == -1)
        err(1, "fork");
    if (daemon == 0) {  // in the daemon
        setsid();
        if (stat("config", &about) == -1)
            _exit(1);
        pause();  // it serves for ever
    }
    _exit(0);  // started
}
