/* Two processes change the owner of a file: root sees which was last. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    struct stat facts;
    close(creat("f", 0644));
    for (int user = 1; user <= 2; user++)
        if (fork() == 0)
            _exit(chown("f", user, user));
    wait(NULL);
    wait(NULL);
    stat("f", &facts);
    printf("%d", (int)facts.st_uid);
    return 0;
}
