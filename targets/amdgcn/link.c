/* Linking is a program of LLVM's, ld.lld: that of LLVM 22 where it is installed, else the one in PATH. */
#include "targets/amdgcn/link.h"

#include "base/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const linkers[] = {"ld.lld-22", "/usr/lib/llvm-22/bin/ld.lld", "ld.lld", NULL}; /* old ones do not know code object 5 */

/* Does not return where one of the linkers is there. */
static void become_linker(const char *from, const char *to) {
    const char *chosen = getenv("WEFT_LD");
    if (chosen)
        execlp(chosen, chosen, "-shared", "-o", to, from, (char *)NULL);
    for (int i = 0; !chosen && linkers[i]; i++)
        execlp(linkers[i], linkers[i], "-shared", "-o", to, from, (char *)NULL);
    _exit(127);
}

static const char *run_linker(Arena *arena, const char *from, const char *to) {
    pid_t child = fork();
    if (child < 0)
        return arena_printf(arena, "ld.lld could not be started: %s", strerror(errno));
    if (child == 0)
        become_linker(from, to);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return "ld.lld is not installed; it links code for AMD GPUs (Debian: lld-22)";
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL : "ld.lld failed";
}

static const char *link_in(Arena *arena, const char *folder, const uint8_t *object, size_t size, char **linked, size_t *linked_size) {
    const char *from = fs_join(arena, folder, "kernel.o"), *to = fs_join(arena, folder, "kernel.hsaco");
    const char *error = fs_write(arena, from, object, size);
    if (!error)
        error = run_linker(arena, from, to);
    if (!error)
        error = fs_read(arena, to, linked, linked_size);
    unlink(from);
    unlink(to);
    return error;
}

const char *amdgcn_link(Arena *arena, const uint8_t *object, size_t size, char **image, size_t *image_size) {
    const char *temporary = getenv("TMPDIR");
    char *folder = arena_printf(arena, "%s/weft-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder))
        return arena_printf(arena, "no temporary folder %s: %s", folder, strerror(errno));
    const char *error = link_in(arena, folder, object, size, image, image_size);
    rmdir(folder);
    return error;
}
