/* The contract of a kernel, checked at each launch before anything runs. The fast path is one walk over the
 * arguments with no memory but the stack; the sentences are made in cold functions that look for their facts
 * again. */
#include "core/decimal.h"
#include "core/dtype.h"
#include "core/error.h"
#include "core/launch.h"
#include "core/stream.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define COLD __attribute__((cold, noinline))

typedef long long ll;

enum { MAX_TENSORS = WEFT_MAX_SLOTS, DIM_UNSET = -1 };

/* Where a tensor's elements lie: [begin, end), empty where it has none. */
typedef struct Bytes {
    uintptr_t begin, end;
} Bytes;

typedef struct Check {
    const weft_kernel *kernel;
    const void *const *args;
    int64_t *slots;
    weft_device *device;     /* NULL until a tensor or the stream tells */
    const weft_arg *first_tensor;
    const weft_arg *tensor_args[MAX_TENSORS];
    Bytes tensor_bytes[MAX_TENSORS];
    uint32_t tensor_count;
    bool writes;
} Check;

static const DLTensor *tensor_of(const Check *c, const weft_arg *arg) {
    return c->args[arg - c->kernel->args];
}

/* Elements that are structs cross as so many bytes: u8 with as many lanes. */
static DLDataType wanted_dtype(const weft_arg *arg) {
    if (arg->dtype_bits == 0)
        return (DLDataType){kDLUInt, 8, (uint16_t)arg->size};
    return (DLDataType){arg->dtype_code, arg->dtype_bits, 1};
}

static uint32_t element_size(const weft_arg *arg) {
    DLDataType dtype = wanted_dtype(arg);
    return (uint32_t)(dtype.bits + 7u) / 8 * dtype.lanes;
}

/* ---- sentences ---- */

COLD static weft_status wrong_dtype(const Check *c, const weft_arg *arg, const DLTensor *t) {
    char has[DTYPE_NAME_SIZE], wants[DTYPE_NAME_SIZE];
    return error_set(WEFT_ERROR_CONTRACT, "%s is %s, and %s wants %s", arg->name, dtype_text(t->dtype, has),
                     c->kernel->name, dtype_text(wanted_dtype(arg), wants));
}

COLD static weft_status wrong_rank(const Check *c, const weft_arg *arg, const DLTensor *t) {
    return error_set(WEFT_ERROR_CONTRACT, "%s has %d dim%s, and %s wants %d", arg->name, t->ndim, t->ndim == 1 ? "" : "s",
                     c->kernel->name, arg->rank);
}

/* The tensor that gave `dim` its value, which came before `arg`'s dim `at`. */
COLD static weft_status dims_disagree(const Check *c, const weft_arg *arg, int at) {
    int32_t dim = arg->dims[at].dim;
    for (const weft_arg *first = c->kernel->args; first <= arg; first++) {
        for (int d = 0; first->kind == WEFT_ARG_TENSOR && d < first->rank; d++) {
            if (first->dims[d].dim == dim)
                return error_set(WEFT_ERROR_CONTRACT, "%s is %lld in %s (dim %d) and %lld in %s (dim %d)",
                                 c->kernel->dim_names[dim], (ll)c->slots[dim], first->name, d,
                                 (ll)tensor_of(c, arg)->shape[at], arg->name, at);
        }
    }
    return error_set(WEFT_ERROR_CONTRACT, "the dims of %s disagree", arg->name);
}

static void append_list(char *text, size_t size, const int64_t *values, int count) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i ? ", " : "", (ll)values[i]);
}

COLD static weft_status wrong_layout(const weft_arg *arg, const DLTensor *t, const int64_t *wanted) {
    char has[192], wants[192];
    append_list(has, sizeof has, t->strides ? t->strides : wanted, t->ndim);
    append_list(wants, sizeof wants, wanted, t->ndim);
    bool col = arg->layout == WEFT_LAYOUT_COL_MAJOR;
    if (!t->strides)
        return error_set(WEFT_ERROR_CONTRACT, "%s is row-major, and not col_major as the kernel declares it", arg->name);
    return error_set(WEFT_ERROR_CONTRACT,
                     "%s is not %s: its strides are (%s), and (%s) are wanted; copy it, or declare it layout=strided",
                     arg->name, col ? "col_major" : "row-major", has, wants);
}

