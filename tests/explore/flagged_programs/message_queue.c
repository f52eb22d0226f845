#include "course.h"
#include <mqueue.h>
/* The child sends one message. */

int main(void) {
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
    mqd_t queue = mq_open("/simpsh-told", O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    if (fork() == 0) {
        mq_send(queue, "m", 1, 0);
        _exit(0);
    }
    char text = '?';
    mq_receive(queue, &text, 1, NULL);
    say_char(text);
    wait(NULL);
}
