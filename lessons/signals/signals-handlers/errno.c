#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void note(int number) {
    waitpid(-1, 0, WNOHANG);
}
int main(void) {
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0);
    open("missing", O_RDONLY);
    raise(SIGUSR1);
    write(1, errno == ENOENT ? "ENOENT" : "ECHILD", 6);
}
