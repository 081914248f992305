/* What a kernel's launch needs: its shape as a function of dims and scalars, its options; and who
 * may use what only kernels have.
 *
 *     @kernel(grid=ceildiv(N, 128), block=128)      ->   scale.shape(N, a) gives gx gy gz bx by bz
 *
 * A function that uses threads, barriers or shared memory needs a grid kernel above it: the use is
 * noted in its instance, and told where an over= kernel calls it. */
#include "sema/structure.h"

/* ------------------------------------------------------------------ uses */

static const char *who_is(const FuncState *fs) {
    return fs->is_comptime_expr || fs->context == CONTEXT_COMPTIME ? "a comptime expression"
                                                                   : "host code";
}

static bool item_misplaced(FuncState *fs, const Node *node) {
    const char *why = !fs->is_kernel ? "stands in the kernel itself: pass it on as an argument"
                                     : "this kernel has grid=";
    if (!told_in_function(fs, W0510, NULL, node->span))
        diag(fs->sema->diags, node->span, W0510, why);
    return false;
}

static void note_use(Instance *instance, DeviceUse use, const char *what, Span span) {
    if (!instance)
        return;
    if (!instance->uses_what) {
        instance->uses_what = what;
        instance->uses_span = span;
    }
    instance->uses_threads |= use == USE_THREADS || use == USE_WARP;
    instance->uses_shared |= use == USE_SHARED;
    instance->uses_barrier |= use == USE_BARRIER;
}

bool note_device_use(FuncState *fs, const Node *node, DeviceUse use, const char *what) {
    bool in_comptime = fs->is_comptime_expr || fs->context == CONTEXT_COMPTIME;
    if (use == USE_ITEM && !fs->is_kernel && !in_comptime)
        return item_misplaced(fs, node); /* the same for each caller, host code or kernel */
    if (!context_is_device(fs->context)) {
        if (!told_in_function(fs, W0508, NULL, node->span))
            diag(fs->sema->diags, node->span, W0508, what, who_is(fs));
        return false;
    }
    if (use == USE_ITEM)
        return fs->over_rank ? true : item_misplaced(fs, node);
    if (fs->over_rank) {
        if (!told_in_function(fs, W0509, NULL, node->span))
            diag(fs->sema->diags, node->span, W0509, what);
        return false;
    }
    note_use(fs->instance, use, what, node->span);
    return true;
}

void inherit_uses(FuncState *fs, const Instance *callee, const Node *call) {
    Instance *caller = fs->instance;
    if (!callee->uses_what)
        return;
    if (fs->over_rank && told_in_function(fs, W0509, NULL, call->span))
        return;
    if (fs->over_rank) {
        Diag *d = diag(fs->sema->diags, call->span, W0509, callee->uses_what);
        diag_note(d, callee->uses_span, "%s uses %s here", callee->decl->name, callee->uses_what);
        return;
    }
    if (!caller || !context_is_device(fs->context))
        return;
    if (!caller->uses_what) {
        caller->uses_what = callee->uses_what;
        caller->uses_span = callee->uses_span;
    }
    caller->uses_threads |= callee->uses_threads;
    caller->uses_shared |= callee->uses_shared;
    caller->uses_barrier |= callee->uses_barrier;
}

/* ------------------------------------------------------------------ options */

Context kernel_context(Sema *sema, FuncDecl *decl) {
    const Node *math = decl->kernel->math;
    (void)sema;
    if (!math || math->kind != NODE_STRING)
        return CONTEXT_DEVICE;
    return !strcmp(math->string, "strict") ? CONTEXT_DEVICE_STRICT : CONTEXT_DEVICE_FAST;
}

enum { MOST = 1 << 20, MAX_WIDTH = 64 };

static int32_t int_option(Signature *sig, const Node *node, const char *name, int64_t most) {
    int64_t value = 0;
    if (!node)
        return 0;
    if (!comptime_int(sig->fs, node, arena_printf(sig->sema->arena, "%s=", name), &value))
        return 0;
    if (value < 1 || value > most)
        diag(sig->sema->diags, node->span, W0503, name,
             arena_printf(sig->sema->arena, "an integer from 1 to %lld", (long long)most));
    return (int32_t)value;
}

static int32_t power_option(Signature *sig, const Node *node, const char *name, int64_t most) {
    int32_t value = int_option(sig, node, name, most);
    if (value > 0 && value <= most && (value & (value - 1)))
        diag(sig->sema->diags, node->span, W0503, name,
             arena_printf(sig->sema->arena, "a power of two from 1 to %lld", (long long)most));
    return value;
}

static void read_options(Signature *sig, KernelInfo *info) {
    const KernelOptions *options = sig->decl->kernel;
    Context context = kernel_context(sig->sema, sig->decl);
    info->math = context == CONTEXT_DEVICE_STRICT ? MATH_STRICT
                 : context == CONTEXT_DEVICE_FAST ? MATH_FAST
                                                  : MATH_DEFAULT;
    info->index_i32 = options->index && !strcmp(options->index->name, "i32");
    info->width = power_option(sig, options->width, "width", MAX_WIDTH);
    info->unroll = int_option(sig, options->unroll, "unroll", MOST);
    info->max_threads = int_option(sig, options->max_threads, "max_threads", sig->sema->options.target->max_threads);
    info->min_blocks = int_option(sig, options->min_blocks, "min_blocks", MOST);
    info->cluster = int_option(sig, options->cluster, "cluster", MOST);
}

