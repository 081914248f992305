/* The program: its arguments, its devices, launches, and its end. */
#include "host/program.h"

#include "core/clock.h"
#include "core/device.h"
#include "core/error.h"
#include "core/fp_mode.h"
#include "core/launch.h"
#include "host/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the end ---- */

/* Calls nest: an exported host function may call C, which calls another. */
struct HostGuard {
    jmp_buf back;
    weft_status status;
    struct HostGuard *outer;
    ArrayList arrays;
};

static _Thread_local struct HostGuard *current_guard;

static int64_t argument_count;
static const char *const *arguments; /* NULL in a program that is not Weft's */

struct HostGuard *host_guarded(void) {
    return current_guard;
}

ArrayList *host_guard_arrays(struct HostGuard *guard) {
    return &guard->arrays;
}

__attribute__((noreturn)) static void stop(weft_status status, const char *location, const char *message) {
    struct HostGuard *guard = current_guard;
    if (guard) {
        if (location)
            error_set(status, "%s: %s", location, message);
        else
            error_set(status, "%s", message);
        guard->status = status;
        longjmp(guard->back, 1);
    }
    fflush(stdout);
    fprintf(stderr, "%s%serror: %s\n", location ? location : "", location ? ": " : "", message);
    if (arguments)
        exit(1);
    abort(); /* a bare function in somebody else's program */
}

void weft_host_fail(const char *location, const char *message) {
    stop(WEFT_ERROR_ARGUMENT, location, message);
}

void host_failf(weft_status status, const char *location, const char *format, ...) {
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    stop(status, location, message);
}

weft_status weft_host_call(void (*function)(void *context), void *context) {
    struct HostGuard guard = {.status = WEFT_OK, .outer = current_guard};
    array_list_init(&guard.arrays);
    current_guard = &guard;
    if (setjmp(guard.back) == 0)
        function(context);
    current_guard = guard.outer;
    if (guard.status == WEFT_OK)
        array_list_hand_over(&guard.arrays, guard.outer ? &guard.outer->arrays : NULL);
    else
        array_list_destroy(&guard.arrays);
    return guard.status;
}

void weft_host_flush(void) {
    fflush(stdout);
    fflush(stderr);
}

/* ---- arguments, time, devices ---- */

void weft_host_init(int32_t argc, const char *const *argv) {
    argument_count = argc;
    arguments = argv;
}

int64_t weft_host_argc(void) {
    return argument_count;
}

const char *weft_host_argv(int64_t index, const char *location) {
    if (index < 0 || index >= argument_count)
        host_failf(WEFT_ERROR_ARGUMENT, location, "argv()[%lld]: there are %lld arguments, the program's name among them",
                   (long long)index, (long long)argument_count);
    return arguments[index];
}

double weft_host_now(void) {
    return clock_seconds();
}

weft_device *weft_host_device_default(const char *location) {
    weft_device *device = NULL;
    host_require(device_default(&device), location);
    return device;
}

weft_device *weft_host_device_named(const char *name, const char *location) {
    weft_device *device = NULL;
    host_require(weft_device_get(name, &device), location);
    return device;
}

void weft_host_device_sync(weft_device *device, const char *location) {
    host_require(weft_device_synchronize(device), location);
}

/* ---- launches ---- */

void weft_host_launch(const weft_kernel *kernel, const void *const *args, const int64_t *override, const char *location) {
    host_require(weft_launch_shaped(kernel, NULL, args, override), location);
}

static void run_function(void *context) {
    void **function_and_slots = context;
    const weft_kernel *function = function_and_slots[0];
    function->cpu[0].run(function_and_slots[1], 0, 1);
}

static weft_status check_and_run(const weft_kernel *function, weft_stream *stream, const void *const *args, int32_t result_count) {
    int64_t slots[WEFT_MAX_SLOTS];
    weft_device *device;
    if (!args || function->slot_count > WEFT_MAX_SLOTS)
        return error_set(WEFT_ERROR_ARGUMENT, "%s takes more than %d values", function->name, WEFT_MAX_SLOTS);
    TRY(launch_check(function, stream, args, slots, &device));
    if (!device->host_memory)
        return error_set(WEFT_ERROR_CONTRACT, "%s runs on the CPU, and its tensors are on %s", function->name, device->name);
    for (int32_t i = 0; i < result_count; i++) {
        if (!args[function->arg_count + i])
            return error_set(WEFT_ERROR_ARGUMENT, "%s: the address of result %d is NULL", function->name, i);
        slots[function->slot_count - result_count + i] = (int64_t)(intptr_t)args[function->arg_count + i];
    }
    if (stream)
        TRY(weft_stream_synchronize(stream)); /* what was launched before comes before */
    return weft_host_call(run_function, (void *[]){(void *)function, slots});
}

weft_status weft_host_entry(const weft_kernel *function, weft_stream *stream, const void *const *args, int32_t result_count) {
    uint32_t mode = fp_mode_enter();
    weft_status status = check_and_run(function, stream, args, result_count);
    fp_mode_leave(mode);
    return status;
}

static DLTensor tensor_of_form(void *data, int64_t *form) {
    return (DLTensor){.data = data, .ndim = (int32_t)form[1], .shape = form + 2, .strides = form + 2 + form[1]};
}

void weft_host_check_sharing(void *x, int64_t *x_form, void *y, int64_t *y_form, const char *message, const char *location) {
    DLTensor a = tensor_of_form(x, x_form), b = tensor_of_form(y, y_form);
    if (!launch_tensors_are_apart(&a, (uint32_t)x_form[0], &b, (uint32_t)y_form[0]))
        host_failf(WEFT_ERROR_CONTRACT, location, "%s", message);
}
