#include "course.h"
#include <mqueue.h>
/* The queue is not removed; exec closes it. */

int main(int argc, char **argv) {
    if (argc > 1) {
        say(fcntl(3, F_GETFD) == -1 ? "c" : "o");
        return 0;
    }
    mqd_t queue = mq_open("/left", O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
    say_char(queue >= 0 ? 'n' : errno == EEXIST ? 'o' : '?');
    if (fork() == 0) {
        queue = mq_open("/left", O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
        say_char(queue >= 0 ? 'N' : errno == EEXIST ? 'O' : '?');
        execl("/proc/self/exe", argv[0], "again", (char *)NULL);
    }
    mq_send(queue, "left", 4, 0);
    say("p");
    wait(NULL);
}
