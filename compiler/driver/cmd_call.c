/* weft call: one kernel on files, with no host code.
 *
 * Arguments are bound and files read before any code is made, so that a mistake costs no compile. The launch goes
 * through the kernel's launch table like every other, so its contracts are checked in one place. Results are
 * written under other names first and renamed when all of them are whole. */
#include "driver/jit_program.h"
#include "driver/run_program.h"
#include "host/npy.h"
#include "ir/eval.h"
#include "weft_host.h"
#include "weft_launch_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct CallArg {
    const char *text; /* what stands after NAME=; NULL when it was not given */
    NpyArray array;
    uint64_t scalar;
    DLTensor tensor;
} CallArg;

/* An array that a word of the command line names: read before the kernel is known, whose parameters it may tell. */
typedef struct CallFile {
    const char *text; /* @x.npy, as CallArg.text */
    NpyArray array;
} CallFile;

typedef struct CallOutput {
    uint32_t arg;
    const char *path, *temporary;
} CallOutput;

typedef struct Call {
    Compilation c;
    Options options;
    const char *file, *name;
    Func *kernel;
    CallArg *args;
    VEC(CallFile) files;
    VEC(SemaActual) actuals;
    VEC(CallOutput) outputs;
    CodegenResult object;
    const char *table;
} Call;

static const struct {
    const char *name;
    uint8_t code, bits;
} dtypes[] = {
#define SCALAR(KIND, text, bits, class, dl_code, npy) {text, dl_code, bits},
#include "ir/scalars.def"
#undef SCALAR
};

static DLDataType dtype_of(const Type *scalar) {
    return (DLDataType){dtypes[scalar->kind].code, dtypes[scalar->kind].bits, 1};
}

static int find_arg(const Call *call, const char *name, size_t len) {
    for (uint32_t i = 0; i < call->kernel->arg_count; i++)
        if (name_len(call->kernel->args[i].name) == len && !memcmp(call->kernel->args[i].name, name, len))
            return (int)i;
    return -1;
}

/* ---------------------------------------------------------------- arrays */

/* NULL for raw bytes. */
static const Type *element_of(const Compilation *c, DLDataType dtype) {
    for (uint32_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (dtypes[i].code == dtype.code && dtypes[i].bits == dtype.bits)
            return type_scalar_named(c->types, dtypes[i].name);
    return NULL;
}

static void tell_type(Call *call, const char *word, size_t len, const NpyArray *array) {
    const Type *element = element_of(&call->c, array->dtype);
    if (!element)
        return;
    const Type *type = type_view(call->c.types, element, (uint32_t)array->rank, array->shape, LAYOUT_STRIDED, SPACE_GLOBAL);
    vec_push(call->c.arena, &call->actuals, ((SemaActual){word, len, type}));
}

/* What cannot be read is said when its argument is bound. */
static void read_files(Call *call) {
    for (uint32_t w = 1; w < call->options.words.len; w++) {
        const char *word = call->options.words.items[w], *equals = strchr(word, '=');
        CallFile file = {.text = equals ? equals + 1 : ""};
        if (file.text[0] != '@' || npy_read(file.text + 1, &file.array) != WEFT_OK)
            continue;
        vec_push(call->c.arena, &call->files, file);
        tell_type(call, word, (size_t)(equals - word), &file.array);
    }
}

/* Of the file that was read already; another reading says what is wrong with it. */
static weft_status take_file(const Call *call, const char *text, NpyArray *array) {
    VEC_FOR_EACH (i, &call->files)
        if (call->files.items[i].text == text) {
            *array = call->files.items[i].array;
            return WEFT_OK;
        }
    return npy_read(text + 1, array);
}

/* ---------------------------------------------------------------- scalars */

static int bad_scalar(const FuncArg *arg, const char *text) {
    return fail("%s is %s; `%s` is no value of it", arg->name, arg->type->name, text);
}

/* As Weft writes integers: 42, 1_000, 0xff, 0b101, 0o17. */
static bool read_magnitude(const char *text, uint64_t *value) {
    char kind = text[0] == '0' ? (char)(text[1] | 0x20) : 0;
    unsigned base = kind == 'x' ? 16 : kind == 'b' ? 2 : kind == 'o' ? 8 : 10;
    const char *digits = base == 10 ? text : text + 2;
    *value = 0;
    for (const char *c = digits; *c; c++) {
        if (*c == '_' && c > text && c[-1] != '_' && c[1])
            continue;
        unsigned digit = *c >= '0' && *c <= '9' ? (unsigned)(*c - '0') : (unsigned)((*c | 0x20) - 'a') + 10;
        if (digit >= base || __builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, digit, value))
            return false;
    }
    return *digits != 0;
}