COLD static weft_status wrong_device(const Check *c, const weft_arg *arg, const DLTensor *t) {
    weft_device *own = device_of_tensor(t);
    char made_up[48];
    snprintf(made_up, sizeof made_up, "DLPack's device (%d, %d)", (int)t->device.device_type, t->device.device_id);
    const char *name = own ? own->name : made_up;
    if (!c->device)
        return error_set(WEFT_ERROR_DEVICE, "%s is on %s, which is not here", arg->name, name);
    if (c->first_tensor)
        return error_set(WEFT_ERROR_CONTRACT, "%s is on %s and %s on %s: all tensors of a launch are on one device",
                         c->first_tensor->name, c->device->name, arg->name, name);
    return error_set(WEFT_ERROR_CONTRACT, "%s is on %s, and the stream is of %s", arg->name, name, c->device->name);
}

COLD static weft_status too_large(const weft_arg *arg) {
    return error_set(WEFT_ERROR_ARGUMENT, "%s is larger than any memory", arg->name);
}

COLD static weft_status bad_argument(const weft_arg *arg, const char *what) {
    return error_set(WEFT_ERROR_ARGUMENT, "%s %s", arg->name, what);
}

static bool mentions(const char *text, const char *name) {
    size_t length = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        bool starts = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_' || at[-1] == '.');
        if (starts && !isalnum((unsigned char)at[length]) && at[length] != '_')
            return true;
    }
    return false;
}

static void append_value(char *text, size_t size, const char *name, const char *value) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s is %s", used ? ", " : ": ", name, value);
}

/* ": N is 12, rate is 1.5": what the text of a `where` names. */
static void append_named_values(const Check *c, const char *text, char *out, size_t size) {
    const weft_kernel *k = c->kernel;
    char value[40];
    for (int i = 0; i < k->dim_count; i++) {
        if (mentions(text, k->dim_names[i])) {
            snprintf(value, sizeof value, "%lld", (ll)c->slots[i]);
            append_value(out, size, k->dim_names[i], value);
        }
    }
    for (int i = 0; i < k->arg_count; i++) {
        const weft_arg *arg = &k->args[i];
        if (arg->kind != WEFT_ARG_SCALAR || !mentions(text, arg->name))
            continue;
        if (dtype_is_float(arg->dtype_code)) {
            uint64_t bits = 0;
            memcpy(&bits, c->args[i], arg->size);
            decimal_repr(arg->dtype_code, arg->dtype_bits, bits, value);
        } else {
            int64_t integer = dtype_to_i64(arg->dtype_code, arg->dtype_bits, c->args[i]);
            snprintf(value, sizeof value, arg->dtype_code == kDLUInt ? "%llu" : "%lld", (ll)integer);
        }
        append_value(out, size, arg->name, value);
    }
}

COLD static weft_status where_broken(const Check *c, int64_t index) {
    const weft_where *where = &c->kernel->where[index];
    char values[256] = "";
    append_named_values(c, where->text, values, sizeof values);
    return error_set(WEFT_ERROR_CONTRACT, "%s wants %s%s (%s)", c->kernel->name, where->text, values, where->location);
}

/* ---- checks ---- */

/* The int argument that a dim is, whatever its width. */
static int64_t int_argument(const Check *c, int32_t index) {
    const weft_arg *arg = &c->kernel->args[index];
    return dtype_to_i64(arg->dtype_code, arg->dtype_bits, c->args[index]);
}

static weft_status check_dim(const Check *c, const weft_arg *arg, const DLTensor *t, int at) {
    const weft_dim *dim = &arg->dims[at];
    int64_t extent = t->shape[at];
    if (extent < 0)
        return bad_argument(arg, "has an extent below 0");
    if (dim->dim >= 0) {
        int64_t *known = &c->slots[dim->dim];
        if (*known == DIM_UNSET)
            *known = extent;
        else if (*known != extent)
            return dims_disagree(c, arg, at);
    } else if (dim->arg >= 0) {
        if (int_argument(c, dim->arg) != extent)
            return error_set(WEFT_ERROR_CONTRACT, "%s is %lld and %s (dim %d) is %lld", c->kernel->args[dim->arg].name,
                             (ll)int_argument(c, dim->arg), arg->name, at, (ll)extent);
    } else if (dim->extent != extent) {
        return error_set(WEFT_ERROR_CONTRACT, "%s (dim %d) is %lld, and %s wants %lld", arg->name, at, (ll)extent,
                         c->kernel->name, (ll)dim->extent);
    }
    return WEFT_OK;
}

