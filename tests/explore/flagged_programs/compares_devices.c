/* Prints whether its directory and another one are on one file system. */
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
    struct stat here, there;
    stat(".", &here);
    stat("/usr", &there);
    puts(here.st_dev == there.st_dev ? "one" : "two");
    return 0;
}
