#include "course.h"

static void *body(void *nothing) { sleep(1); say("t"); return nothing; }

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, body, NULL);
    pthread_exit(NULL);
}
