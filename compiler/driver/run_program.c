#include "driver/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

/* ---- the end of the stack ---- */

static const char *stack_end; /* where the stack of this process may not grow further */

/* Recursion without an end meets it. Other faults are left to happen again, with nobody there to catch them. */
static void on_fault(int number, siginfo_t *info, void *context) {
    enum { BEFORE = 256 << 20, BEHIND = 1 << 20 }; /* a large frame may step over the end */
    static const char message[] = "error: the recursion goes too deep: the stack is used up\n";
    const char *at = info->si_addr;
    (void)context;
    if (at < stack_end - BEFORE || at > stack_end + BEHIND) {
        signal(number, SIG_DFL);
        return;
    }
    fflush(NULL); /* what the program printed comes first */
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    _exit(1);
}

static void watch_stack(void) {
    static char memory[64 << 10];
    pthread_attr_t attributes;
    void *lowest;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes))
        return;
    bool known = !pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    if (!known)
        return;
    stack_end = lowest;
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (!sigaltstack(&stack, NULL))
        sigaction(SIGSEGV, &action, NULL);
}

int run_in_child(int (*body)(void *context), void *context, int *signal) {
    fflush(NULL);
    *signal = 0;
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        die_with_parent(parent);
        watch_stack();
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
