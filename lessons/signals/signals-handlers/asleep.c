#include <errno.h>
#include <signal.h>
#include <unistd.h>
static void note(int number) {
    int saved = errno;
    write(1, "noted ", 6);
    errno = saved;
}
int main(void) {
    int ends[2];
    char byte;
    struct sigaction how = {.sa_handler = note, .sa_flags = 0};
    sigaction(SIGUSR1, &how, 0);
    pipe(ends);
    if (read(ends[0], &byte, 1) < 0 && errno == EINTR)
        write(1, "EINTR", 5);
}
