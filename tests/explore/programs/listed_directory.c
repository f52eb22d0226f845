#include "course.h"

#include <dirent.h>

int main(void) {
    int entries = 0;
    if (fork() == 0) { mkdir("d", 0700); close(open("d/a", O_CREAT | O_WRONLY, 0600)); _exit(0); }
    DIR *directory = opendir("d");
    if (directory) while (readdir(directory)) entries++;
    say_char('0' + entries);
    wait(NULL);
}
