#include "course.h"

int main(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    const char *seen = shmat(id, NULL, SHM_RDONLY);
    say(*seen ? "?" : "empty");
}
