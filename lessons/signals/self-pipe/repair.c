#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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
    char byte;
    fd_set files;
    int ends[2];
    if (pipe(ends) == -1)
        err(1, "pipe");
    int read_end = ends[0];
    write_end = ends[1];
    fcntl(write_end, F_SETFL, O_NONBLOCK);
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    FD_ZERO(&files);
    FD_SET(read_end, &files);
    select(read_end + 1, &files, NULL, NULL, NULL);
    while (read(read_end, &byte, 1) == 1)  // until it is empty
        write(1, "seen ", 5);
    write(1, "done", 4);
}
