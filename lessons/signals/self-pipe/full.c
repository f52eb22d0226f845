#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

static int write_end;
static void note(int number) {
    (void)number;
    int saved = errno;
    write(write_end, "!", 1);
    errno = saved;
}

int main(void) {
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    write_end = ends[1];
    fcntl(write_end, F_SETFL, O_NONBLOCK);
    write(write_end, calloc(1, 1 << 20), 1 << 20);  // as much as fits
    fcntl(write_end, F_SETFL, 0);
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    write(1, "done", 4);
}
