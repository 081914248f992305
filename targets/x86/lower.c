/* x86: the functions a kernel becomes.
 *
 *     NAME.run(slots, begin, end)     over=: the items as loops (domain.c); grid=: for each linear block its place,
 *                                     then what a block does (fission.c); begin < end
 *     NAME.shape_slots(slots)         asks the kernel's shape function, writes what a launch needs of it
 *     NAME.where(slots) -> i64        asks the `where` predicates
 *     EXPORT_cpu(...)                 the bare C function: fills slots on its stack, shape, run over everything
 *
 * The kernel stays as it is: work is done on a clone, which goes. */
#include "targets/x86/lower.h"

#include "passes/inline.h"
#include "targets/target.h"
#include "targets/x86/assert_place.h"
#include "targets/x86/domain.h"
#include "targets/x86/fission.h"
#include "targets/x86/slots.h"

enum { MAX_BLOCK_THREADS = 1024 };

uint32_t x86_slot_count(const Func *kernel) { return slots_first_of_shape(kernel) + slots_of_shape(kernel); }

static const char *suffixed(const Func *kernel, const char *suffix) {
    return arena_printf(kernel->module->arena, "%s%s", kernel->name, suffix);
}

static Builder body_builder(Func *func) {
    Builder b = builder_at_end(func->module, func_entry(func));
    b.span = func->span;
    return b;
}

static Func *create_slots_func(const Func *kernel, const char *suffix, uint32_t arg_count, const Type *result) {
    static const char *const names[] = {"slots", "begin", "end"};
    Types *types = kernel->module->types;
    const Type *arg_types[] = {slots_type(types), types->i64, types->i64};
    Func *func = func_create_plain(kernel->module, suffixed(kernel, suffix), names, arg_types, arg_count, result);
    func->span = kernel->span;
    return func;
}

static void build_return(Builder *b, Value *value) { build_op(b, OP_FUNC_RETURN, &value, value ? 1 : 0, NULL, 0, 0); }

/* ------------------------------------------------------------------ shape and where */

static Op *call_plain(Builder *b, Value *slots, const Func *kernel, Func *callee) {
    Value **inputs = arena_array(kernel->module->arena, Value *, kernel->dim_count + kernel->arg_count);
    uint32_t count = slots_load_plain_inputs(b, slots, kernel, inputs);
    return build_call(b, callee, inputs, count);
}

/* over=: begin, end -> begin, extent; grid=: sizes. Below 0 counts as 0. */
static void store_shape(Builder *b, Value *slots, const Func *kernel, const Op *shape) {
    uint32_t first = slots_first_of_shape(kernel), over = kernel->kernel->over_rank;
    Value *zero = build_i64(b, 0);
    for (uint32_t i = 0; i < shape->result_count; i++) {
        Value *value = op_result(shape, i);
        bool is_begin = over && i % 2 == 0;
        if (over && !is_begin)
            value = build2(b, OP_ARITH_SUB, value, op_result(shape, i - 1));
        slot_store(b, slots, first + i, is_begin ? value : build2(b, OP_ARITH_MAX, value, zero));
    }
}

static Func *make_shape(PassContext *cx, const Func *kernel) {
    Func *func = create_slots_func(kernel, ".shape_slots", 1, NULL);
    Builder b = body_builder(func);
    Value *slots = func_entry(func)->args[0];
    Op *call = call_plain(&b, slots, kernel, kernel->kernel->shape);
    store_shape(&b, slots, kernel, call);
    build_return(&b, NULL);
    inline_call(cx, func, call);
    return func;
}

static Func *make_where(PassContext *cx, const Func *kernel) {
    Func *func = create_slots_func(kernel, ".where_slots", 1, cx->types->i64);
    Builder b = body_builder(func);
    Value *slots = func_entry(func)->args[0], *failed = build_i64(&b, -1);
    Op **calls = arena_array(cx->scratch, Op *, kernel->kernel->where_count);
    for (uint32_t i = kernel->kernel->where_count; i-- > 0;) {
        calls[i] = call_plain(&b, slots, kernel, kernel->kernel->where[i].predicate);
        Value *choice[] = {op_result(calls[i], 0), failed, build_i64(&b, i)};
        failed = build_typed(&b, OP_ARITH_SELECT, cx->types->i64, choice, 3);
    }
    build_return(&b, failed);
    for (uint32_t i = 0; i < kernel->kernel->where_count; i++)
        inline_call(cx, func, calls[i]);
    return func;
}

/* ------------------------------------------------------------------ run */