static int read_integer(const FuncArg *arg, const char *text, uint64_t *bits) {
    bool negative = text[0] == '-';
    uint64_t magnitude;
    if (!read_magnitude(text + (negative || text[0] == '+'), &magnitude) || (negative && magnitude > 1ull << 63))
        return bad_scalar(arg, text);
    uint64_t value = negative ? 0 - magnitude : magnitude;
    uint32_t width = type_bits(arg->type);
    uint64_t top = width == 64 ? UINT64_MAX : (1ull << width) - 1;
    bool is_signed = type_is_signed(arg->type);
    bool fits = negative && value ? is_signed && (int64_t)value >= -(int64_t)(top / 2) - 1 : value <= (is_signed ? top / 2 : top);
    *bits = value;
    return fits ? 0 : fail("%s does not fit in %s, the type of %s", text, arg->type->name, arg->name);
}

static int read_scalar(const FuncArg *arg, const char *text, uint64_t *bits) {
    if (arg->type->kind == TYPE_BOOL) {
        *bits = !strcmp(text, "True");
        return *bits || !strcmp(text, "False") ? 0 : bad_scalar(arg, text);
    }
    if (type_is_integer(arg->type))
        return read_integer(arg, text, bits);
    if (!type_is_scalar(arg->type))
        return fail("%s is %s: weft call passes scalars and tensors only", arg->name, arg->type->name ? arg->type->name : "no scalar");
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end)
        return bad_scalar(arg, text);
    *bits = eval_from_double(arg->type, value);
    return 0;
}

/* ---------------------------------------------------------------- binding */

static int bind_word(Call *call, const char *word) {
    const char *equals = strchr(word, '=');
    if (!equals)
        return fail("`%s` is no argument: write NAME=VALUE or NAME=@FILE.npy", word);
    int i = find_arg(call, word, (size_t)(equals - word));
    if (i < 0)
        return fail("%s has no argument `%.*s`", call->name, (int)(equals - word), word);
    if (call->args[i].text)
        return fail("%s is given twice", call->kernel->args[i].name);
    call->args[i].text = equals + 1;
    return 0;
}

static int read_default(Call *call, uint32_t i) {
    const FuncArg *arg = &call->kernel->args[i];
    const Attr *value = sema_default_argument(call->c.sema, call->c.modules.items[0], call->kernel, i);
    if (diags_errors(call->c.diags))
        return compilation_report(&call->c);
    if (!value || !type_is_scalar(arg->type))
        return fail("%s is missing: write %s=VALUE", arg->name, arg->name);
    call->args[i].scalar = value->bits;
    return 0;
}

static int read_arg(Call *call, uint32_t i) {
    const FuncArg *arg = &call->kernel->args[i];
    CallArg *value = &call->args[i];
    if (arg->type->kind != TYPE_VIEW)
        return value->text ? read_scalar(arg, value->text, &value->scalar) : read_default(call, i);
    if (!value->text)
        return arg->mode == FUNC_ARG_OUT ? 0 : fail("%s is missing: write %s=@FILE.npy", arg->name, arg->name);
    if (value->text[0] != '@')
        return fail("%s is a tensor: write %s=@FILE.npy", arg->name, arg->name);
    if (take_file(call, value->text, &value->array) != WEFT_OK)
        return fail("%s: %s", arg->name, weft_last_error());
    if (type_is_scalar(arg->type->element))
        npy_take_as(&value->array, dtype_of(arg->type->element));
    int32_t rank = value->array.rank, wanted = (int32_t)arg->type->rank;
    if (rank != wanted) /* the launch would say so, if the dims of what is left out were known */
        return fail("%s has %d dim%s, and %s wants %d", arg->name, rank, rank == 1 ? "" : "s", call->name, wanted);
    return 0;
}

/* What is known of a dim from the arguments that were given; -1 when nothing is. */
static int64_t known_extent(const Call *call, const FuncDim *dim) {
    if (dim->extent >= 0)
        return dim->extent;
    if (dim->arg >= 0)
        return (int64_t)call->args[dim->arg].scalar;
    for (uint32_t i = 0; i < call->kernel->arg_count; i++) {
        const FuncArg *arg = &call->kernel->args[i];
        bool usable = arg->type->kind == TYPE_VIEW && call->args[i].text && call->args[i].array.rank == (int32_t)arg->type->rank;
        for (uint32_t k = 0; usable && k < arg->type->rank; k++)
            if (arg->dims[k].dim == dim->dim)
                return call->args[i].array.shape[k];
    }
    return -1;
}

