/* Lists its directory, which it has changed, in the order of readdir. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    close(creat("new", 0600));
    DIR *here = opendir(".");
    struct dirent *entry;
    while ((entry = readdir(here)) != NULL)
        puts(entry->d_name);
    closedir(here);
    return 0;
}
