#include "course.h"

int main(void) {
    if (fork() == 0) { open("new", O_CREAT | O_WRONLY, 0600); _exit(0); }
    say(access("new", F_OK) == 0 ? "y" : "n");
    wait(NULL);
}
