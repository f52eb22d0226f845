#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    volatile char x = '1';
    if (vfork() == 0) {  // in the child
        x = '2';  // undefined behaviour, see below
        pause();  // this, too
        _exit(0);
    }
    write(1, (char *)&x, 1);
    wait(0);
}
