#include "course.h"

int main(void) {
    pid_t child = fork();
    if (child == 0) execl("/bin/true", "true", NULL);
    say(setpgid(child, child) == 0 ? "y" : "n");
    wait(NULL);
}
