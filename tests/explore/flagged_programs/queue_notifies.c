#include "course.h"
#include <mqueue.h>
/* The child's message causes a signal. */

static void handler(int number) { (void)number; say("h"); }

int main(void) {
    struct mq_attr attributes = {0, 1, 1, 0};
    mqd_t queue = mq_open("/told", O_CREAT | O_RDWR, 0600, &attributes);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler}, NULL);
    mq_notify(queue, &event);
    if (fork() == 0) {
        mq_send(queue, "m", 1, 0);
        _exit(0);
    }
    while (wait(NULL) < 0) {}
}