/* An out tensor that was left out: zeros of the shape that the others tell. */
static int make_out(Call *call, uint32_t i) {
    const FuncArg *arg = &call->kernel->args[i];
    NpyArray *array = &call->args[i].array;
    *array = (NpyArray){.dtype = dtype_of(arg->type->element),
                        .rank = (int32_t)arg->type->rank,
                        .elements = 1};
    for (int32_t n = array->rank - 1; n >= 0; n--) {
        int32_t k = arg->type->layout == LAYOUT_COL_MAJOR ? array->rank - 1 - n : n;
        array->shape[k] = known_extent(call, &arg->dims[k]);
        if (array->shape[k] < 0 && arg->dims[k].arg >= 0)
            return fail("%s: its dim %d is %s, which is %lld", arg->name, k, call->kernel->args[arg->dims[k].arg].name,
                        (long long)array->shape[k]);
        if (array->shape[k] < 0)
            return fail("%s is missing, and no other argument tells its dim %d: write %s=@FILE.npy", arg->name, k, arg->name);
        array->strides[k] = array->elements;
        if (__builtin_mul_overflow(array->elements, array->shape[k], &array->elements))
            return fail("%s would be larger than memory", arg->name);
    }
    size_t size;
    if (__builtin_mul_overflow((size_t)array->elements, (size_t)type_size(arg->type->element), &size) || size > SIZE_MAX / 2)
        return fail("%s would be larger than memory", arg->name);
    array->data = aligned_alloc(64, (size + 64) / 64 * 64);
    if (!array->data)
        return fail("out of memory for %s", arg->name);
    memset(array->data, 0, size);
    return 0;
}

static int bind_output(Call *call, const char *word) {
    const char *equals = strchr(word, '=');
    if (!equals || !equals[1])
        return fail("-o wants NAME=FILE.npy here, not `%s`", word);
    int i = find_arg(call, word, (size_t)(equals - word));
    if (i < 0)
        return fail("%s has no argument `%.*s`", call->name, (int)(equals - word), word);
    const FuncArg *arg = &call->kernel->args[i];
    if (arg->type->kind != TYPE_VIEW || arg->mode == FUNC_ARG_READ)
        return fail("%s is not written by %s: -o wants a mut or out tensor", arg->name, call->name);
    CallOutput output = {(uint32_t)i, equals + 1, arena_printf(call->c.arena, "%s.%d.tmp", equals + 1, (int)getpid())};
    vec_push(call->c.arena, &call->outputs, output);
    return 0;
}

static int bind(Call *call) {
    call->args = arena_array(call->c.arena, CallArg, call->kernel->arg_count);
    for (uint32_t w = 1; w < call->options.words.len; w++)
        if (bind_word(call, call->options.words.items[w]))
            return 1;
    VEC_FOR_EACH (o, &call->options.outputs)
        if (bind_output(call, call->options.outputs.items[o]))
            return 1;
    for (uint32_t i = 0; i < call->kernel->arg_count; i++)
        if (read_arg(call, i))
            return 1;
    for (uint32_t i = 0; i < call->kernel->arg_count; i++)
        if (call->kernel->args[i].type->kind == TYPE_VIEW && !call->args[i].text && make_out(call, i))
            return 1;
    return 0;
}

/* ---------------------------------------------------------------- the launch */

static const void **pack_args(Call *call) {
    const void **packed = arena_array(call->c.arena, const void *, call->kernel->arg_count + 1);
    for (uint32_t i = 0; i < call->kernel->arg_count; i++) {
        CallArg *arg = &call->args[i];
        if (call->kernel->args[i].type->kind != TYPE_VIEW) {
            packed[i] = &arg->scalar;
            continue;
        }
        arg->tensor = (DLTensor){.data = arg->array.data,
                                 .device = {kDLCPU, 0},
                                 .ndim = arg->array.rank,
                                 .dtype = arg->array.dtype,
                                 .shape = arg->array.shape,
                                 .strides = arg->array.strides};
        packed[i] = &arg->tensor;
    }
    return packed;
}