static bool check_kernel_args(Signature *sig) {
    bool ok = true;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        if (arg->is_tensor)
            continue;
        bool crosses = type_is_scalar(arg->type) || arg->type->kind == TYPE_VECTOR ||
                       arg->type->kind == TYPE_STRUCT || arg->type->kind == TYPE_PTR;
        crosses &= !type_stays_on_host(arg->type);
        if (!crosses)
            diag(sig->sema->diags, arg->span, W0517, arg->name, sig->decl->name,
                 type_source(sig->sema->arena, arg->type));
        ok &= crosses;
    }
    return ok;
}

/* ------------------------------------------------------------------ the shape */

static uint32_t size_count(const Node *node) {
    return node->kind == NODE_TUPLE ? node->list.len : 1;
}
static const Node *size_at(const Node *node, uint32_t i) {
    return node->kind == NODE_TUPLE ? node->list.items[i] : node;
}

static bool size_count_fits(FuncState *fs, const Node *node, const char *name, uint32_t max) {
    uint32_t count = size_count(node);
    if (count < 1 || count > max)
        diag(fs->sema->diags, node->span, W0516, name, max, count);
    return count >= 1 && count <= max;
}

static bool is_range(const Node *node) {
    return node->kind == NODE_CALL && node->call.callee->kind == NODE_NAME &&
           !strcmp(node->call.callee->name, "range");
}

/* A size of a domain: begin and end. */
static bool push_over_size(FuncState *fs, const Node *node, ValueVec *values) {
    const Type *i64 = fs->sema->types->i64;
    const Node *begin = NULL, *end = node;
    if (is_range(node)) {
        NodeList args = node->call.args;
        if (args.len < 1 || args.len > 2 || args.items[0]->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, node->span, W0519);
            return false;
        }
        begin = args.len == 2 ? args.items[0] : NULL;
        end = args.items[args.len - 1];
    }
    Value *from = begin ? check_value(fs, begin, i64, "a size of over=") : build_i64(&fs->b, 0);
    Value *to = check_value(fs, end, i64, "a size of over=");
    vec_push(fs->sema->arena, values, from);
    vec_push(fs->sema->arena, values, to);
    return from && to;
}

uint32_t known_size(const Attr *constant) {
    int64_t size = attr_as_i64(constant);
    return size < 0 ? 0 : size > INT32_MAX ? INT32_MAX : (uint32_t)size;
}

static bool push_sizes(FuncState *fs, const Node *node, const char *name, ValueVec *values,
                       uint32_t *fixed) {
    if (!size_count_fits(fs, node, name, 3))
        return false;
    bool ok = true;
    uint32_t count = size_count(node);
    const char *what = arena_printf(fs->sema->arena, "a size of %s=", name);
    for (uint32_t i = 0; i < 3; i++) {
        const Node *size = i < count ? size_at(node, i) : NULL;
        Value *value =
            size ? check_value(fs, size, fs->sema->types->i64, what) : build_i64(&fs->b, 1);
        const Attr *known = value ? value_constant(value) : NULL;
        if (fixed && known)
            fixed[i] = known_size(known);
        vec_push(fs->sema->arena, values, value);
        ok &= value != NULL;
    }
    return ok;
}

bool block_fits(FuncState *fs, const uint32_t *sizes, int32_t promised, const Node *node) {
    uint32_t most = fs->sema->options.target->max_threads;
    uint64_t threads = 1;
    for (uint32_t i = 0; i < 3; i++)
        threads = threads > most ? threads : threads * (sizes[i] ? sizes[i] : 1);
    if (threads > most)
        diag(fs->sema->diags, node->span, W0515, (long long)threads);
    else if (promised && threads > (uint32_t)promised)
        diag(fs->sema->diags, node->span, W0371, (long long)threads, (int)promised);
    else
        return true;
    return false;
}

static bool push_over(FuncState *fs, const Node *node, KernelInfo *info, ValueVec *values) {
    if (!size_count_fits(fs, node, "over", 4))
        return false;
    bool ok = true;
    info->over_rank = size_count(node);
    for (uint32_t i = 0; i < info->over_rank; i++)
        ok &= push_over_size(fs, size_at(node, i), values);
    return ok;
}

static bool push_grid(FuncState *fs, const KernelOptions *options, KernelInfo *info,
                      ValueVec *values) {
    if (!push_sizes(fs, options->grid, "grid", values, NULL) ||
        !push_sizes(fs, options->block, "block", values, info->block))
        return false;
    return block_fits(fs, info->block, info->max_threads, options->block);
}

static void make_shape(Signature *sig, Instance *instance, KernelInfo *info) {
    const KernelOptions *options = sig->decl->kernel;
    FuncState *fs = launch_state(sig, instance, "shape");
    ValueVec values = {0};
    bool ok = options->over ? push_over(fs, options->over, info, &values)
                            : push_grid(fs, options, info, &values);
    finish_launch_func(fs, ok, values.items, values.len);
    info->shape = fs->func;
}

void make_kernel(Signature *sig, Instance *instance) {
    KernelInfo *info = instance->func->kernel;
    if (!check_kernel_args(sig))
        return;
    read_options(sig, info);
    make_shape(sig, instance, info);
    info->where = make_where(sig, instance, &info->where_count);
    sig->fs->over_rank = info->over_rank;
}
