#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/* A fork bomb: run it only in the lesson, which limits it. */
int main(void) {
    while (1) {
        if (fork() == -1 && errno == EAGAIN)
            if (wait(NULL) == -1 && errno == ECHILD)  // no child
                pause();
    }
}
