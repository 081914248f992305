/* Exported functions, as C calls them (package/header.c declares the same).
 *
 *     float NAME(float x);                          scalars; a struct, a mut or out place and a SIMD value by address
 *     void NAME(float x, float *result);            a struct, and each item of a tuple (result0, result1), by address
 *
 * One that takes tensors has a kernel's two forms:
 *
 *     void NAME_cpu(const float *x, float *result, int64_t N);
 *     weft_status NAME(weft_stream *stream, const DLTensor *x, float *result);
 *
 * The second goes by the runtime, weft_host_entry(): the checks of a launch fill slots, the addresses of the results stand
 * behind them, and NAME.run(slots) loads, calls and stores. */
#include "driver/plain_export.h"

#include "ir/builder.h"
#include "package/header.h"
#include "targets/x86/lower.h"
#include "targets/x86/slots.h"

typedef struct CArgs {
    const char **names;
    const Type **types;
    uint32_t count;
} CArgs;

static bool is_strided(const FuncArg *arg) {
    return arg->type->kind == TYPE_VIEW && arg->type->layout == LAYOUT_STRIDED;
}

static const Type *result_type(const Func *func) { return func->result_count ? func->results[0] : NULL; }

static const Type *result_item(const Type *result, uint32_t i) {
    return result->kind == TYPE_TUPLE ? result->fields[i] : result;
}

static void add(CArgs *args, const char *name, const Type *type) {
    args->names[args->count] = name;
    args->types[args->count++] = type;
}

static void add_results(Compilation *c, const Func *func, CArgs *args) {
    for (uint32_t i = 0; i < header_results_by_address(func); i++)
        add(args, arena_printf(c->arena, "result%u", i),
            type_ptr(c->types, result_item(result_type(func), i), SPACE_GLOBAL));
}

static Func *create(Compilation *c, const Func *func, const char *name, const CArgs *args, const Type *result) {
    Func *made = func_create_plain(c->ir, name, args->names, args->types, args->count, result);
    made->kind = FUNC_HOST;
    made->level = LEVEL_HOST;
    made->span = func->span;
    return made;
}

static CArgs room_for(Compilation *c, const Func *func) {
    uint32_t results = header_results_by_address(func);
    uint32_t most = 2 * func->arg_count + func->dim_count + results + 1;
    return (CArgs){arena_array(c->arena, const char *, most), arena_array(c->arena, const Type *, most), 0};
}

/* ------------------------------------------------------------------ bodies */

static Value *load(Builder *b, Value *ptr, uint32_t index) {
    Value *operands[] = {ptr, build_i64(b, index)};
    return op_result(build_op(b, OP_MEM_PTR_LOAD, operands, 2, &ptr->type->element, 1, 0), 0);
}

static void store(Builder *b, Value *value, Value *ptr) {
    Value *operands[] = {value, ptr, build_i64(b, 0)};
    build_op(b, OP_MEM_PTR_STORE, operands, 3, NULL, 0, 0);
}

/* What C gave for an argument of type `type`. */
static Value *from_c(Builder *b, Value *given, const Type *type) {
    if (given->type == type)
        return given;
    return type_is_scalar(type) ? build_typed(b, OP_ARITH_BITCAST, type, &given, 1) : load(b, given, 0);
}

static void store_results(Builder *b, const Func *func, Op *call, Value *const *places) {
    uint32_t count = header_results_by_address(func);
    Value *result = count ? op_result(call, 0) : NULL;
    for (uint32_t i = 0; i < count; i++)
        store(b, result->type->kind == TYPE_TUPLE ? build_agg_get(b, result, i) : result, places[i]);
}

static void finish(Compilation *c, Builder *b, const Func *func, Op *call) {
    Value *value = NULL;
    if (func->result_count && !header_results_by_address(func)) {
        const Type *type = x86_c_type(c->types, result_type(func));
        value = op_result(call, 0);
        value = value->type == type ? value : build_typed(b, OP_ARITH_BITCAST, type, &value, 1);
    }
    build_op(b, OP_FUNC_RETURN, &value, value ? 1 : 0, NULL, 0, 0);
}

/* ------------------------------------------------------------------ the bare function */

