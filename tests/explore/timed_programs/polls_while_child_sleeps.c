/* At the third second the child may have ended, or not yet. */
#include "course.h"

int main(void) {
    int status, polls = 0;
    pid_t child = fork();
    if (child == 0) { sleep(3); _exit(0); }
    while (waitpid(child, &status, WNOHANG) == 0) { polls++; usleep(500000); }
    say(polls == 6 ? "6" : polls == 7 ? "7" : "?");
}