/* The strides of a packed tensor, and its number of elements. */
static bool packed_strides(const DLTensor *t, bool col_major, int64_t *strides, int64_t *elements) {
    int64_t step = 1;
    bool empty = false, overflow = false;
    for (int i = 0; i < t->ndim; i++) {
        int d = col_major ? i : t->ndim - 1 - i;
        strides[d] = step;
        empty |= t->shape[d] == 0;
        overflow |= __builtin_mul_overflow(step, t->shape[d], &step);
    }
    *elements = empty ? 0 : step;
    return empty || !overflow;
}

static bool strides_fit(const DLTensor *t, const int64_t *has, const int64_t *wanted) {
    for (int d = 0; d < t->ndim; d++)
        if (has[d] != wanted[d] && t->shape[d] > 1)
            return false;
    return true;
}

/* The bytes that the elements of a tensor lie in. */
static bool byte_range(const DLTensor *t, const char *base, const int64_t *strides, uint32_t size, Bytes *bytes) {
    int64_t low = 0, high = 0;
    for (int d = 0; d < t->ndim; d++) {
        int64_t reach;
        if (__builtin_mul_overflow(t->shape[d] - 1, strides[d], &reach) ||
            __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high))
            return false;
    }
    if (__builtin_add_overflow(high, 1, &high) || __builtin_mul_overflow(low, (int64_t)size, &low) ||
        __builtin_mul_overflow(high, (int64_t)size, &high))
        return false;
    return !__builtin_add_overflow((uintptr_t)base, low, &bytes->begin) &&
           !__builtin_add_overflow((uintptr_t)base, high, &bytes->end);
}

static weft_status check_device(Check *c, const weft_arg *arg, const DLTensor *t) {
    if (!c->device) {
        c->device = device_of_tensor(t);
        if (!c->device)
            return wrong_device(c, arg, t);
        c->first_tensor = arg;
    }
    return device_holds(c->device, t) ? WEFT_OK : wrong_device(c, arg, t);
}

/* The tensor's strides, held against the layout that the kernel declares, and its elements. */
static weft_status check_layout(const weft_arg *arg, const DLTensor *t, uint32_t size, int64_t *strides,
                                int64_t *elements) {
    int64_t wanted[WEFT_MAX_RANK], bytes;
    bool col_major = arg->layout == WEFT_LAYOUT_COL_MAJOR;
    if (!packed_strides(t, col_major, wanted, elements) || __builtin_mul_overflow(*elements, (int64_t)size, &bytes))
        return too_large(arg);
    if (t->strides)
        for (int d = 0; d < t->ndim; d++)
            strides[d] = t->strides[d];
    else
        packed_strides(t, false, strides, elements);
    if (arg->layout != WEFT_LAYOUT_STRIDED && *elements > 0 && !strides_fit(t, strides, wanted))
        return wrong_layout(arg, t, wanted);
    return WEFT_OK;
}

static weft_status check_address(const weft_arg *arg, const DLTensor *t, const char *base, uint32_t size) {
    if (!t->data)
        return bad_argument(arg, "has no data");
    uint32_t align = size & -size; /* the size itself; of a struct, what surely divides its place in an array */
    if ((uintptr_t)base & (align - 1))
        return bad_argument(arg, "is not aligned to the size of its elements");
    return WEFT_OK;
}

/* What a tensor says of itself, before its numbers are looked at. */
static weft_status check_kind(const Check *c, const weft_arg *arg, const DLTensor *t) {
    DLDataType wanted = wanted_dtype(arg);
    if (t->dtype.code != wanted.code || t->dtype.bits != wanted.bits || t->dtype.lanes != wanted.lanes)
        return wrong_dtype(c, arg, t);
    if (t->ndim != arg->rank)
        return wrong_rank(c, arg, t);
    return t->ndim > 0 && !t->shape ? bad_argument(arg, "has no shape") : WEFT_OK;
}

