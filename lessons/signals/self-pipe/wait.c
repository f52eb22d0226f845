#include <poll.h>
#include <signal.h>
#include <unistd.h>
static volatile sig_atomic_t came; static int ends[2];
static void note(int number) { came = 1; }
int main(void) {
    pipe(ends);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0);
    if (fork() == 0) return kill(getppid(), SIGUSR1);
    if (!came) poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1);
    write(1, "woken", 5);
}
