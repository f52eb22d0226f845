#include <errno.h>
#include <signal.h>
#include <unistd.h>
static void note(int number) {
    int saved = errno; write(1, "noted\n", 6); errno = saved;
}
int main(void) {
    signal(SIGUSR1, note);
    raise(SIGUSR1);
    raise(SIGUSR1);
}
