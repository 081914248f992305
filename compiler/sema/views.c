/* x.tile[BM, BN](bi, bj), x.reshape(...), x.transpose(), x.bitcast[U](): other views of the same
 * memory. */
#include "sema/expr.h"

static Value *read_view(FuncState *fs, const Operand *method, const Node *call) {
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, arg->keyword.name_span, W0334, method->name, arg->keyword.name);
            return NULL;
        }
    }
    return operand_value(fs, method->receiver);
}

bool wants_arguments(FuncState *fs, const Operand *method, const Node *call, uint32_t count) {
    if (call->call.args.len == count)
        return true;
    diag(fs->sema->diags, call->span, W0336, method->name, count, count == 1 ? "" : "s",
         call->call.args.len);
    return false;
}

/* ------------------------------------------------------------------ tile */

static bool tile_sizes(FuncState *fs, const Operand *method, const Node *call, uint32_t rank,
                       int64_t *sizes) {
    const Node *params = method->params_node;
    uint32_t count = params ? params->index.items.len : 0;
    if (count != rank) {
        diag(fs->sema->diags, call->span, W0413, operand_root(method->receiver), rank,
             rank == 1 ? "" : "s", count);
        return false;
    }
    for (uint32_t i = 0; i < rank; i++) {
        if (!int_parameter(fs, params->index.items.items[i], "the size of a tile", &sizes[i]))
            return false;
        if (sizes[i] < 0) {
            diag(fs->sema->diags, params->index.items.items[i]->span, W0411, (long long)sizes[i]);
            return false;
        }
    }
    return true;
}

/* A tile may hang over the end of its tensor: it keeps where that is, for bounded loads and stores. */
Operand tensor_tile(FuncState *fs, const Operand *method, const Node *call) {
    Value *view = read_view(fs, method, call);
    if (!view)
        return operand_poison(call);
    uint32_t rank = view->type->rank, kept[MAX_RANK];
    int64_t asked[MAX_RANK];
    if (!tile_sizes(fs, method, call, rank, asked) || !wants_arguments(fs, method, call, rank))
        return operand_poison(call);
    Operand base = *method->receiver;
    base.value = view;
    base.kind = OPERAND_VALUE;
    Value *starts[MAX_RANK], *sizes[MAX_RANK];
    for (uint32_t i = 0; i < rank; i++) {
        Value *index = check_tile_number(fs, call->call.args.items[i], &base, i, asked[i]);
        if (!index)
            return operand_poison(call);
        sizes[i] = build_i64(&fs->b, asked[i]);
        starts[i] = build2(&fs->b, OP_ARITH_MUL, index, sizes[i]);
        kept[i] = i;
    }
    fs->b.span = call->span;
    bool row = rank == 1 && view->type->layout != LAYOUT_STRIDED;
    Value *tile =
        build_subview(fs, view, starts, kept, sizes, rank, row ? LAYOUT_ROW_MAJOR : LAYOUT_STRIDED, true);
    return operand_of_view(tile, &base, call);
}

/* ------------------------------------------------------------------ reshape, transpose, bitcast */

static int64_t static_size(const Type *view) {
    int64_t size = 1;
    for (uint32_t i = 0; i < view->rank; i++) {
        if (view->extents[i] == EXTENT_DYNAMIC)
            return EXTENT_DYNAMIC;
        size *= view->extents[i];
    }
    return size;
}

static bool is_contiguous(FuncState *fs, const Operand *method, const Value *view,
                          const Node *call) {
    if (view->type->layout == LAYOUT_ROW_MAJOR ||
        (view->type->rank == 1 && view->type->layout == LAYOUT_COL_MAJOR))
        return true;
    diag(fs->sema->diags, call->span, W0414, method->name, operand_root(method->receiver),
         view->type->layout == LAYOUT_STRIDED ? "strided" : "col_major");
    return false;
}

/* Of the same memory: in its space, and hanging over its end as `view` does. */
static const Type *view_like(FuncState *fs, const Type *view, const Type *element, uint32_t rank, const int64_t *extents,
                             Layout layout) {
    const Type *type = type_view(fs->sema->types, element, rank, extents, layout, view->space);
    return view->hangs ? type_hanging(fs->sema->types, type) : type;
}

