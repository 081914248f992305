/* Tensors: elements, slices, attributes. An index for each dim is a place; fewer indices, or
 * slices, are a view of the same memory (views.c has the rest of those, tensor_memory.c loads and
 * stores). */
#include "sema/expr.h"
#include "sema/structure.h"

const char *operand_root(const Operand *operand) {
    if (operand->root)
        return operand->root;
    return operand->node && operand->node->kind == NODE_NAME ? operand->node->name : "the tensor";
}

/* ------------------------------------------------------------------ indices */

/* What dim `dim` of an argument is called: "N"; NULL for others. */
static const char *dim_name(FuncState *fs, const Value *view, uint32_t dim) {
    const Func *func = fs->func;
    for (uint32_t i = 0; func && func->body && i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        if (func_arg(func, i) != view || !arg->dims || dim >= arg->type->rank)
            continue;
        if (arg->dims[dim].dim >= 0 && strcmp(func->dims[arg->dims[dim].dim].name, "_") != 0)
            return func->dims[arg->dims[dim].dim].name;
        if (arg->dims[dim].arg >= 0)
            return func->args[arg->dims[dim].arg].name;
    }
    return NULL;
}

/* What is to be written in the place of an index: "x[i, N-1]" with what stands before it where it is the last one. */
static const char *closing_index(FuncState *fs, const Node *base, const Node *index, const char *meant) {
    const char *before = source_text(fs->sema, (Span){base->span.file, base->span.start, index->span.end});
    const char *behind = source_text(fs->sema, (Span){index->span.file, index->span.end, index->span.end + 1});
    size_t len = strlen(before) - strlen(source_text(fs->sema, index->span));
    bool is_last = strcmp(behind, "]") == 0;
    return is_last ? arena_printf(fs->sema->arena, "%.*s%s]", (int)len, before, meant) : meant;
}

/* `tile`: how long a tile is whose number this is; 0 for an index. */
static void report_negative(FuncState *fs, const Node *node, const Operand *base, uint32_t dim,
                            __int128 index, int64_t tile) {
    const char *root = node_text(fs, base->node);
    const char *name = base->kind == OPERAND_VALUE ? dim_name(fs, base->value, dim) : NULL;
    const char *extent = name ? name : arena_printf(fs->sema->arena, "%s.shape[%u]", root, dim);
    if (tile)
        extent = arena_printf(fs->sema->arena, "ceildiv(%s, %lld)", extent, (long long)tile);
    const char *meant = arena_printf(fs->sema->arena, "%s-%lld", extent, (long long)-index);
    const char *whole = closing_index(fs, base->node, node, meant);
    diag_fix(diag(fs->sema->diags, node->span, W0400, (long long)index, whole), node->span, "%s", meant);
}

static Value *check_counter(FuncState *fs, const Node *node, const Operand *base, uint32_t dim,
                            bool bounded, int64_t tile) {
    Types *types = fs->sema->types;
    Operand index = check_expr(fs, node, NULL);
    if (index.kind == OPERAND_POISON)
        return NULL;
    if (index.kind == OPERAND_CONST && index.constant->kind == ATTR_LITERAL_INT &&
        index.constant->wide < 0 && !bounded) {
        report_negative(fs, node, base, dim, index.constant->wide, tile);
        return NULL;
    }
    const Type *type = operand_type(fs, &index);
    if (type && !type_is_literal(type) &&
        !(type_is_integer(type) && type_widens(type, types->i64))) {
        if (told_in_function(fs, W0402, intern_cstr(fs->sema->names, node_text(fs, node)), node->span))
            return NULL;
        Diag *d = diag(fs->sema->diags, node->span, W0402, operand_type_text(fs, &index));
        if (type_is_numeric(type))
            diag_fix(d, node->span, "int(%s)", node_text(fs, node));
        return NULL;
    }
    return operand_coerce(fs, &index, types->i64, "an index");
}

Value *check_index_value(FuncState *fs, const Node *node, const Operand *base, uint32_t dim,
                         bool bounded) {
    return check_counter(fs, node, base, dim, bounded, 0);
}

Value *check_tile_number(FuncState *fs, const Node *node, const Operand *base, uint32_t dim, int64_t tile) {
    return check_counter(fs, node, base, dim, false, tile);
}

