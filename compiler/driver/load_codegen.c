/* The module with LLVM in it, and the children it runs in.
 *
 * A child answers through a pipe: a byte (1 for success), then the bytes or the sentence. Its stderr is another
 * pipe: what LLVM says before it gives up becomes part of our sentence. The parent reads both until they end, so
 * neither can fill up and block the child. */
#include "driver/load_codegen.h"

#include "driver/run_program.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the module ---- */

/* PREFIX/bin/weft has it in PREFIX/lib; a test in the build tree, PREFIX/tests/test_x, as well. */
static void module_path(char *path, size_t size) {
    const char *chosen = getenv("WEFT_CODEGEN");
    if (chosen) {
        snprintf(path, size, "%s", chosen);
        return;
    }
    char program[3072];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(program, '/');
        if (slash)
            *slash = 0;
    }
    snprintf(path, size, "%s/lib/libweft_codegen.so", program);
}

const CodegenApi *codegen_load(const char **error) {
    static const CodegenApi *api;
    static char sentence[4096];
    if (api)
        return api;
    char path[3200];
    module_path(path, sizeof path);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const CodegenApi *(*entry)(void) = NULL;
    if (module)
        *(void **)&entry = dlsym(module, "weft_codegen_api");
    if (!entry) {
        const char *why = dlerror();
        snprintf(sentence, sizeof sentence, "code generation can't be loaded: %s", why ? why : path);
        *error = sentence;
        return NULL;
    }
    const CodegenApi *found = entry();
    if (found->version != CODEGEN_API_VERSION) {
        snprintf(sentence, sizeof sentence, "%s is of another version of Weft", path);
        *error = sentence;
        return NULL;
    }
    return api = found;
}

/* ---- children ---- */

struct CodegenChild {
    Arena *arena;
    const char *target;
    const char *error; /* it was never started */
    pid_t pid;
    int answer, complaint; /* what it writes and we read */
};

static bool write_all(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            at += wrote;
            size -= (size_t)wrote;
        }
    }
    return true;
}

static _Noreturn void emit_as_child(const CodegenApi *api, Arena *arena, const CodegenRequest *request, int answer) {
    CodegenResult result = api->emit(arena, request);
    char ok = result.ok;
    const void *bytes = ok ? (const void *)result.bytes : result.error ? result.error : "";
    size_t size = ok ? result.size : strlen(bytes);
    _exit(write_all(answer, &ok, 1) && write_all(answer, bytes, size) ? 0 : 1);
}

static void close_pair(int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

static const char *start(CodegenChild *child, const CodegenApi *api, const CodegenRequest *request) {
    int answer[2], complaint[2];
    if (pipe(answer) != 0)
        return arena_printf(child->arena, "code generation could not be started: %s", strerror(errno));
    if (pipe(complaint) != 0) {
        close_pair(answer);
        return arena_printf(child->arena, "code generation could not be started: %s", strerror(errno));
    }
    fflush(NULL);
    pid_t parent = getpid();
    child->pid = fork();
    if (child->pid < 0) {
        close_pair(answer);
        close_pair(complaint);
        return arena_printf(child->arena, "code generation could not be started: %s", strerror(errno));
    }
    if (child->pid == 0) {
        die_with_parent(parent);
        dup2(complaint[1], STDERR_FILENO);
        close_pair(complaint);
        close(answer[0]);
        emit_as_child(api, child->arena, request, answer[1]);
    }
    close(answer[1]);
    close(complaint[1]);
    child->answer = answer[0];
    child->complaint = complaint[0];
    return NULL;
}

CodegenChild *codegen_start(Arena *arena, const CodegenRequest *request) {
    CodegenChild *child = arena_new(arena, CodegenChild);
    child->arena = arena;
    child->target = request->target->name;
    const CodegenApi *api = codegen_load(&child->error);
    if (api)
        child->error = start(child, api, request);
    return child;
}

/* What there is to read now; false at the end. */
static bool read_some(int fd, Text *into) {
    char buffer[65536];
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got > 0)
        text_append(into, buffer, (size_t)got);
    return got > 0 || (got < 0 && errno == EINTR);
}

static void read_both(CodegenChild *child, Text *answer, Text *complaint) {
    struct pollfd files[2] = {{.fd = child->answer, .events = POLLIN}, {.fd = child->complaint, .events = POLLIN}};
    Text *texts[2] = {answer, complaint};
    while (files[0].fd >= 0 || files[1].fd >= 0) {
        if (poll(files, 2, -1) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < 2; i++) {
            if (files[i].fd >= 0 && files[i].revents && !read_some(files[i].fd, texts[i])) {
                close(files[i].fd);
                files[i].fd = -1; /* poll passes it over */
            }
        }
    }
}

/* "LLVM ERROR: Cannot select: ...": the line that says it, without its prefix; "" when nothing was said. */
static const char *reason_in(Arena *arena, const char *complaint) {
    const char *fatal = strstr(complaint, "LLVM ERROR: ");
    const char *line = fatal ? fatal + strlen("LLVM ERROR: ") : complaint;
    size_t len = strcspn(line, "\n");
    return len ? arena_printf(arena, ": %.*s", (int)len, line) : "";
}

static const char *sentence_for_death(CodegenChild *child, int status, Text *complaint) {
    const char *reason = reason_in(child->arena, text_cstr(complaint));
    if (WIFSIGNALED(status))
        return arena_printf(child->arena, "code generation for %s stopped with signal %d (%s)%s", child->target,
                            WTERMSIG(status), strsignal(WTERMSIG(status)), reason);
    return arena_printf(child->arena, "code generation for %s stopped%s", child->target, reason);
}

CodegenResult codegen_wait(CodegenChild *child) {
    CodegenResult result = {.error = child->error};
    if (child->error)
        return result;
    Text answer = {.arena = child->arena}, complaint = {.arena = child->arena};
    read_both(child, &answer, &complaint);
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.len == 0) {
        result.error = sentence_for_death(child, status, &complaint);
        return result;
    }
    const char *bytes = text_cstr(&answer);
    result.ok = bytes[0];
    if (!result.ok)
        result.error = bytes + 1;
    result.bytes = (const uint8_t *)bytes + 1;
    result.size = answer.len - 1;
    if (complaint.len > 0) /* remarks of LLVM's that stopped nothing */
        fwrite(complaint.chars, 1, complaint.len, stderr);
    return result;
}

CodegenResult codegen_emit_in_child(Arena *arena, const CodegenRequest *request) {
    return codegen_wait(codegen_start(arena, request));
}
