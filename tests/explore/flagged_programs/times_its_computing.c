#include "course.h"
#include <sys/time.h>

int main(void) {
    struct itimerval never = {{0, 0}, {1000, 0}};
    int unknown = setitimer(77, &never, NULL);
    say(unknown == -1 && errno == EINVAL ? "e" : "?");
    setitimer(ITIMER_PROF, &never, NULL);
}
