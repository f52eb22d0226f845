#include "course.h"

int main(void) {
    char byte = 'n';
    int file = shm_open("/simpsh-test-read", O_CREAT | O_RDWR, 0600);
    ftruncate(file, 1);
    read(file, &byte, 1);
    say(byte ? "n" : "0");
    shm_unlink("/simpsh-test-read");
}
