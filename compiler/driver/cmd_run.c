/* weft run: compiles a program and runs its main() in a child process. */
#include "driver/jit_program.h"
#include "driver/run_program.h"
#include "weft_host.h"

#include <stdio.h>
#include <string.h>

typedef struct RunRequest {
    Compilation *c;
    CodegenResult object;
} RunRequest;

static int run_main(void *context) {
    RunRequest *request = context;
    const Options *o = request->c->options;
    JitProgram program;
    if (!jit_load(request->c, request->object, o->device, &program))
        return 1;
    int32_t (*main_function)(void) = (int32_t(*)(void))jit_symbol(&program, "weft_main");
    if (!main_function)
        return 1;
    weft_host_init((int32_t)o->words.len, o->words.items);
    return main_function();
}

int cmd_run(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_RUN, argc, argv, &options))
        return 1;
    if (options.words.len == 0)
        return fail("weft run wants a program: weft run PROG.weft");
    if (options.check)
        return fail("not built yet: --check");
    Compilation c;
    if (!compilation_check(&c, &options, NULL, options.words.items, 1))
        return compilation_report(&c);
    if (!c.found.main)
        return compilation_report(&c), fail("%s has no main(): a program has `def main():`", options.words.items[0]);
    X86Program program;
    if (!compilation_lower_x86(&c, (X86Options){.interp = wants_interp(&options)}, &program))
        return compilation_report(&c);
    if (compilation_report(&c))
        return 1;
    RunRequest request = {&c, compilation_emit_x86(&c, &program, CODEGEN_OBJECT)};
    if (!request.object.ok)
        return fail("%s", request.object.error);
    int signal;
    int status = run_in_child(run_main, &request, &signal);
    if (signal)
        fail("the program was stopped by a signal: %s", strsignal(signal));
    return status;
}
