#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run the program of this name in a child, and wait for it. */
static void run(char *word) {
    printf("%s: nothing is run yet\n", word);
}

int main(void) {
    char line[1024];
    for (;;) {
        printf("$ ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            return 0;
        line[strcspn(line, "\n")] = '\0';
        run(line);
    }
}
