#include "course.h"

int main(void) {
    unsigned number;
    char name[20];
    getrandom(&number, sizeof number, 0);
    sprintf(name, "./left%08x", number);
    close(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600));
    if (fork() == 0) { write(open(name, O_WRONLY), "c", 1); _exit(0); }
    wait(NULL);
}
