#include <signal.h>
#include <unistd.h>
static void ring(int number) { }
int main(void) {
    char byte;
    int ends[2];
    pipe(ends);
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = ring}, 0);
    alarm(1);
    read(ends[0], &byte, 1);
    write(1, "late", 4);
}
