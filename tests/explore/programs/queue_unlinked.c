#include "course.h"
#include <mqueue.h>
/* The child inherits the queue, and keeps it open when its name is removed. */

int main(void) {
    struct mq_attr attributes = {0, 1, 1, 0};
    mqd_t queue = mq_open("/gone", O_CREAT | O_RDWR, 0600, &attributes);
    char text = '?';
    if (fork() == 0) {
        mqd_t again = mq_open("/gone", O_RDONLY);
        say_char(again >= 0 ? 'y' : errno == ENOENT ? 'n' : '?');
        mq_receive(queue, &text, 1, NULL);
        say_char(text);
        _exit(0);
    }
    mq_unlink("/gone");
    mqd_t fresh = mq_open("/gone", O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attributes);
    if (mq_receive(fresh, &text, 1, NULL) == -1 && errno == EAGAIN) say("e");
    mq_send(queue, "m", 1, 0);
    wait(NULL);
    mq_unlink("/gone");
    say_char(mq_unlink("/gone") == -1 && errno == ENOENT ? '.' : '?');
}
