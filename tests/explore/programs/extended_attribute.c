#include "course.h"
#include <sys/xattr.h>

int main(void) {
    char value[8];
    if (setxattr("data", "user.x", "0", 1, 0) != 0) {
        say("01"); /* this file system has none: what follows would print either */
        return 0;
    }
    if (fork() == 0) {
        setxattr("data", "user.x", "1", 1, 0);
        _exit(0);
    }
    getxattr("data", "user.x", value, sizeof value);
    write(1, value, 1);
    wait(NULL);
}
