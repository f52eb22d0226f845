#include "../programs/course.h"

/* The link count of /proc depends on the number of processes. */
int main(void) {
    struct stat facts;
    stat("/proc", &facts);
    printf("%d\n", (int)facts.st_nlink);
}
