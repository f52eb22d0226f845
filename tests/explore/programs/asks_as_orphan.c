// A child that may be an orphan already says whether init is its parent.
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0)
        puts(getppid() == 1 ? "orphan" : "child");
}
