/* What the module exports: the table of its functions. */
#include "codegen/gen.h"

Jit *jit_create(Arena *arena, const char **error);
bool jit_add_object(Jit *jit, const uint8_t *bytes, size_t size, const char **error);
void jit_define(Jit *jit, const char *symbol, void *address);
void *jit_lookup(Jit *jit, const char *symbol, const char **error);
void jit_destroy(Jit *jit);

const CodegenApi *weft_codegen_api(void) {
    static const CodegenApi api = {
        .version = CODEGEN_API_VERSION,
        .emit = codegen_emit,
        .jit_create = jit_create,
        .jit_add_object = jit_add_object,
        .jit_define = jit_define,
        .jit_lookup = jit_lookup,
        .jit_destroy = jit_destroy,
    };
    return &api;
}
