/* Whether two tensors that a call is given certainly share an element: views of one tensor, followed back to it.
 * What depends on numbers that only the launch knows is not certain. */
#include "sema/expr.h"
#include "sema/structure.h"

/* The part of a dim of the root: from `start + added` on, `size` long. */
typedef struct Range {
    const Value *start; /* NULL: 0 */
    int64_t added, size; /* EXTENT_DYNAMIC: not known */
    bool whole, unknown;
} Range;

typedef struct Part {
    const Value *root;
    Range ranges[MAX_RANK];
    uint32_t dims[MAX_RANK]; /* which of the root's each dim of the view is */
    bool unknown;
} Part;

static Part whole_part(const Value *root) {
    Part part = {.root = root};
    for (uint32_t i = 0; i < root->type->rank; i++) {
        part.ranges[i] = (Range){.size = root->type->extents[i], .whole = true};
        part.dims[i] = i;
    }
    return part;
}

static bool is_whole(const Part *part) {
    for (uint32_t i = 0; i < part->root->type->rank; i++)
        if (!part->ranges[i].whole)
            return false;
    return !part->unknown;
}

static void move_start(Range *range, const Value *start) {
    int64_t added;
    const Value *base = index_base(start, &added);
    const Attr *constant = value_constant(base);
    if (constant) {
        added = (int64_t)((uint64_t)added + (uint64_t)attr_as_i64(constant));
        base = NULL;
    }
    range->unknown |= base && range->start;
    range->start = base ? base : range->start;
    range->added = (int64_t)((uint64_t)range->added + (uint64_t)added);
}

static bool covers(const Value *start, const Value *size, const Value *view, uint32_t dim) {
    const Attr *first = value_constant(start), *known = value_constant(size);
    int64_t extent = view->type->extents[dim];
    if (!first || attr_as_i64(first) != 0)
        return false;
    const Op *asked = size->op;
    bool is_extent = asked && asked->code == OP_MEM_EXTENT && op_operand(asked, 0) == view &&
                     attr_as_i64(op_attr(asked, ATTR_KEY_DIM)) == dim;
    return is_extent || (known && attr_as_i64(known) == extent);
}

static Part part_of(const Value *view);

static Part part_of_subview(const Op *op) {
    const Value *from = op_operand(op, 0);
    const Attr *kept = op_attr(op, ATTR_KEY_DIMS);
    Part source = part_of(from), part = source;
    uint32_t rank = from->type->rank, k = 0;
    for (uint32_t d = 0; d < rank; d++) {
        Range *range = &part.ranges[source.dims[d]];
        const Value *start = op_operand(op, 1 + d);
        bool stays = k < kept->len && attr_as_i64(kept->items[k]) == d;
        const Value *size = stays ? op_operand(op, 1 + rank + k) : NULL;
        const Attr *known = size ? value_constant(size) : NULL;
        if (stays)
            part.dims[k++] = source.dims[d];
        if (stays && covers(start, size, from, d))
            continue;
        range->whole = false;
        range->size = !stays ? 1 : known ? attr_as_i64(known) : EXTENT_DYNAMIC;
        move_start(range, start);
    }
    part.unknown |= op_result(op, 0)->type->hangs;
    return part;
}

static Part part_of(const Value *view) {
    const Op *op = view->op;
    if (op && op->code == OP_MEM_SUBVIEW)
        return part_of_subview(op);
    bool other = op && (op->code == OP_MEM_TRANSPOSE || op->code == OP_MEM_RESHAPE || op->code == OP_MEM_VIEW_BITCAST);
    if (!other)
        return whole_part(view);
    Part part = part_of(op_operand(op, 0));
    uint32_t rank = view->type->rank;
    if (op->code != OP_MEM_TRANSPOSE) {
        part.unknown = !is_whole(&part);
        return part;
    }
    uint32_t turned[MAX_RANK];
    for (uint32_t i = 0; i < rank; i++)
        turned[i] = part.dims[rank - 1 - i];
    memcpy(part.dims, turned, sizeof turned);
    return part;
}

static bool ranges_meet(const Range *a, const Range *b) {
    if (a->whole || b->whole)
        return a->whole && b->whole ? true : (a->whole ? b : a)->size > 0;
    if (a->unknown || b->unknown || a->size <= 0 || b->size <= 0)
        return false;
    bool same = a->start == b->start || (a->start && b->start && computed_alike(a->start, b->start));
    const Range *first = a->added <= b->added ? a : b, *second = first == a ? b : a;
    return same && (uint64_t)second->added - (uint64_t)first->added < (uint64_t)first->size;
}

bool views_share(const Value *x, const Value *y) {
    Part a = part_of(x), b = part_of(y);
    if (a.root != b.root || a.unknown || b.unknown)
        return false;
    for (uint32_t i = 0; i < a.root->type->rank; i++)
        if (!ranges_meet(&a.ranges[i], &b.ranges[i]))
            return false;
    return true;
}
