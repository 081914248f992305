/* weft_launch: check, shape, run. No memory is allocated and no lock is taken on this path. */
#include "core/launch.h"

#include "core/clock.h"
#include "core/error.h"
#include "core/fp_mode.h"
#include "core/trace.h"

static weft_status check_table(const weft_kernel *kernel, const void *const *args) {
    if (!kernel)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_launch: kernel is NULL");
    if (kernel->version != WEFT_TABLE_VERSION)
        return error_set(WEFT_ERROR_ARGUMENT, "%s was compiled for launch tables of version %u, and this runtime reads %u",
                         kernel->name, kernel->version, WEFT_TABLE_VERSION);
    if (!args && kernel->arg_count > 0)
        return error_set(WEFT_ERROR_ARGUMENT, "%s: args is NULL", kernel->name);
    if (kernel->slot_count > WEFT_MAX_SLOTS)
        return error_set(WEFT_ERROR_ARGUMENT, "%s takes more than %d values", kernel->name, WEFT_MAX_SLOTS);
    return WEFT_OK;
}

static weft_status run_on(weft_device *device, weft_stream *stream, const weft_kernel *kernel, const int64_t *slots,
                          int64_t count) {
    if (!trace_wanted())
        return device->ops->launch(device, stream, kernel, slots, count);
    double start = clock_seconds();
    weft_status status = device->ops->launch(device, stream, kernel, slots, count);
    trace_launch(kernel, device, start, clock_seconds(), count);
    return status;
}

static weft_status launch(const weft_kernel *kernel, weft_stream *stream, const void *const *args,
                          const int64_t override[6]) {
    int64_t slots[WEFT_MAX_SLOTS], count;
    weft_device *device;
    TRY(launch_check(kernel, stream, args, slots, &device));
    TRY(launch_shape(kernel, override, slots, &count));
    return count == 0 ? WEFT_OK : run_on(device, stream, kernel, slots, count);
}

weft_status weft_launch_shaped(const weft_kernel *kernel, weft_stream *stream, const void *const *args,
                               const int64_t override[6]) {
    TRY(check_table(kernel, args));
    /* The predicates of `where` are kernel code too. */
    uint32_t mode = fp_mode_enter();
    weft_status status = launch(kernel, stream, args, override);
    fp_mode_leave(mode);
    return status;
}

weft_status weft_launch(const weft_kernel *kernel, weft_stream *stream, const void *const *args) {
    return weft_launch_shaped(kernel, stream, args, NULL);
}
