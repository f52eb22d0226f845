/* Lists its directory in the order in which readdir gives the names. */
#include <dirent.h>
#include <stdio.h>

int main(void)
{
    DIR *here = opendir(".");
    struct dirent *entry;
    while ((entry = readdir(here)) != NULL)
        puts(entry->d_name);
    closedir(here);
    return 0;
}
