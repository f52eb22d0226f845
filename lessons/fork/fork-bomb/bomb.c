#include <errno.h>
#include <unistd.h>

/* A fork bomb: run it only in the lesson, which limits it. */
int main(void) {
    while (1) {
        if (fork() == -1 && errno == EAGAIN)
            pause();  // a real bomb tries again
    }
}
