#include "course.h"

/* Device and inode numbers distinguish files, on one file system and on several. */
int main(void) {
    static const char *const names[] = {".", "/", "/dev/shm", "/root", "/etc", "/tmp", "/usr", "/var"};
    enum { COUNT = sizeof names / sizeof *names };
    struct stat seen[COUNT];
    for (int i = 0; i < COUNT; i++)
        if (stat(names[i], &seen[i]) < 0)
            say("-");
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < i; k++)
            if (seen[i].st_dev == seen[k].st_dev && seen[i].st_ino == seen[k].st_ino)
                say("=");
    say("d");
}
