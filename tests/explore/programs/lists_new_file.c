#include "course.h"
#include <dirent.h>

/* The child may end right before its parent lists the directory: SIGCHLD does not truncate the list. */
int main(void) {
    mkdir("d", 0700);
    if (fork() == 0) { close(open("d/f", O_CREAT | O_WRONLY, 0600)); _exit(0); }
    DIR *directory = opendir("d");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)); ) count += entry->d_name[0] == 'f';
    say_char('0' + count);
    wait(NULL);
}