static void set_block_size(const Func *kernel, Builder *b, Value *slots, FissionInput *input) {
    const KernelInfo *info = kernel->kernel;
    uint32_t first = slots_first_of_shape(kernel) + 3;
    bool overridden = kernel_block_is_overridden(kernel), fixed = true;
    int64_t threads = 1;
    for (uint32_t i = 0; i < 3; i++) {
        bool known = info->block[i] > 0 && !overridden;
        input->block_dim[i] = known ? build_i64(b, info->block[i]) : slot_load(b, slots, first + i, b->module->types->i64);
        fixed &= known;
        threads *= known ? info->block[i] : 1;
    }
    input->max_threads = fixed ? threads : info->max_threads > 0 && !overridden ? info->max_threads : MAX_BLOCK_THREADS;
}

static void emit_blocks(PassContext *cx, Func *work, const Func *kernel, Func *run, Builder *b, Value *const *inputs) {
    Value *slots = func_entry(run)->args[0];
    FissionInput input = {.args = inputs, .memory = func_entry(run)};
    uint32_t first = slots_first_of_shape(kernel);
    for (uint32_t i = 0; i < 3; i++)
        input.grid_dim[i] = slot_load(b, slots, first + i, cx->types->i64);
    set_block_size(kernel, b, slots, &input);
    Value *operands[] = {func_entry(run)->args[1], func_entry(run)->args[2], build_i64(b, 1)};
    Op *loop = build_op(b, OP_LOOP_FOR, operands, 3, NULL, 0, 1);
    Block *body = region_add_block(loop, 0);
    Value *block = block_add_arg(run->module, body, cx->types->i64);
    Builder in = builder_at_end(run->module, body);
    in.span = b->span;
    input.block_idx[0] = build2(&in, OP_ARITH_MOD, block, input.grid_dim[0]);
    Value *rest = build2(&in, OP_ARITH_FLOOR_DIV, block, input.grid_dim[0]);
    input.block_idx[1] = build2(&in, OP_ARITH_MOD, rest, input.grid_dim[1]);
    input.block_idx[2] = build2(&in, OP_ARITH_FLOOR_DIV, rest, input.grid_dim[1]);
    fission_emit(cx, work, &in, &input);
    build_yield(&in, NULL, 0);
}

static void emit_items(PassContext *cx, Func *work, const Func *kernel, Func *run, Builder *b, Value *const *inputs) {
    Block *entry = func_entry(run);
    DomainInput input = {.args = inputs, .first = entry->args[1], .end = entry->args[2], .memory = entry};
    uint32_t first = slots_first_of_shape(kernel);
    for (uint32_t i = 0; i < kernel->kernel->over_rank; i++) {
        input.begins[i] = slot_load(b, entry->args[0], first + 2 * i, cx->types->i64);
        input.extents[i] = slot_load(b, entry->args[0], first + 2 * i + 1, cx->types->i64);
    }
    domain_emit(cx->scratch, work, b, &input);
}

static uint64_t memory_of(const Func *run) {
    uint64_t bytes = 0;
    BLOCK_FOR_EACH_OP (op, func_entry(run))
        if (op->code == OP_MEM_PTR_LOCAL || op->code == OP_MEM_PTR_SHARED)
            bytes += (uint64_t)attr_as_i64(op_attr(op, ATTR_KEY_VALUE)) * type_size(op_result(op, 0)->type->element);
    return bytes;
}

static Func *make_run(PassContext *cx, Func *kernel) {
    Func *work = func_clone(kernel, intern_cstr(kernel->module->names, suffixed(kernel, ".work")));
    assert_place_add(cx->scratch, work);
    Func *run = create_slots_func(kernel, ".run", 3, NULL);
    Builder b = body_builder(run);
    Value **inputs = arena_array(cx->scratch, Value *, func_entry(kernel)->arg_count);
    slots_load_inputs(&b, func_entry(run)->args[0], kernel, inputs);
    if (kernel->kernel->over_rank)
        emit_items(cx, work, kernel, run, &b, inputs);
    else
        emit_blocks(cx, work, kernel, run, &b, inputs);
    build_return(&b, NULL);
    func_erase(work);
    return run;
}

/* ------------------------------------------------------------------ the bare C function */

/* How an argument crosses in C: f16 and the like as their bits, structs and tensors by address. */
const Type *x86_c_type(Types *types, const Type *type) {
    if (type->kind == TYPE_VIEW)
        return type_ptr(types, type->element, SPACE_GLOBAL);
    if (type == types->f16 || type == types->bf16)
        return types->u16;
    if (type_is_scalar(type) && type_class(type) == CLASS_STORAGE_FLOAT)
        return types->u8;
    return type_is_scalar(type) || type->kind == TYPE_PTR ? type : type_ptr(types, type, SPACE_GLOBAL);
}

static bool is_strided(const FuncArg *arg) { return arg->type->kind == TYPE_VIEW && arg->type->layout == LAYOUT_STRIDED; }