Operand tensor_reshape(FuncState *fs, const Operand *method, const Node *call) {
    Value *view = read_view(fs, method, call);
    if (!view || !is_contiguous(fs, method, view, call))
        return operand_poison(call);
    uint32_t rank = call->call.args.len;
    if (rank > MAX_RANK) {
        diag(fs->sema->diags, call->span, W0410, MAX_RANK);
        return operand_poison(call);
    }
    Value *operands[MAX_RANK + 1] = {view};
    int64_t extents[MAX_RANK];
    for (uint32_t i = 0; i < rank; i++) {
        operands[i + 1] = check_value(fs, call->call.args.items[i], fs->sema->types->i64, "a dim");
        if (!operands[i + 1])
            return operand_poison(call);
        const Attr *constant = value_constant(operands[i + 1]);
        extents[i] = constant ? attr_as_i64(constant) : EXTENT_DYNAMIC;
        if (constant && extents[i] < 0) {
            diag(fs->sema->diags, call->call.args.items[i]->span, W0434, (long long)extents[i]);
            return operand_poison(call);
        }
    }
    const Type *type = view_like(fs, view->type, view->type->element, rank, extents, LAYOUT_ROW_MAJOR);
    int64_t before = static_size(view->type), after = static_size(type);
    if (before != EXTENT_DYNAMIC && after != EXTENT_DYNAMIC && before != after) {
        diag(fs->sema->diags, call->span, W0416, operand_root(method->receiver), (long long)before,
             (long long)after);
        return operand_poison(call);
    }
    fs->b.span = call->span;
    return operand_of_view(build_typed(&fs->b, OP_MEM_RESHAPE, type, operands, rank + 1),
                           method->receiver, call);
}

Operand tensor_transpose(FuncState *fs, const Operand *method, const Node *call) {
    Value *view = read_view(fs, method, call);
    if (!view || !wants_arguments(fs, method, call, 0))
        return operand_poison(call);
    const Type *type = view->type;
    if (type->rank < 2)
        return operand_of_view(view, method->receiver, call);
    int64_t extents[MAX_RANK];
    for (uint32_t i = 0; i < type->rank; i++)
        extents[i] = type->extents[type->rank - 1 - i];
    Layout layout = type->layout == LAYOUT_STRIDED     ? LAYOUT_STRIDED
                    : type->layout == LAYOUT_ROW_MAJOR ? LAYOUT_COL_MAJOR
                                                       : LAYOUT_ROW_MAJOR;
    fs->b.span = call->span;
    const Type *turned = view_like(fs, type, type->element, type->rank, extents, layout);
    return operand_of_view(build_typed(&fs->b, OP_MEM_TRANSPOSE, turned, &view, 1), method->receiver, call);
}

Operand tensor_bitcast(FuncState *fs, const Operand *method, const Node *call) {
    Value *view = read_view(fs, method, call);
    const Type *to = view ? type_parameter(fs, method->params_node, 0, "bitcast") : NULL;
    if (!to || !is_contiguous(fs, method, view, call) || !wants_arguments(fs, method, call, 0))
        return operand_poison(call);
    const Type *type = view->type;
    int64_t from_size = (int64_t)type_size(type->element), to_size = (int64_t)type_size(to);
    if (!type_is_scalar(to) || !type_is_scalar(type->element) ||
        (type->rank == 0 && from_size != to_size)) {
        diag(fs->sema->diags, call->span, W0321, type_source(fs->sema->arena, type),
             type_source(fs->sema->arena, to));
        return operand_poison(call);
    }
    int64_t extents[MAX_RANK];
    for (uint32_t i = 0; i < type->rank; i++)
        extents[i] = type->extents[i];
    if (type->rank && extents[type->rank - 1] != EXTENT_DYNAMIC) {
        int64_t bytes = extents[type->rank - 1] * from_size;
        if (bytes % to_size) {
            diag(fs->sema->diags, call->span, W0417, (long long)extents[type->rank - 1],
                 type->element->name, to->name);
            return operand_poison(call);
        }
        extents[type->rank - 1] = bytes / to_size;
    }
    const Type *cast = view_like(fs, type, to, type->rank, extents, LAYOUT_ROW_MAJOR);
    fs->b.span = call->span;
    return operand_of_view(build_typed(&fs->b, OP_MEM_VIEW_BITCAST, cast, &view, 1),
                           method->receiver, call);
}
