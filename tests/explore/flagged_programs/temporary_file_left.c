#include "course.h"

int main(void) {
    char name[] = "./leftXXXXXX";
    close(mkstemp(name));
    if (fork() == 0) { write(open(name, O_WRONLY), "c", 1); _exit(0); }
    wait(NULL);
}
