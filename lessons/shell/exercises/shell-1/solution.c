#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// BEGIN SOLUTION
static void run(char **words) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return;
    }
    if (pid == 0) {
        execvp(words[0], words);
        perror(words[0]);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

/* Return the exit code in the operand of exit; 2 if it is not valid. */
static int exit_code(const char *word) {
    char *end;
    long code = strtol(word, &end, 10);
    if (end == word || *end != '\0' || code < 0 || code > 255) {
        fprintf(stderr, "exit: %s: not a number from 0 to 255\n", word);
        return 2;
    }
    return (int)code;
}

int main(void) {
    char line[4096];
    for (;;) {
        printf("$ ");
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            return 0;
        char *words[sizeof line / 2 + 1];
        int count = 0;
        for (char *word = strtok(line, " \t\n"); word != NULL; word = strtok(NULL, " \t\n"))
            words[count++] = word;
        words[count] = NULL;
        if (count == 0)
            continue;
        if (strcmp(words[0], "exit") == 0)
            return count > 1 ? exit_code(words[1]) : 0;
        if (strcmp(words[0], "cd") == 0 && count == 2) {
            if (chdir(words[1]) == -1)
                perror(words[1]);
        } else
            run(words);
// INSTEAD
// /* Run the program of this name in a child, and wait for it. */
// static void run(char *word) {
//     printf("%s: nothing is run yet\n", word);
// }
//
// int main(void) {
//     char line[1024];
//     for (;;) {
//         printf("$ ");
//         fflush(stdout);
//         if (fgets(line, sizeof line, stdin) == NULL)
//             return 0;
//         line[strcspn(line, "\n")] = '\0';
//         run(line);
// END SOLUTION
    }
}
