/* Functions. */
#include "ir/func.h"

#include "base/diag.h"
#include "ir/op.h"

#include <string.h>

static uint32_t default_level(FuncKind kind) {
    return kind == FUNC_HOST ? LEVEL_HOST : LEVEL_KERNEL;
}

static FuncArg *copy_args(Arena *arena, const FuncArg *args, uint32_t count) {
    FuncArg *copy = arena_copy(arena, args, sizeof *args * count);
    for (uint32_t i = 0; i < count; i++)
        if (args[i].dims && args[i].type->kind == TYPE_VIEW)
            copy[i].dims = arena_copy(arena, args[i].dims, sizeof(FuncDim) * args[i].type->rank);
    return copy;
}

static void make_entry(Func *func) {
    Module *module = func->module;
    Block *entry = block_create(module);
    for (uint32_t i = 0; i < func->dim_count; i++)
        block_add_arg(module, entry, module->types->i64)->name = func->dims[i].name;
    for (uint32_t i = 0; i < func->arg_count; i++)
        block_add_arg(module, entry, func->args[i].type)->name = func->args[i].name;
    region_append(func->body, entry);
}

static void append_func(Module *module, Func *func) {
    if (module->last)
        module->last->next = func;
    else
        module->first = func;
    module->last = func;
}

Func *func_create(Module *module, FuncKind kind, Name name, const FuncDimName *dims,
                  uint32_t dim_count, const FuncArg *args, uint32_t arg_count,
                  const Type *const *results, uint32_t result_count) {
    Arena *arena = module->arena;
    Func *func = arena_new(arena, Func);
    func->module = module;
    func->name = func->shown = name;
    func->kind = kind;
    func->level = default_level(kind);
    func->dims = arena_copy(arena, dims, sizeof *dims * dim_count);
    func->dim_count = dim_count;
    func->args = copy_args(arena, args, arg_count);
    func->arg_count = arg_count;
    func->results = arena_copy(arena, results, sizeof *results * result_count);
    func->result_count = result_count;
    if (kind == FUNC_KERNEL)
        func->kernel = arena_new(arena, KernelInfo);
    func->body = arena_new(arena, Region);
    func->body->func = func;
    make_entry(func);
    append_func(module, func);
    return func;
}

void func_erase(Func *func) {
    Module *module = func->module;
    Func *previous = NULL;
    MODULE_FOR_EACH_FUNC (f, module) {
        if (f == func)
            break;
        previous = f;
    }
    if (previous)
        previous->next = func->next;
    else
        module->first = func->next;
    if (module->last == func)
        module->last = previous;
    func->next = NULL;
}

Block *func_entry(const Func *func) {
    return func->body ? func->body->first : NULL;
}

Value *func_dim(const Func *func, uint32_t i) {
    if (func->flat || i >= func->dim_count)
        weft_bug("func_dim(%u) of %s, which has no such dim", i, func->name);
    return func_entry(func)->args[i];
}

Value *func_arg(const Func *func, uint32_t i) {
    if (func->flat || i >= func->arg_count)
        weft_bug("func_arg(%u) of %s, which has no such argument", i, func->name);
    return func_entry(func)->args[func->dim_count + i];
}

uint32_t func_input_count(const Func *func) {
    return func_entry(func) ? func_entry(func)->arg_count : func->dim_count + func->arg_count;
}

const Type *func_input_type(const Func *func, uint32_t i) {
    if (func_entry(func))
        return func_entry(func)->args[i]->type;
    return i < func->dim_count ? func->module->types->i64 : func->args[i - func->dim_count].type;
}

/* ------------------------------------------------------------------ launches of other shapes */

typedef struct LaunchSearch {
    const Func *kernel;
    bool overridden;
} LaunchSearch;

static void look_at_launch(Op *op, void *context) {
    LaunchSearch *search = context;
    if (op->code != OP_HOST_LAUNCH)
        return;
    const Attr *callee = op_attr(op, ATTR_KEY_CALLEE), *override = op_attr(op, ATTR_KEY_OVERRIDE);
    if (callee && callee->func == search->kernel && override && strstr(override->string, "block"))
        search->overridden = true;
}

bool kernel_block_is_overridden(const Func *kernel) {
    LaunchSearch search = {.kernel = kernel};
    MODULE_FOR_EACH_FUNC (func, kernel->module)
        if (func->body && func->level == LEVEL_HOST)
            region_walk(func->body, look_at_launch, &search);
    return search.overridden;
}