/* Writes the slots of a tensor, and its bytes for the check of sharing. */
static weft_status check_tensor(Check *c, const weft_arg *arg, int64_t **slot) {
    const DLTensor *t = tensor_of(c, arg);
    TRY(check_kind(c, arg, t));
    TRY(check_device(c, arg, t));
    for (int d = 0; d < arg->rank; d++)
        TRY(check_dim(c, arg, t, d));
    int64_t strides[WEFT_MAX_RANK], elements;
    uint32_t size = element_size(arg);
    TRY(check_layout(arg, t, size, strides, &elements));
    if (c->kernel->flags & WEFT_KERNEL_INDEX_I32 && elements > INT32_MAX)
        return error_set(WEFT_ERROR_CONTRACT, "%s has %lld elements, and index=i32 takes fewer than 2147483648", arg->name,
                         (ll)elements);
    const char *base = (const char *)t->data + t->byte_offset;
    if (elements > 0)
        TRY(check_address(arg, t, base, size));
    *(*slot)++ = (int64_t)(intptr_t)base;
    for (int d = 0; arg->layout == WEFT_LAYOUT_STRIDED && d < arg->rank; d++)
        *(*slot)++ = strides[d];

    c->tensor_args[c->tensor_count] = arg;
    Bytes *range = &c->tensor_bytes[c->tensor_count++];
    *range = (Bytes){0, 0};
    if (elements > 0 && !byte_range(t, base, strides, size, range))
        return too_large(arg);
    c->writes |= arg->mode != WEFT_MODE_READ;
    return WEFT_OK;
}

static weft_status check_arguments(Check *c) {
    const weft_kernel *k = c->kernel;
    for (int i = 0; i < k->dim_count; i++)
        c->slots[i] = DIM_UNSET;
    int64_t *slot = c->slots + k->dim_count;
    for (int i = 0; i < k->arg_count; i++) {
        const weft_arg *arg = &k->args[i];
        if (!c->args[i])
            return bad_argument(arg, "is NULL");
        if (arg->kind == WEFT_ARG_TENSOR) {
            TRY(check_tensor(c, arg, &slot));
        } else if (arg->kind == WEFT_ARG_STRUCT) {
            *slot++ = (int64_t)(intptr_t)c->args[i];
        } else {
            *slot = 0;
            memcpy(slot++, c->args[i], arg->size);
        }
    }
    return WEFT_OK;
}

/* How a tensor's elements lie from its lowest address on, in bytes. */
typedef struct Steps {
    uint64_t stride[WEFT_MAX_RANK], reach[WEFT_MAX_RANK]; /* of each dim longer than 1: from its first to its last */
    int count;
    uint32_t size;
} Steps;

static Steps steps_of(const DLTensor *t, uint32_t size) {
    Steps steps = {.size = size};
    int64_t strides[WEFT_MAX_RANK], unused;
    packed_strides(t, false, strides, &unused);
    for (int d = 0; d < t->ndim; d++) {
        int64_t stride = t->strides ? t->strides[d] : strides[d];
        if (t->shape[d] <= 1 || stride == 0)
            continue;
        uint64_t bytes = (uint64_t)(stride < 0 ? -stride : stride) * steps.size;
        steps.stride[steps.count] = bytes;
        steps.reach[steps.count++] = bytes * (uint64_t)(t->shape[d] - 1);
    }
    return steps;
}

/* The bytes that a tensor covers of a period: from its start, if its steps that are no multiples of the
 * period are taken alone. */
static uint64_t covered_of_period(const Steps *steps, uint64_t period) {
    uint64_t covered = steps->size;
    for (int i = 0; i < steps->count; i++)
        if (steps->stride[i] % period != 0)
            covered += steps->reach[i];
    return covered;
}

/* Two tensors that interleave, as two columns of a matrix or two halves of its rows: modulo some step of
 * theirs, one lies beside the other. */
static bool interleave(const Steps *a, uintptr_t a_begin, const Steps *b, uintptr_t b_begin) {
    for (int k = 0; k < a->count + b->count; k++) {
        uint64_t period = k < a->count ? a->stride[k] : b->stride[k - a->count];
        uint64_t apart = b_begin >= a_begin ? (b_begin - a_begin) % period
                                            : (period - (a_begin - b_begin) % period) % period;
        if (apart >= covered_of_period(a, period) && apart + covered_of_period(b, period) <= period)
            return true;
    }
    return false;
}

/* A tensor that is written shares no element with another. Where neither ranges nor steps show that, it is
 * taken to. */
static bool are_apart(const DLTensor *x, uint32_t x_size, Bytes x_bytes, const DLTensor *y, uint32_t y_size, Bytes y_bytes) {
    if (x_bytes.end <= y_bytes.begin || y_bytes.end <= x_bytes.begin)
        return true;
    Steps x_steps = steps_of(x, x_size), y_steps = steps_of(y, y_size);
    return interleave(&x_steps, x_bytes.begin, &y_steps, y_bytes.begin);
}

/* Of a tensor with strides. */
static bool find_bytes(const DLTensor *t, uint32_t size, Bytes *bytes) {
    *bytes = (Bytes){0, 0};
    for (int d = 0; d < t->ndim; d++)
        if (t->shape[d] <= 0)
            return true;
    return byte_range(t, t->data, t->strides, size, bytes);
}

