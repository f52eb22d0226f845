#include "course.h"
#include <mqueue.h>
/* A child sends a and b with priority 1, c with 5 and d with 0; its parent prints the received messages. */

int main(void) {
    struct mq_attr attributes = {0, 4, 1, 0};
    mqd_t queue = mq_open("/jobs", O_CREAT | O_RDWR, 0600, &attributes);
    char text;
    unsigned priority;
    if (fork() == 0) {
        mq_send(queue, "a", 1, 1);
        mq_send(queue, "b", 1, 1);
        mq_send(queue, "c", 1, 5);
        mq_send(queue, "d", 1, 0);
        _exit(0);
    }
    for (int i = 0; i < 4; i++) {
        mq_receive(queue, &text, 1, &priority);
        say_char(text);
        say_char('0' + priority);
    }
    wait(NULL);
    mq_unlink("/jobs");
}
