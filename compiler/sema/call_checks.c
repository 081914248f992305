/* What host code checks where it calls a plain function with tensors, as a launch does: dims and sharing. What is wrong
 * for certain was said already; the contracts are asserted where the function begins (emit_where_asserts). */
#include "sema/host.h"
#include "sema/structure.h"

static const Attr *parts_of(FuncState *fs, const char *const *texts, uint32_t count) {
    const Attr *items[16];
    for (uint32_t i = 0; i < count; i++)
        items[i] = attr_string(fs->sema->types, intern_cstr(fs->sema->names, texts[i]));
    return attr_list(fs->sema->types, NULL, items, count);
}

/* Host code checks what a launch would: "K is 64 in x (dim 1) and 32 in w (dim 0)". */
static void assert_extents(FuncState *fs, Value *a, Value *b, const char *between,
                           const char *before, const char *after) {
    Value *operands[] = {build_cmp(&fs->b, "eq", a, b), a, b};
    const char *texts[] = {before, "", between, "", after};
    const Attr *known = value_constant(operands[0]);
    if (known && attr_is_true(known))
        return;
    Op *op = build_op(&fs->b, OP_FUNC_ASSERT, operands, 3, NULL, 0, 0);
    op_set_attr(op, ATTR_KEY_PARTS, parts_of(fs, texts, 5));
}

static void assert_dims(FuncState *fs, const Signature *sig, Value **values) {
    Arena *arena = fs->sema->arena;
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        const ArgSignature *arg = &sig->args[i];
        for (uint32_t k = 0; arg->is_tensor && k < arg->tensor.rank; k++) {
            const ArgDim *dim = &arg->dims[k];
            Value *extent = build_extent(&fs->b, values[i], k);
            if (dim->named >= 0) {
                const NamedDim *named = &sig->dims.items[dim->named];
                if (named->arg == i && named->position == k)
                    continue;
                assert_extents(fs, build_extent(&fs->b, values[named->arg], named->position),
                               extent,
                               arena_printf(arena, " in %s (dim %u) and ",
                                            sig->args[named->arg].name, named->position),
                               arena_printf(arena, "%s is ", named->name),
                               arena_printf(arena, " in %s (dim %u)", arg->name, k));
            } else {
                Value *wanted = dim->arg >= 0 ? values[dim->arg] : build_i64(&fs->b, dim->extent);
                const char *name = dim->arg >= 0 ? sig->args[dim->arg].name : "the size";
                assert_extents(fs, wanted, extent, " and ", arena_printf(arena, "%s is ", name),
                               arena_printf(arena, " in %s (dim %u)", arg->name, k));
            }
        }
    }
}

/* As weft_host_check_sharing() wants it. */
static Value *form_of_view(FuncState *fs, Value *view) {
    uint32_t rank = view->type->rank;
    Value *form[2 + 2 * MAX_RANK];
    form[0] = build_i64(&fs->b, (int64_t)type_size(view->type->element));
    form[1] = build_i64(&fs->b, rank);
    for (uint32_t i = 0; i < rank; i++) {
        form[2 + i] = build_extent(&fs->b, view, i);
        form[2 + rank + i] = build_stride(&fs->b, view, i);
    }
    return i64_list(fs, form, 2 + 2 * rank);
}

static Value *address_of_view(FuncState *fs, Value *view) {
    const Type *type = type_ptr(fs->sema->types, view->type->element, view->type->space);
    return build_typed(&fs->b, OP_MEM_PTR, type, &view, 1);
}

/* A tile says more than it has, and is not asked. */
static void assert_sharing(FuncState *fs, const Signature *sig, Value **values, Span span) {
    for (uint32_t i = 0; i < sig->arg_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const ArgSignature *a = &sig->args[k], *b = &sig->args[i];
            Value *x = values[k], *y = values[i];
            if (!args_are_apart(a, b) || x->type->hangs || y->type->hangs)
                continue;
            const char *message = arena_printf(fs->sema->arena, "%s and %s overlap, and %s is written", a->name, b->name,
                                               b->mode != ARG_READ ? b->name : a->name);
            Value *args[] = {address_of_view(fs, x), form_of_view(fs, x), address_of_view(fs, y), form_of_view(fs, y),
                             string_value(fs, message), location_value(fs, span)};
            runtime_call(fs, "weft_host_check_sharing", NULL, args, 6, span);
        }
    }
}

void assert_call(FuncState *fs, const Signature *sig, Value **values, Span span) {
    assert_dims(fs, sig, values);
    if (fs->context == CONTEXT_HOST)
        assert_sharing(fs, sig, values, span);
}
