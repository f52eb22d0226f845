#include "course.h"
#include <mqueue.h>
/* The queue takes two messages. A child waits to send a third one; its parent does not wait. */

int main(void) {
    struct mq_attr attributes = {0, 2, 1, 0}, at_once = {O_NONBLOCK};
    mqd_t queue = mq_open("/full", O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    mqd_t other = mq_open("/full", O_WRONLY | O_NONBLOCK);
    char text;
    say_char(mq_send(other, "a", 1, 0) == 0 ? 's' : '?');
    say_char(mq_send(other, "b", 1, 0) == 0 ? 's' : '?');
    say_char(mq_send(other, "x", 1, 0) == -1 && errno == EAGAIN ? 'f' : '?');
    say_char(mq_send(other, "xx", 2, 0) == -1 && errno == EMSGSIZE ? 'l' : '?');
    if (fork() == 0) {
        mq_send(queue, "c", 1, 9);
        _exit(0);
    }
    mq_receive(queue, &text, 1, NULL);
    say_char(text);
    say_char(mq_send(other, "p", 1, 0) == 0 ? '+' : errno == EAGAIN ? '-' : '?');
    mq_receive(queue, &text, 1, NULL);
    say_char(text);
    wait(NULL);
    mq_setattr(queue, &at_once, &attributes);
    while (mq_receive(queue, &text, 1, NULL) == 1) say_char(text);
    say_char(errno == EAGAIN && attributes.mq_flags == 0 ? '.' : '?');
}