bool launch_tensors_are_apart(const DLTensor *x, uint32_t x_size, const DLTensor *y, uint32_t y_size) {
    Bytes x_bytes, y_bytes;
    return find_bytes(x, x_size, &x_bytes) && find_bytes(y, y_size, &y_bytes) &&
           are_apart(x, x_size, x_bytes, y, y_size, y_bytes);
}

static weft_status check_sharing(const Check *c) {
    for (uint32_t i = 0; i < c->tensor_count; i++) {
        for (uint32_t j = i + 1; j < c->tensor_count; j++) {
            const weft_arg *a = c->tensor_args[i], *b = c->tensor_args[j];
            if (a->mode == WEFT_MODE_READ && b->mode == WEFT_MODE_READ)
                continue;
            if (!are_apart(tensor_of(c, a), element_size(a), c->tensor_bytes[i], tensor_of(c, b), element_size(b),
                           c->tensor_bytes[j]))
                return error_set(WEFT_ERROR_CONTRACT, "%s and %s overlap, and %s is written", a->name, b->name,
                                 b->mode != WEFT_MODE_READ ? b->name : a->name);
        }
    }
    return WEFT_OK;
}

weft_status launch_check(const weft_kernel *kernel, weft_stream *stream, const void *const *args, int64_t *slots,
                         weft_device **device) {
    Check c; /* not cleared: the arrays are large */
    c.kernel = kernel;
    c.args = args;
    c.slots = slots;
    c.device = stream ? stream->device : NULL;
    c.first_tensor = NULL;
    c.tensor_count = 0;
    c.writes = false;
    TRY(check_arguments(&c));
    if (!c.device)
        TRY(device_default(&c.device));
    if (kernel->check) {
        int64_t broken = kernel->check(slots);
        if (broken >= 0)
            return where_broken(&c, broken);
    }
    if (c.writes)
        TRY(check_sharing(&c));
    *device = c.device;
    return WEFT_OK;
}

static weft_status too_many(const weft_kernel *kernel) {
    return error_set(WEFT_ERROR_CONTRACT, "%s: the launch has more %s than 2^63", kernel->name,
                     kernel->over_rank ? "items" : "threads");
}

/* Code that knows how large its blocks are takes no others. */
static weft_status check_block(const weft_kernel *kernel, const int64_t *block) {
    for (uint32_t i = 0; i < 3; i++)
        if (kernel->block[i] && block[i] != kernel->block[i])
            return error_set(WEFT_ERROR_CONTRACT, "%s: its code is for blocks whose %c is %u, and the launch says %lld",
                             kernel->name, "xyz"[i], kernel->block[i], (ll)block[i]);
    return WEFT_OK;
}

weft_status launch_shape(const weft_kernel *kernel, const int64_t override[6], int64_t *slots, int64_t *count) {
    bool is_grid = kernel->over_rank == 0;
    uint32_t shape_slots = is_grid ? 6 : 2u * kernel->over_rank;
    int64_t *shape = slots + kernel->slot_count - shape_slots;
    kernel->shape(slots);
    for (uint32_t i = 0; is_grid && override && i < 6; i++)
        if (override[i] >= 0)
            shape[i] = override[i];
    int64_t total = 1, threads = 1;
    bool empty = false, overflow = false;
    for (uint32_t i = 0; i < (is_grid ? 3u : kernel->over_rank); i++) {
        int64_t size = is_grid ? shape[i] : shape[2 * i + 1];
        empty |= size <= 0;
        overflow |= __builtin_mul_overflow(total, size, &total);
    }
    for (uint32_t i = 3; is_grid && i < 6; i++) {
        empty |= shape[i] <= 0;
        overflow |= __builtin_mul_overflow(threads, shape[i], &threads);
    }
    *count = 0;
    if (empty)
        return WEFT_OK;
    if (overflow)
        return too_many(kernel);
    int64_t most = kernel->max_threads ? kernel->max_threads : 1024;
    if (threads > most)
        return error_set(WEFT_ERROR_CONTRACT, "%s: a block of %lld x %lld x %lld is %lld threads, and %lld are the most",
                         kernel->name, (ll)shape[3], (ll)shape[4], (ll)shape[5], (ll)threads, (ll)most);
    if (is_grid)
        TRY(check_block(kernel, shape + 3));
    *count = total;
    return WEFT_OK;
}