static bool is_full_slice(const Node *item) {
    return item->kind == NODE_SLICE && !item->slice.start && !item->slice.stop;
}

/* ------------------------------------------------------------------ subviews */

static int64_t static_extent(const Value *size) {
    const Attr *constant = value_constant(size);
    return constant && attr_as_i64(constant) >= 0 ? attr_as_i64(constant) : EXTENT_DYNAMIC;
}

Value *build_subview(FuncState *fs, Value *view, Value *const *starts, const uint32_t *kept,
                     Value *const *sizes, uint32_t kept_count, Layout layout, bool hangs) {
    Types *types = fs->sema->types;
    uint32_t rank = view->type->rank, count = 0;
    Value *operands[1 + 2 * MAX_RANK];
    const Attr *dims[MAX_RANK];
    int64_t extents[MAX_RANK];
    operands[count++] = view;
    for (uint32_t i = 0; i < rank; i++)
        operands[count++] = starts[i];
    for (uint32_t i = 0; i < kept_count; i++) {
        operands[count++] = sizes[i];
        dims[i] = attr_i64(types, kept[i]);
        extents[i] = static_extent(sizes[i]);
    }
    const Type *type =
        type_view(types, view->type->element, kept_count, extents, layout, view->type->space);
    if (hangs)
        type = type_hanging(types, type);
    return build_typed_attr(&fs->b, OP_MEM_SUBVIEW, type, operands, count, ATTR_KEY_DIMS,
                            attr_list(types, NULL, dims, kept_count));
}

Value *build_element_view(FuncState *fs, Value *view, Value *const *indices) {
    return build_subview(fs, view, indices, NULL, NULL, 0, LAYOUT_ROW_MAJOR, false);
}

Operand operand_of_view(Value *view, const Operand *base, const Node *node) {
    Operand operand = operand_of_value(view, node);
    operand.writable = base->writable;
    operand.root = operand_root(base);
    return operand;
}

/* Row-major where the type shows it: leading indices, then perhaps a slice of the first dim that is
 * left. */
static Layout subview_layout(const Type *type, const NodeList *items) {
    if (type->layout != LAYOUT_ROW_MAJOR)
        return type->rank == 1 && type->layout == LAYOUT_COL_MAJOR ? LAYOUT_ROW_MAJOR
                                                                   : LAYOUT_STRIDED;
    uint32_t i = 0;
    while (i < items->len && items->items[i]->kind != NODE_SLICE)
        i++;
    for (i++; i < items->len; i++)
        if (!is_full_slice(items->items[i]))
            return LAYOUT_STRIDED;
    return LAYOUT_ROW_MAJOR;
}

/* Shared operands are compared once for each way to them, so only a few steps are taken. */
static bool alike_within(const Value *a, const Value *b, uint32_t *steps) {
    if (a == b)
        return true;
    if (*steps == 0)
        return false;
    --*steps;
    const Op *x = a->op, *y = b->op;
    bool alike = x && y && x->code == y->code && op_has(x, PURE) && x->region_count == 0 && a->type == b->type &&
                 x->operand_count == y->operand_count && x->attr_count == y->attr_count;
    for (uint32_t i = 0; alike && i < x->attr_count; i++)
        alike = x->attrs[i].key == y->attrs[i].key && x->attrs[i].attr == y->attrs[i].attr;
    for (uint32_t i = 0; alike && i < x->operand_count; i++)
        alike = alike_within(op_operand(x, i), op_operand(y, i), steps);
    return alike;
}

bool computed_alike(const Value *a, const Value *b) {
    uint32_t steps = 256;
    return alike_within(a, b, &steps);
}

const Value *index_base(const Value *value, int64_t *added) {
    const Op *op = value->op;
    *added = 0;
    if (!op || (op->code != OP_ARITH_ADD && op->code != OP_ARITH_SUB))
        return value;
    const Attr *right = value_constant(op_operand(op, 1));
    const Attr *left = op->code == OP_ARITH_ADD ? value_constant(op_operand(op, 0)) : NULL;
    if (!right && !left)
        return value;
    *added = attr_as_i64(right ? right : left);
    if (op->code == OP_ARITH_SUB)
        *added = (int64_t)(0 - (uint64_t)*added);
    return op_operand(op, right ? 0 : 1);
}

