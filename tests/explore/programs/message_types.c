#include "course.h"
#include <sys/msg.h>
/* A child sends three messages; its parent takes type 2 first, then the lowest, then any. */

struct message {
    long type;
    char text[2];
};

int main(void) {
    int queue = msgget(IPC_PRIVATE, 0600);
    struct message m;
    if (fork() == 0) {
        struct message three[] = {{3, "x"}, {2, "y"}, {1, "z"}};
        for (int i = 0; i < 3; i++) msgsnd(queue, &three[i], 2, 0);
        _exit(0);
    }
    msgrcv(queue, &m, 2, 2, 0);
    say(m.text);
    msgrcv(queue, &m, 2, -5, 0);
    say(m.text);
    if (msgrcv(queue, &m, 1, 0, IPC_NOWAIT) == -1) say(errno == E2BIG ? "B" : "N");
    wait(NULL);
    msgctl(queue, IPC_RMID, NULL);
}
