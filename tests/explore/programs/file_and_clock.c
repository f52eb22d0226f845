#include "course.h"

/* A file that was changed is not newer than the clock. */
int main(void) {
    struct stat facts;
    close(creat("f", 0600));
    stat("f", &facts);
    say(facts.st_mtime <= time(NULL) ? "past" : "future");
}
