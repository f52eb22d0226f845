// A child that may already be an orphan prints whether init is its parent.
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0)
        puts(getppid() == 1 ? "orphan" : "child");
}
