#include "driver/jit_program.h"

#include "driver/interp_device.h"
#include "driver/load_codegen.h"
#include "weft_host.h"

#include <stdlib.h>

bool jit_load(Compilation *c, CodegenResult object, const char *device, JitProgram *program) {
    const char *error = NULL;
    program->api = codegen_load(&error);
    if (!program->api)
        return fail("%s", error), false;
    program->jit = program->api->jit_create(c->arena, &error);
    if (!program->jit || !program->api->jit_add_object(program->jit, object.bytes, object.size, &error))
        return fail("%s", error), false;
    interp_device_register(c->types);
    if (device)
        setenv("WEFT_DEVICE", device, 1);
    weft_device *found;
    if (weft_device_get(device, &found) != WEFT_OK)
        return fail("%s", weft_last_error()), false;
    return true;
}

void *jit_symbol(const JitProgram *program, const char *symbol) {
    const char *error = NULL;
    void *address = program->api->jit_lookup(program->jit, symbol, &error);
    if (!address)
        fail("%s", error ? error : symbol);
    return address;
}
