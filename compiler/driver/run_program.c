#include "driver/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void die_with_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

static int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Reads to the end, keeps what fits. */
static size_t read_all(int from, char *into, size_t size) {
    size_t len = 0;
    char rest[512];
    for (;;) {
        bool full = len == size;
        ssize_t got = read(from, full ? rest : into + len, full ? sizeof rest : size - len);
        if (got <= 0)
            return len;
        if (!full)
            len += (size_t)got;
    }
}

const char *run_tool(Arena *arena, const char *const *argv) {
    int said[2];
    if (pipe2(said, O_CLOEXEC))
        return "cannot make a pipe";
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return arena_printf(arena, "cannot start %s: %s", argv[0], strerror(errno));
    if (child == 0) {
        die_with_parent(parent);
        dup2(said[1], STDERR_FILENO);
        dup2(said[1], STDOUT_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(said[1]);
    char text[2048];
    size_t len = read_all(said[0], text, sizeof text - 1);
    text[len] = '\0';
    close(said[0]);
    int status = wait_for(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && !len)
        return arena_printf(arena, "%s is needed here and is not installed", argv[0]);
    text[strcspn(text, "\n")] = '\0';
    return arena_printf(arena, "%s failed: %s", argv[0], text);
}

int run_in_child(int (*body)(void *context), void *context, int *signal) {
    fflush(NULL);
    *signal = 0;
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        die_with_parent(parent);
        int status = body(context);
        fflush(NULL);
        _exit(status);
    }
    int status = wait_for(child);
    if (WIFSIGNALED(status)) {
        *signal = WTERMSIG(status);
        return 128 + *signal;
    }
    return WEXITSTATUS(status);
}
