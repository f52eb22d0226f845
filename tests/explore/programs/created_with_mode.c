/* The process that creates a file determines its mode, by the mode argument and its umask. */
#include "course.h"

int main(void) {
    struct stat status;
    if (fork() == 0) {
        umask(077);
        open("made", O_CREAT | O_WRONLY, 0666);
        mkdir("folder", 0777);
        _exit(0);
    }
    if (fork() == 0) {
        umask(0);
        open("made", O_CREAT | O_WRONLY, 0666);
        mkdir("folder", 0777);
        _exit(0);
    }
    while (wait(NULL) > 0) {}
    stat("made", &status);
    say(status.st_mode & 077 ? "f+" : "f-");
    stat("folder", &status);
    say(status.st_mode & 077 ? "d+" : "d-");
}
