#include "course.h"
/* The child removes a name and makes it anew, while its parent maps it for the second time. */

static int *mapped(void) {
    int file = shm_open("/simpsh-test-anew", O_CREAT | O_RDWR, 0600);
    ftruncate(file, sizeof(int));
    return mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

int main(void) {
    *mapped() = 1;
    if (fork() == 0) {
        shm_unlink("/simpsh-test-anew");
        int *place = mapped();
        *place += 5;
        say_char('0' + *place);
        _exit(0);
    }
    int *place = mapped();
    *place += 1;
    wait(NULL);
    say_char('0' + *place);
    shm_unlink("/simpsh-test-anew");
}
