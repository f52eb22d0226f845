#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    for (;;) {
        sleep(1);
        printf("%ld\n", (long)time(NULL));
    }
}
