#include "driver/interp_device.h"

#include "base/source.h"
#include "core/device.h"
#include "core/error.h"
#include "ir/interp.h"

#include <stdlib.h>

/* The slots taken apart into what interp_launch takes. */
typedef struct Launch {
    void *args[WEFT_MAX_SLOTS];
    InterpView *views;
    int64_t shape[8];
} Launch;

static int64_t extent_of(const FuncDim *dim, const Func *kernel, const int64_t *slots, const int64_t *arg_slots) {
    if (dim->extent >= 0)
        return dim->extent;
    if (dim->dim >= 0)
        return slots[dim->dim];
    const Type *type = kernel->args[dim->arg].type;
    uint32_t unused = 64 - type_bits(type);
    uint64_t raw = (uint64_t)slots[arg_slots[dim->arg]] << unused;
    return type_is_signed(type) ? (int64_t)raw >> unused : (int64_t)(raw >> unused);
}

static void fill_strides(InterpView *view, const Type *type, const int64_t *after_base) {
    int64_t stride = 1;
    for (uint32_t n = 0; n < type->rank; n++) {
        uint32_t k = type->layout == LAYOUT_COL_MAJOR ? n : type->rank - 1 - n;
        view->strides[k] = type->layout == LAYOUT_STRIDED ? after_base[k] : stride;
        stride *= view->extents[k];
    }
}

static void take_apart(const Func *kernel, const int64_t *slots, Launch *launch) {
    int64_t arg_slots[WEFT_MAX_SLOTS];
    int64_t at = kernel->dim_count;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const Type *type = kernel->args[i].type;
        arg_slots[i] = at;
        bool strided = type->kind == TYPE_VIEW && type->layout == LAYOUT_STRIDED;
        at += 1 + (strided ? type->rank : 0);
    }
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const FuncArg *arg = &kernel->args[i];
        const int64_t *slot = &slots[arg_slots[i]];
        if (arg->type->kind != TYPE_VIEW) {
            launch->args[i] = type_is_scalar(arg->type) ? (void *)slot : (void *)(uintptr_t)*slot;
            continue;
        }
        InterpView *view = &launch->views[i];
        view->base = (void *)(uintptr_t)*slot;
        for (uint32_t k = 0; k < arg->type->rank; k++)
            view->extents[k] = extent_of(&arg->dims[k], kernel, slots, arg_slots);
        fill_strides(view, arg->type, slot + 1);
        launch->args[i] = view;
    }
    uint32_t over = kernel->kernel->over_rank;
    for (uint32_t k = 0; k < (over ? 2 * over : 6); k++)
        launch->shape[k] = slots[at + k] + (over && k % 2 ? slots[at + k - 1] : 0); /* begin, extent -> begin, end */
}

/* The sentence of a failed assert in compiled code: the message (FILE:LINE, the thread). */
static weft_status report(Arena *arena, Sources *sources, const InterpResult *result) {
    SourceFile *file = sources ? sources_get(sources, result->where.file) : NULL;
    const char *place = result->place ? result->place : "", *location = "a kernel";
    if (file)
        location = arena_printf(arena, "%s:%u", file->path,
                                source_position(sources, result->where.file, result->where.start).line);
    return error_set(WEFT_ERROR_ASSERT, "%s (%s%s%s)", result->message, location, *place ? ", " : "", place);
}

static weft_status launch_kernel(weft_device *device, weft_stream *stream, const weft_kernel *table,
                                 const int64_t *slots, int64_t count) {
    (void)stream, (void)count;
    Func *kernel = (Func *)(uintptr_t)table->interp;
    if (!kernel)
        return error_set(WEFT_ERROR_NO_IMAGE, "%s was not compiled for the interpreter", table->name);
    Arena *arena = arena_create();
    Launch launch = {.views = arena_array(arena, InterpView, kernel->arg_count)};
    take_apart(kernel, slots, &launch);
    Interp *interp = interp_create(arena, device->state, 0);
    InterpResult result = interp_launch(interp, kernel, slots, launch.args, launch.shape);
    weft_status status = WEFT_OK;
    if (result.status != INTERP_OK)
        status = report(arena, kernel->module->sources, &result);
    arena_destroy(arena);
    return status;
}

void interp_device_register(Types *types) {
    static const DeviceOps ops = {.launch = launch_kernel};
    static weft_device device = {.name = "interp", .dl = {kDLCPU, 0}, .host_memory = true, .ops = &ops};
    device.state = types;
    device_register(&device);
}