/* stop - start, not below 0: of x[i:i+4] it is 4, whatever i is. */
static Value *slice_length(FuncState *fs, Value *start, Value *stop) {
    int64_t before, after;
    const Value *a = index_base(start, &before), *b = index_base(stop, &after);
    Value *zero = build_i64(&fs->b, 0);
    if (!computed_alike(a, b))
        return build2(&fs->b, OP_ARITH_MAX, build2(&fs->b, OP_ARITH_SUB, stop, start), zero);
    int64_t length = (int64_t)((uint64_t)after - (uint64_t)before);
    return length > 0 ? build_i64(&fs->b, length) : zero;
}

/* a:b of dim `dim`: its start and its size. */
static bool check_slice(FuncState *fs, const Node *item, const Operand *base, uint32_t dim,
                        Value **start, Value **size) {
    if (item->slice.step) {
        diag(fs->sema->diags, item->slice.step->span, W0403);
        return false;
    }
    *start = item->slice.start ? check_index_value(fs, item->slice.start, base, dim, false)
                               : build_i64(&fs->b, 0);
    Value *stop = !*start            ? NULL
                  : item->slice.stop ? check_index_value(fs, item->slice.stop, base, dim, false)
                                     : build_extent(&fs->b, base->value, dim);
    if (!stop)
        return false;
    const Attr *first = value_constant(*start);
    *size = stop;
    if (first && attr_as_i64(first) == 0)
        return true;
    *size = slice_length(fs, *start, stop);
    return true;
}

static bool has_slices(const NodeList *items) {
    for (uint32_t i = 0; i < items->len; i++)
        if (items->items[i]->kind == NODE_SLICE)
            return true;
    return false;
}

static Operand index_view(FuncState *fs, const Node *node, const Operand *base) {
    const NodeList *items = &node->index.items;
    const Type *type = base->value->type;
    Value *starts[MAX_RANK], *sizes[MAX_RANK];
    uint32_t kept[MAX_RANK], kept_count = 0;
    for (uint32_t i = 0; i < type->rank; i++) {
        if (i < items->len && items->items[i]->kind != NODE_SLICE) {
            starts[i] = check_index_value(fs, items->items[i], base, i, false);
            if (!starts[i])
                return operand_poison(node);
            continue;
        }
        kept[kept_count] = i;
        if (i < items->len && !is_full_slice(items->items[i])) {
            if (!check_slice(fs, items->items[i], base, i, &starts[i], &sizes[kept_count]))
                return operand_poison(node);
        } else if (i < items->len && items->items[i]->slice.step) {
            diag(fs->sema->diags, items->items[i]->slice.step->span, W0403);
            return operand_poison(node);
        } else {
            starts[i] = build_i64(&fs->b, 0);
            sizes[kept_count] = build_extent(&fs->b, base->value, i);
        }
        kept_count++;
    }
    fs->b.span = node->span;
    Value *view = build_subview(fs, base->value, starts, kept, sizes, kept_count,
                                subview_layout(type, items), type->hangs);
    return operand_of_view(view, base, node);
}

static const char *why_read_only(const FuncState *fs, const Operand *base, const Variable *root) {
    const char *why = root && root->kind == VARIABLE_ARG ? "is not mut"
                      : root && root->owner != fs        ? "belongs to the function around it, which lends it to read"
                                                         : "is a view of a tensor that is not mut";
    return arena_printf(fs->sema->arena, "%s %s", operand_root(base), why);
}

static Operand index_element(FuncState *fs, const Node *node, const Operand *base, Variable *root) {
    const Type *type = base->value->type;
    Place *place = arena_new(fs->sema->arena, Place);
    place->view = base->value;
    place->index_count = type->rank;
    place->indices = arena_array(fs->sema->arena, Value *, type->rank);
    for (uint32_t i = 0; i < type->rank; i++) {
        place->indices[i] = check_index_value(fs, node->index.items.items[i], base, i, false);
        if (!place->indices[i])
            return operand_poison(node);
    }
    place->writable = base->writable;
    place->root = root;
    if (!place->writable)
        place->why_not = why_read_only(fs, base, root);
    return (Operand){.kind = OPERAND_PLACE, .type = type->element, .node = node, .place = place};
}

