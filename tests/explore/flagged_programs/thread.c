#include "course.h"

static int written;

static void *body(void *nothing) { written = 1; return nothing; }

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, body, NULL);
    say(written ? "1" : "0");
}
