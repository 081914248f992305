/* The sentences about functions: their inputs, and what a kernel's launch needs. */
#include "ir/verify_internal.h"

#define ONE_DIM                                                                                    \
    "each dim of an argument is an extent, a dim of the function, or an argument: one of them"

static bool is_level(uint32_t level) {
    return level == LEVEL_HOST || level == LEVEL_KERNEL || level == LEVEL_VECTOR ||
           level == LEVEL_GRAPH;
}

static bool verify_dim(Verifier *v, const Func *func, const FuncArg *arg, uint32_t i) {
    const FuncDim *dim = &arg->dims[i];
    CHECK(v, (dim->extent >= 0) + (dim->dim >= 0) + (dim->arg >= 0) == 1, ONE_DIM);
    CHECK(v, dim->extent < 0 || arg->type->extents[i] == dim->extent,
          "the extent of an argument's dim is the one of its type");
    CHECK(v, dim->dim < 0 || (uint32_t)dim->dim < func->dim_count,
          "an argument's dim is one that the function has");
    if (dim->arg >= 0) {
        CHECK(v, (uint32_t)dim->arg < func->arg_count && type_is_integer(func->args[dim->arg].type),
              "an argument that serves as a dim is an integer");
    }
    return true;
}

static bool verify_args(Verifier *v, const Func *func) {
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        if (!verify_type(v, arg->type))
            return false;
        CHECK(v, arg->mode == FUNC_ARG_READ || arg->type->kind == TYPE_VIEW,
              "a mut or out argument is a view");
        if (arg->type->kind != TYPE_VIEW)
            continue;
        CHECK(v, arg->dims || arg->type->rank == 0, ONE_DIM);
        for (uint32_t k = 0; k < arg->type->rank; k++)
            if (!verify_dim(v, func, arg, k))
                return false;
    }
    return true;
}

static bool verify_entry(Verifier *v, const Func *func) {
    const Block *entry = func_entry(func);
    if (!entry || func->flat)
        return true;
    CHECK(v, entry->arg_count == func->dim_count + func->arg_count,
          "the entry block's arguments are the function's dims, then its arguments");
    for (uint32_t i = 0; i < entry->arg_count; i++) {
        const Type *type =
            i < func->dim_count ? v->module->types->i64 : func->args[i - func->dim_count].type;
        CHECK(v, entry->args[i]->type == type,
              "the entry block's arguments have the types of the function's inputs");
    }
    return true;
}

/* Whether `shape` takes the kernel's dims, then its arguments that are no tensors. */
static bool takes_scalars(const Func *shape, const Func *kernel) {
    uint32_t at = kernel->dim_count, count = func_input_count(shape);
    if (count < at)
        return false;
    for (uint32_t i = 0; i < at; i++)
        if (func_input_type(shape, i) != kernel->module->types->i64)
            return false;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const Type *type = kernel->args[i].type;
        if (type->kind == TYPE_VIEW)
            continue;
        if (at == count || func_input_type(shape, at++) != type)
            return false;
    }
    return at == count;
}

static bool has_results(const Func *func, uint32_t count, const Type *type) {
    for (uint32_t i = 0; i < func->result_count; i++)
        if (func->results[i] != type)
            return false;
    return func->result_count == count;
}

static bool verify_kernel(Verifier *v, const Func *func) {
    const KernelInfo *kernel = func->kernel;
    const Types *types = v->module->types;
    CHECK(v, func->result_count == 0, "a kernel has no results");
    CHECK(v, kernel->over_rank <= 4, "a domain has 1 to 4 sizes");
    if (kernel->shape) {
        CHECK(v, kernel->shape->module == v->module,
              "a kernel's shape is a function of its module");
        CHECK(v, takes_scalars(kernel->shape, func),
              "a kernel's shape takes its dims, then its arguments that are no tensors");
        CHECK(v,
              has_results(kernel->shape, kernel->over_rank ? 2 * kernel->over_rank : 6, types->i64),
              "a kernel's shape gives i64s: begin and end of each size, or grid x y z and block x "
              "y z");
    }
    for (uint32_t i = 0; i < kernel->where_count; i++) {
        const Func *predicate = kernel->where[i].predicate;
        CHECK(v, predicate && predicate->module == v->module,
              "a contract is a function of the kernel's module");
        CHECK(v, takes_scalars(predicate, func) && has_results(predicate, 1, types->boolean),
              "a contract takes the kernel's dims, then its arguments that are no tensors, and "
              "gives a bool");
    }
    return true;
}

bool verify_func_signature(Verifier *v, const Func *func) {
    CHECK(v, is_level(func->level), "a function has one level");
    CHECK(v, func->kind != FUNC_HOST || func->level == LEVEL_HOST,
          "a host function has the host level");
    CHECK(v, (func->kind == FUNC_KERNEL) == (func->kernel != NULL),
          "a kernel, and nothing else, has a launch");
    if (!verify_args(v, func) || !verify_entry(v, func))
        return false;
    for (uint32_t i = 0; i < func->result_count; i++)
        if (!verify_type(v, func->results[i]))
            return false;
    return !func->kernel || verify_kernel(v, func);
}