static Func *create_cpu(const Func *kernel) {
    Module *module = kernel->module;
    Types *types = module->types;
    uint32_t count = 0, max = 2 * kernel->arg_count + kernel->dim_count;
    const Type **arg_types = arena_array(module->arena, const Type *, max);
    const char **names = arena_array(module->arena, const char *, max);
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const FuncArg *arg = &kernel->args[i];
        names[count] = arg->name;
        arg_types[count++] = x86_c_type(types, arg->type);
        if (is_strided(arg)) {
            names[count] = arena_printf(module->arena, "%s_strides", arg->name);
            arg_types[count++] = type_ptr(types, types->i64, SPACE_GLOBAL);
        }
    }
    for (uint32_t i = 0; i < kernel->dim_count; i++) {
        names[count] = kernel->dims[i].name;
        arg_types[count++] = types->i64;
    }
    const char *name = arena_printf(module->arena, "%s_cpu", kernel->export_name);
    Func *func = func_create_plain(module, name, names, arg_types, count, NULL);
    func->export_name = func->name;
    func->span = kernel->span;
    return func;
}

/* The C arguments into the slots: arguments first there, dims first here. */
static void fill_slots(Builder *b, Value *slots, const Func *kernel, Value *const *given) {
    uint32_t slot = kernel->dim_count, at = 0;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const FuncArg *arg = &kernel->args[i];
        slot_store(b, slots, slot++, given[at++]);
        if (!is_strided(arg))
            continue;
        for (uint32_t d = 0; d < arg->type->rank; d++) {
            Value *operands[] = {given[at], build_i64(b, d)};
            const Type *i64 = b->module->types->i64;
            slot_store(b, slots, slot++, op_result(build_op(b, OP_MEM_PTR_LOAD, operands, 2, &i64, 1, 0), 0));
        }
        at++;
    }
    for (uint32_t i = 0; i < kernel->dim_count; i++)
        slot_store(b, slots, i, given[at++]);
}

/* How many items or blocks there are. */
static Value *load_total(Builder *b, Value *slots, const Func *kernel) {
    uint32_t first = slots_first_of_shape(kernel), over = kernel->kernel->over_rank, count = over ? over : 3;
    Value *total = NULL;
    for (uint32_t i = 0; i < count; i++) {
        Value *size = slot_load(b, slots, over ? first + 2 * i + 1 : first + i, b->module->types->i64);
        total = total ? build2(b, OP_ARITH_MUL, total, size) : size;
    }
    return total;
}

/* if total > 0: run(slots, 0, total) */
static void run_all(Builder *b, Value *slots, Value *total, Func *run) {
    Value *zero = build_i64(b, 0), *any = build_cmp(b, "gt", total, zero);
    Op *op = build_op(b, OP_IF, &any, 1, NULL, 0, 2);
    Builder then = builder_at_end(b->module, region_add_block(op, 0));
    Builder otherwise = builder_at_end(b->module, region_add_block(op, 1));
    build_call(&then, run, (Value *[]){slots, zero, total}, 3);
    build_yield(&then, NULL, 0);
    build_yield(&otherwise, NULL, 0);
}

static Func *make_cpu(PassContext *cx, const Func *kernel, const X86Kernel *made) {
    Func *func = create_cpu(kernel);
    Builder b = body_builder(func);
    const Type *type = slots_type(cx->types);
    Op *memory = build_op(&b, OP_MEM_PTR_LOCAL, NULL, 0, &type, 1, 0);
    op_set_attr(memory, ATTR_KEY_VALUE, attr_i64(cx->types, x86_slot_count(kernel)));
    Value *slots = op_result(memory, 0);
    fill_slots(&b, slots, kernel, func_entry(func)->args);
    build_call(&b, made->shape, &slots, 1);
    run_all(&b, slots, load_total(&b, slots, kernel), made->run);
    build_return(&b, NULL);
    return func;
}

void x86_lower_launch(PassContext *cx, Func *kernel, X86Kernel *out) {
    *out = (X86Kernel){.shape = make_shape(cx, kernel), .where = make_where(cx, kernel)};
}

bool x86_lower_kernel(PassContext *cx, Func *kernel, X86Kernel *out) {
    x86_lower_launch(cx, kernel, out);
    out->run = make_run(cx, kernel);
    if (memory_of(out->run) > BLOCK_STACK_MOST) {
        diag(cx->diags, kernel->span, W0541, kernel->name, (unsigned long long)memory_of(out->run) >> 10);
        return false;
    }
    if (kernel->export_name)
        out->cpu = make_cpu(cx, kernel, out);
    return true;
}

/* For `weft opt`: a kernel beside what it becomes. */
bool pass_x86_lower(PassContext *cx, Func *func) {
    X86Kernel made;
    return func->kind == FUNC_KERNEL && func->flat && x86_lower_kernel(cx, func, &made);
}