static void build_bare(Compilation *c, Func *func, const char *symbol) {
    CArgs args = room_for(c, func);
    Block *entry = func_entry(func);
    uint32_t at = func->dim_count;
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        const Type *flat = entry->args[at]->type;
        add(&args, arg->name, arg->type->kind == TYPE_VIEW ? flat : x86_c_type(c->types, arg->type));
        if (is_strided(arg))
            add(&args, arena_printf(c->arena, "%s_strides", arg->name), type_ptr(c->types, c->types->i64, SPACE_GLOBAL));
        at += slots_of_arg(arg);
    }
    uint32_t first_result = args.count;
    add_results(c, func, &args);
    uint32_t first_dim = args.count;
    for (uint32_t i = 0; i < func->dim_count; i++)
        add(&args, func->dims[i].name, c->types->i64);
    bool gives = func->result_count && first_dim == first_result;
    const Type *result = gives ? x86_c_type(c->types, result_type(func)) : NULL;
    Func *bare = create(c, func, arena_printf(c->arena, "%s.c", func->name), &args, result);
    bare->export_name = intern_cstr(c->names, symbol);

    Builder b = builder_at_end(c->ir, func_entry(bare));
    Value **given = func_entry(bare)->args, **inputs = arena_array(c->arena, Value *, entry->arg_count + 1);
    for (at = 0; at < func->dim_count; at++)
        inputs[at] = given[first_dim + at];
    for (uint32_t i = 0, from = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        inputs[at] = from_c(&b, given[from], entry->args[at]->type);
        at++, from++;
        for (uint32_t d = 0; is_strided(arg) && d < arg->type->rank; d++)
            inputs[at++] = load(&b, given[from], d);
        from += is_strided(arg);
    }
    Op *call = build_call(&b, func, inputs, at);
    store_results(&b, func, call, given + first_result);
    finish(c, &b, func, call);
}

/* ------------------------------------------------------------------ the checked function */

static Func *build_run(Compilation *c, Func *func) {
    static const char *names[] = {"slots", "begin", "end"};
    const Type *types[] = {slots_type(c->types), c->types->i64, c->types->i64};
    CArgs args = {names, types, 3};
    Func *run = create(c, func, arena_printf(c->arena, "%s.run", func->name), &args, NULL);
    Builder b = builder_at_end(c->ir, func_entry(run));
    Value *slots = func_entry(run)->args[0];
    Value **inputs = arena_array(c->arena, Value *, func_entry(func)->arg_count + 1);
    slots_load_inputs(&b, slots, func, inputs);
    Op *call = build_call(&b, func, inputs, func_entry(func)->arg_count);
    uint32_t count = header_results_by_address(func);
    Value **places = arena_array(c->arena, Value *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        places[i] = slot_load(&b, slots, slots_first_of_shape(func) + i,
                              type_ptr(c->types, result_item(result_type(func), i), SPACE_GLOBAL));
    store_results(&b, func, call, places);
    build_op(&b, OP_FUNC_RETURN, NULL, 0, NULL, 0, 0);
    return run;
}

static void build_checked(Compilation *c, Func *func, const char *symbol) {
    const Type *address = type_ptr(c->types, c->types->none, SPACE_GLOBAL), *status = c->types->i32;
    CArgs args = room_for(c, func);
    add(&args, "stream", address);
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        add(&args, arg->name, type_is_scalar(arg->type) ? x86_c_type(c->types, arg->type) : address);
    }
    add_results(c, func, &args);
    Func *entry = create(c, func, arena_printf(c->arena, "%s.entry", func->name), &args, status);
    entry->export_name = intern_cstr(c->names, symbol);
    Builder b = builder_at_end(c->ir, func_entry(entry));
    Op *op = build_op(&b, OP_HOST_ENTRY, func_entry(entry)->args, args.count, &status, 1, 0);
    op_set_attr(op, ATTR_KEY_CALLEE, attr_func(c->types, func));
    Value *value = op_result(op, 0);
    build_op(&b, OP_FUNC_RETURN, &value, 1, NULL, 0, 0);
}

static void add_table(Compilation *c, Func *func, Func *run, Name c_name, X86Program *program) {
    KernelInfo none = {0};
    Func shown = *func;
    shown.kernel = &none;
    shown.export_name = c_name;
    LaunchTableEntry entry = {.kernel = &shown, .run = run, .result_count = header_results_by_address(func)};
    DataObject table = launch_table_build(c->arena, c->sources, &entry);
    vec_push(c->arena, &program->data, table);
}

void plain_export(Compilation *c, Func *func, Name c_name, X86Program *program) {
    func->export_name = NULL;
    const char *symbol = header_entry_symbol(c->arena, func, c_name);
    if (!header_takes_tensors(func)) {
        build_bare(c, func, symbol);
        return;
    }
    const char *cpu = arena_printf(c->arena, "%s_cpu", c_name);
    build_bare(c, func, header_entry_symbol(c->arena, func, cpu));
    build_checked(c, func, symbol);
    add_table(c, func, build_run(c, func), c_name, program);
}
