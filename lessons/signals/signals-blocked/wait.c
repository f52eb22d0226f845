#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t came;
static void note(int number) { came = 1; }
int main(void) {
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0);
    if (fork() == 0)  // in the child
        return kill(getppid(), SIGUSR1);
    if (!came)
        pause();
    write(1, "woken", 5);
    wait(0);
}
