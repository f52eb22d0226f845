// The handler passes a pid to a call. A pid may be the same number as the address that handlers get
// for their context.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void ask(int signal) { kill(getpid(), 0); }

int main(void)
{
    signal(SIGUSR1, ask);
    if (fork() == 0) {
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    wait(NULL);
    write(1, ".", 1);
}
