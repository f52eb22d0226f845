#include <signal.h>
#include <time.h>
#include <unistd.h>
static const time_t zero = 0, one_day = 86400;
static void note(int number) { asctime(gmtime(&one_day)); }
int main(void) {
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0);
    char *text = asctime(gmtime(&zero));
    raise(SIGUSR1);
    write(1, text, 10);
}