static int write_outputs(Call *call) {
    int status = 0;
    VEC_FOR_EACH (o, &call->outputs) {
        const NpyArray *array = &call->args[call->outputs.items[o].arg].array;
        const char *path = call->outputs.items[o].temporary;
        if (!status && npy_write(path, array->dtype, array->rank, array->shape, array->strides, array->data) != WEFT_OK)
            status = fail("-o %s: %s", call->kernel->args[call->outputs.items[o].arg].name, weft_last_error());
    }
    VEC_FOR_EACH (o, &call->outputs) {
        const CallOutput *output = &call->outputs.items[o];
        if (!status && rename(output->temporary, output->path))
            status = fail("cannot write %s: %s", output->path, strerror(errno));
        if (status)
            remove(output->temporary);
    }
    return status;
}

static int launch(void *context) {
    Call *call = context;
    JitProgram program;
    if (!jit_load(&call->c, call->object, call->options.device, &program))
        return 1;
    const weft_kernel *table = jit_symbol(&program, call->table);
    weft_device *device;
    weft_stream *stream = NULL;
    if (!table)
        return 1;
    if (weft_device_get(call->options.device, &device) != WEFT_OK || weft_stream_create(device, &stream) != WEFT_OK ||
        weft_launch(table, stream, pack_args(call)) != WEFT_OK || weft_stream_synchronize(stream) != WEFT_OK)
        return fail("%s", weft_last_error());
    weft_host_flush();
    return write_outputs(call);
}

static int find_kernel(Call *call) {
    const char *word = call->options.words.items[0];
    const char *colon = strrchr(word, ':');
    if (!colon || colon == word || !colon[1])
        return fail("weft call wants FILE.weft:KERNEL, not `%s`", word);
    call->file = arena_strndup(call->options.arena, word, (size_t)(colon - word));
    call->name = colon + 1;
    Compilation *c = &call->c;
    if (!compilation_check(c, &call->options, NULL, &call->file, 1))
        return compilation_report(c);
    read_files(call);
    call->kernel = sema_find_kernel(c->sema, c->modules.items[0], call->name, call->actuals.items, call->actuals.len);
    c->found = *sema_found(c->sema);
    if (compilation_report(c))
        return 1;
    if (call->kernel)
        return 0;
    const char *best = sema_similar_kernel(c->sema, c->modules.items[0], call->name);
    return best ? fail("%s has no kernel `%s`; did you mean `%s`?", call->file, call->name, best)
                : fail("%s has no kernel `%s`", call->file, call->name);
}

static void reach(Func *func, Map *reached);

static void reach_callee(Op *op, void *reached) {
    const Attr *callee = op_attr(op, ATTR_KEY_CALLEE);
    if (callee)
        reach(callee->func, reached);
}

static void reach(Func *func, Map *reached) {
    if (map_has_ptr(reached, func))
        return;
    map_put_ptr(reached, func, func);
    if (func->body)
        region_walk(func->body, reach_callee, reached);
}

/* The kernel, its shape and contracts, and what they call: host code may launch kernels that are not made here. */
static void keep_only(Call *call) {
    const KernelInfo *info = call->kernel->kernel;
    Map reached = {.arena = call->c.arena};
    reach(call->kernel, &reached);
    reach(info->shape, &reached);
    for (uint32_t i = 0; i < info->where_count; i++)
        reach(info->where[i].predicate, &reached);
    for (Func *func = call->c.ir->first, *next; func; func = next) {
        next = func->next;
        if (!map_has_ptr(&reached, func))
            func_erase(func);
    }
    call->c.found.kernels.len = 0;
    vec_push(call->c.arena, &call->c.found.kernels, call->kernel);
    call->c.found.main = NULL;
    call->c.found.tests.len = 0;
    call->c.found.benches.len = 0;
}

int cmd_call(int argc, char **argv) {
    Call *call = arena_new(arena_create(), Call);
    if (!options_parse(arena_create(), COMMAND_CALL, argc, argv, &call->options))
        return 1;
    if (call->options.check)
        return fail("not built yet: --check");
    if (call->options.words.len == 0)
        return fail("weft call wants a kernel: weft call FILE.weft:KERNEL NAME=VALUE...");
    if (find_kernel(call) || bind(call))
        return 1;
    keep_only(call);
    X86Program program;
    if (!compilation_lower_x86(&call->c, (X86Options){.interp = wants_interp(&call->options)}, &program))
        return compilation_report(&call->c);
    call->table = program.table_symbols.items[0];
    call->object = compilation_emit_x86(&call->c, &program, CODEGEN_OBJECT);
    if (!call->object.ok)
        return fail("%s", call->object.error);
    int signal;
    int status = run_in_child(launch, call, &signal);
    if (signal)
        return fail("%s was stopped by a signal: %s", call->name, strsignal(signal));
    return status;
}
