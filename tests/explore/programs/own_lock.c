// A process takes a lock twice: the second time it waits for itself.
#include "course.h"

int main(void) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (fork() == 0) {
        say("c");
        _exit(0);
    }
    pthread_mutex_lock(&lock);
    say("p");
    pthread_mutex_lock(&lock);
    say("never");
}
