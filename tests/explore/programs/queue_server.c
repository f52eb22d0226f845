#include "course.h"
#include <mqueue.h>
/* Each of two clients sends its number and the name of its own queue, where the server answers. */

int main(void) {
    struct mq_attr attributes = {0, 4, 32, 0};
    char text[33] = "", name[32];
    mqd_t server = mq_open("/server", O_CREAT | O_RDWR, 0600, &attributes), own;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            sprintf(name, "/client-%d", getpid());
            own = mq_open(name, O_CREAT | O_RDONLY, 0600, &attributes);
            sprintf(text, "%d%s", i, name);
            mq_send(server, text, strlen(text) + 1, 0);
            mq_receive(own, text, sizeof text, NULL);
            say(text);
            mq_unlink(name);
            _exit(0);
        }
    for (int i = 0; i < 2; i++) {
        mq_receive(server, text, sizeof text, NULL);
        own = mq_open(text + 1, O_WRONLY);
        text[0] += 'a' - '0';
        text[1] = 0;
        mq_send(own, text, 2, 0);
        mq_close(own);
    }
    while (wait(NULL) > 0) {}
    say_char(mq_unlink("/server") == 0 ? '.' : '?');
}
