#include "../programs/course.h"

/* How many links /proc has tells how many processes there are. */
int main(void) {
    struct stat facts;
    stat("/proc", &facts);
    printf("%d\n", (int)facts.st_nlink);
}