Operand tensor_index(FuncState *fs, const Node *node, const Operand *tensor) {
    const NodeList *items = &node->index.items;
    Operand base = *tensor;
    Variable *root = tensor->kind == OPERAND_PLACE ? tensor->place->variable : NULL;
    base.value = operand_value(fs, tensor);
    if (!base.value)
        return operand_poison(node);
    base.kind = OPERAND_VALUE;
    const Type *type = base.value->type;
    for (uint32_t i = 0; i < items->len; i++) {
        if (items->items[i]->kind == NODE_KEYWORD) {
            diag(fs->sema->diags, items->items[i]->span, W0415);
            return operand_poison(node);
        }
    }
    if (items->len > type->rank) {
        diag(fs->sema->diags, node->span, W0401, operand_root(&base), type->rank,
             type->rank == 1 ? "" : "s", items->len, items->len == 1 ? "ex" : "ices");
        return operand_poison(node);
    }
    if (items->len == type->rank && !has_slices(items))
        return index_element(fs, node, &base, root);
    return index_view(fs, node, &base);
}

/* ------------------------------------------------------------------ attributes */

static Operand dims_tuple(FuncState *fs, const Node *node, Value *view, bool strides) {
    uint32_t rank = view->type->rank;
    Operand tuple = {.kind = OPERAND_TUPLE, .node = node, .item_count = rank};
    tuple.items = arena_array(fs->sema->arena, Operand, rank ? rank : 1);
    for (uint32_t i = 0; i < rank; i++)
        tuple.items[i] = operand_of_value(
            strides ? build_stride(&fs->b, view, i) : build_extent(&fs->b, view, i), node);
    return tuple;
}

static Value *size_of(FuncState *fs, Value *view) {
    Value *size = build_i64(&fs->b, 1);
    for (uint32_t i = 0; i < view->type->rank; i++) {
        Value *extent = build_extent(&fs->b, view, i);
        size = i ? build2(&fs->b, OP_ARITH_MUL, size, extent) : extent;
    }
    return size;
}

static const char *const methods[] = {"tile", "load", "store", "reshape", "transpose", "bitcast"};
static const char *const attributes[] = {"shape", "strides", "rank", "size", "ptr"};

enum {
    METHODS = sizeof methods / sizeof *methods,
    ATTRIBUTES = sizeof attributes / sizeof *attributes
};

static Operand report_attribute(FuncState *fs, const Node *node, const Operand *base) {
    Name name = node->attribute.name;
    const char *best = NULL;
    size_t limit = name_len(name) / 3 + 1;
    for (uint32_t i = 0; i < METHODS + ATTRIBUTES; i++) {
        const char *word = i < METHODS ? methods[i] : attributes[i - METHODS];
        size_t distance = edit_distance(name, word, limit);
        if (distance <= limit && (!best || distance < limit)) {
            best = word;
            limit = distance;
        }
    }
    if (strcmp(name, "length") == 0 || strcmp(name, "len") == 0)
        best = "size";
    Diag *d = diag(fs->sema->diags, node->attribute.name_span, W0405, operand_root(base), name);
    if (best)
        diag_fix(d, node->attribute.name_span, "%s", best);
    return operand_poison(node);
}

Operand tensor_attribute(FuncState *fs, const Node *node, const Operand *base) {
    Name name = node->attribute.name;
    for (uint32_t i = 0; i < METHODS; i++) {
        if (strcmp(name, methods[i]) == 0) {
            Operand *receiver = arena_copy(fs->sema->arena, base, sizeof *base);
            return (Operand){
                .kind = OPERAND_METHOD, .node = node, .receiver = receiver, .name = name};
        }
    }
    Value *view = operand_value(fs, base);
    if (!view)
        return operand_poison(node);
    fs->b.span = node->span;
    if (strcmp(name, "shape") == 0 || strcmp(name, "strides") == 0)
        return dims_tuple(fs, node, view, name[1] == 't');
    if (strcmp(name, "rank") == 0)
        return operand_of_value(build_i64(&fs->b, view->type->rank), node);
    if (strcmp(name, "size") == 0)
        return operand_of_value(size_of(fs, view), node);
    if (strcmp(name, "ptr") == 0) {
        const Type *type = type_ptr(fs->sema->types, view->type->element, view->type->space);
        return operand_of_value(build_typed(&fs->b, OP_MEM_PTR, type, &view, 1), node);
    }
    return report_attribute(fs, node, base);
}
