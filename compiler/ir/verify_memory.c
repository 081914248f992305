/* The sentences about memory: views, what makes them, and pointers. */
#include "ir/verify_internal.h"

bool are_i64(const Op *op, uint32_t first, uint32_t count) {
    if (op->operand_count < first + count)
        return false;
    for (uint32_t i = first; i < first + count; i++)
        if (type_of(op, i)->kind != TYPE_I64)
            return false;
    return true;
}

/* An element, or a vector of elements. */
static bool is_access(const Type *type, const Type *element) {
    return type == element ||
           (type->kind == TYPE_VECTOR && type->element == type_scalar_of(element));
}

/* operands[at] is a view, and the rest an i64 for each of its dims. */
static bool verify_place(Verifier *v, const Op *op, uint32_t at) {
    CHECK(v, op->operand_count > at && type_of(op, at)->kind == TYPE_VIEW, "the place is a view");
    CHECK(v,
          op->operand_count == at + 1 + type_of(op, at)->rank &&
              are_i64(op, at + 1, type_of(op, at)->rank),
          "behind the view stands an i64 index for each of its dims");
    return true;
}

/* `type` is what is loaded or stored there. */
static bool verify_access(Verifier *v, const Op *op, uint32_t at, const Type *type) {
    const Type *view = type_of(op, at);
    CHECK(v, is_access(type, view->element),
          "what is loaded or stored is the view's element, or a vector of elements");
    CHECK(v, type == view->element || view->rank > 0,
          "a view of rank 0 is loaded and stored whole");
    return true;
}

static bool verify_atomic_type(Verifier *v, const Op *op, uint32_t at, const Type *element) {
    for (uint32_t i = 0; i < at; i++)
        CHECK(v, type_of(op, i) == element,
              "an atomic's values have the type of the place's element");
    CHECK(v, op->result_count == 0 || result_of(op) == element,
          "an atomic gives the place's element");
    CHECK(v, type_is_scalar(element), "an atomic works on a scalar");
    return true;
}

static bool verify_view_access(Verifier *v, const Op *op) {
    switch (op->code) {
    case OP_MEM_LOAD: return verify_place(v, op, 0) && verify_access(v, op, 0, result_of(op));
    case OP_MEM_STORE:
    case OP_MEM_STORE_BOUNDED:
        return verify_place(v, op, 1) && verify_access(v, op, 1, type_of(op, 0));
    case OP_MEM_LOAD_BOUNDED:
        if (!verify_place(v, op, 1) || !verify_access(v, op, 1, result_of(op)))
            return false;
        CHECK(v,
              type_of(op, 0) == type_scalar_of(type_of(op, 1)->element) ||
                  type_of(op, 0) == type_of(op, 1)->element,
              "what is read outside is an element");
        return true;
    case OP_MEM_ATOMIC:
    case OP_MEM_ATOMIC_STORE:
        return verify_place(v, op, 1) && verify_atomic_type(v, op, 1, type_of(op, 1)->element);
    case OP_MEM_ATOMIC_CAS:
        return verify_place(v, op, 2) && verify_atomic_type(v, op, 2, type_of(op, 2)->element);
    case OP_MEM_ATOMIC_LOAD:
        return verify_place(v, op, 0) && verify_atomic_type(v, op, 0, type_of(op, 0)->element);
    default: return true;
    }
}

static uint32_t dynamic_dims(const Type *view) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->rank; i++)
        count += view->extents[i] == EXTENT_DYNAMIC;
    return count;
}

static bool verify_make_view(Verifier *v, const Op *op) {
    const Type *view = result_of(op);
    CHECK(v, view->kind == TYPE_VIEW && op->operand_count && type_of(op, 0)->kind == TYPE_PTR,
          "a view is made from a pointer");
    CHECK(v, !view->hangs, "a view from a pointer does not hang");
    CHECK(v, type_of(op, 0)->element == view->element && type_of(op, 0)->space == view->space,
          "the pointer has the view's element and space");
    uint32_t numbers = dynamic_dims(view) + (view->layout == LAYOUT_STRIDED ? view->rank : 0);
    CHECK(v, op->operand_count == 1 + numbers && are_i64(op, 1, numbers),
          "behind the pointer stands an i64 extent for each dynamic dim, then of a strided view a "
          "stride for each dim");
    return true;
}

/* The result is a view into the memory of operand 0. */
static bool verify_view_of_view(Verifier *v, const Op *op, bool same_element) {
    CHECK(v,
          op->operand_count && type_of(op, 0)->kind == TYPE_VIEW &&
              result_of(op)->kind == TYPE_VIEW,
          "operand 0 and the result are views");
    CHECK(v, type_of(op, 0)->space == result_of(op)->space, "a view of a view has its space");
    CHECK(v, !same_element || type_of(op, 0)->element == result_of(op)->element,
          "a view of a view has its element");
    CHECK(v, result_of(op)->hangs == type_of(op, 0)->hangs || (op->code == OP_MEM_SUBVIEW && result_of(op)->hangs) ||
                 result_of(op)->rank == 0,
          "a view of a view that hangs does, and only a subview may begin to");
    return true;
}

static bool verify_subview(Verifier *v, const Op *op) {
    if (!verify_view_of_view(v, op, true))
        return false;
    const Attr *dims = op_attr(op, ATTR_KEY_DIMS);
    uint32_t rank = type_of(op, 0)->rank;
    CHECK(v, dims->len == result_of(op)->rank, "the result has the dims that {dims} lists");
    for (uint32_t i = 0; i < dims->len; i++)
        CHECK(v,
              dims->items[i]->bits < rank &&
                  (i == 0 || dims->items[i - 1]->bits < dims->items[i]->bits),
              "{dims} are dims of operand 0, in order");
    CHECK(
        v, op->operand_count == 1 + rank + dims->len && are_i64(op, 1, rank + dims->len),
        "behind the view stands an i64 start for each dim, then a size for each dim that is kept");
    return true;
}

static bool verify_reshape(Verifier *v, const Op *op) {
    if (!verify_view_of_view(v, op, true))
        return false;
    CHECK(v,
          type_of(op, 0)->layout == LAYOUT_ROW_MAJOR && result_of(op)->layout == LAYOUT_ROW_MAJOR,
          "both views are row-major");
    CHECK(v, op->operand_count == 1 + result_of(op)->rank && are_i64(op, 1, result_of(op)->rank),
          "behind the view stands an i64 for each dim of the result");
    return true;
}

static bool verify_transpose(Verifier *v, const Op *op) {
    static const Layout turned[] = {LAYOUT_COL_MAJOR, LAYOUT_ROW_MAJOR, LAYOUT_STRIDED};
    if (!verify_view_of_view(v, op, true))
        return false;
    const Type *from = type_of(op, 0), *to = result_of(op);
    CHECK(v, from->rank == to->rank, "a transpose has as many dims");
    for (uint32_t i = 0; i < from->rank; i++)
        CHECK(v, from->extents[i] == to->extents[from->rank - 1 - i],
              "a transpose has the extents in reverse order");
    CHECK(v, to->layout == turned[from->layout] || to->layout == LAYOUT_STRIDED,
          "a transpose of row-major is column-major, and the reverse");
    return true;
}

static bool verify_view_bitcast(Verifier *v, const Op *op) {
    if (!verify_view_of_view(v, op, false))
        return false;
    CHECK(v, type_of(op, 0)->rank == result_of(op)->rank && result_of(op)->rank > 0,
          "the result has the dims of operand 0, one at least");
    return true;
}

static bool verify_field_view(Verifier *v, const Op *op) {
    if (!verify_view_of_view(v, op, false))
        return false;
    const Type *element = type_of(op, 0)->element;
    uint64_t index = op_attr(op, ATTR_KEY_INDEX)->bits;
    CHECK(v, type_of(op, 0)->rank == 0 && result_of(op)->rank == 0,
          "operand 0 and the result have rank 0");
    CHECK(v,
          (element->kind == TYPE_STRUCT || element->kind == TYPE_TUPLE) &&
              index < element->field_count,
          "the element is a struct or tuple that has the field {index}");
    CHECK(v, element->fields[index] == result_of(op)->element, "the result's element is the field");
    return true;
}

static bool verify_dim_of_view(Verifier *v, const Op *op) {
    CHECK(v, type_of(op, 0)->kind == TYPE_VIEW, "operand 0 is a view");
    CHECK(v, op_attr(op, ATTR_KEY_DIM)->bits < type_of(op, 0)->rank, "{dim} is a dim of the view");
    return true;
}

static bool verify_base(Verifier *v, const Op *op) {
    const Type *view = type_of(op, 0), *ptr = result_of(op);
    CHECK(v, view->kind == TYPE_VIEW && ptr->kind == TYPE_PTR,
          "operand 0 is a view, the result a pointer");
    CHECK(v, ptr->element == view->element && ptr->space == view->space,
          "the pointer has the view's element and space");
    return true;
}

static bool verify_alloc(Verifier *v, const Op *op, Space space) {
    const Type *view = result_of(op);
    CHECK(v, view->kind == TYPE_VIEW && view->layout == LAYOUT_ROW_MAJOR && view->space == space,
          space == SPACE_LOCAL ? "the result is a row-major view of local memory"
                               : "the result is a row-major view of shared memory");
    CHECK(v, dynamic_dims(view) == 0 && !view->hangs, "the dims of memory that is made here are static");
    return true;
}

static bool verify_ptr_alloc(Verifier *v, const Op *op, Space space) {
    CHECK(v, result_of(op)->kind == TYPE_PTR && result_of(op)->space == space,
          space == SPACE_LOCAL ? "the result is a pointer to local memory"
                               : "the result is a pointer to shared memory");
    return true;
}

/* operands[at] is a pointer to elements, the next an i64. */
static bool verify_pointer(Verifier *v, const Op *op, uint32_t at) {
    CHECK(v, type_of(op, at)->kind == TYPE_PTR, "the place is a pointer");
    CHECK(v, type_of(op, at)->element->kind != TYPE_NONE, "the pointer has an element");
    CHECK(v, are_i64(op, at + 1, 1), "the offset is an i64");
    return true;
}

static bool verify_pointer_op(Verifier *v, const Op *op) {
    switch (op->code) {
    case OP_MEM_PTR_LOAD:
        if (!verify_pointer(v, op, 0))
            return false;
        CHECK(v, is_access(result_of(op), type_of(op, 0)->element),
              "what is loaded is an element, or a vector of them");
        return true;
    case OP_MEM_PTR_STORE:
        if (!verify_pointer(v, op, 1))
            return false;
        CHECK(v, is_access(type_of(op, 0), type_of(op, 1)->element),
              "what is stored is an element, or a vector of them");
        return true;
    case OP_MEM_PTR_OFFSET: return verify_pointer(v, op, 0);
    case OP_MEM_PTR_CAST:
        CHECK(v,
              type_of(op, 0)->kind == TYPE_PTR && result_of(op)->kind == TYPE_PTR &&
                  type_of(op, 0)->space == result_of(op)->space,
              "operand 0 and the result are pointers to one space");
        return true;
    case OP_MEM_PTR_LOCAL: return verify_ptr_alloc(v, op, SPACE_LOCAL);
    case OP_MEM_PTR_SHARED: return verify_ptr_alloc(v, op, SPACE_SHARED);
    case OP_MEM_PTR_ATOMIC:
    case OP_MEM_PTR_ATOMIC_STORE:
        return verify_pointer(v, op, 1) && verify_atomic_type(v, op, 1, type_of(op, 1)->element);
    case OP_MEM_PTR_ATOMIC_CAS:
        return verify_pointer(v, op, 2) && verify_atomic_type(v, op, 2, type_of(op, 2)->element);
    case OP_MEM_PTR_ATOMIC_LOAD:
        return verify_pointer(v, op, 0) && verify_atomic_type(v, op, 0, type_of(op, 0)->element);
    default: return true;
    }
}

bool verify_memory_op(Verifier *v, const Op *op) {
    switch (op->code) {
    case OP_MEM_EXTENT:
    case OP_MEM_STRIDE: return verify_dim_of_view(v, op);
    case OP_MEM_PTR: return verify_base(v, op);
    case OP_MEM_VIEW: return verify_make_view(v, op);
    case OP_MEM_SUBVIEW: return verify_subview(v, op);
    case OP_MEM_RESHAPE: return verify_reshape(v, op);
    case OP_MEM_TRANSPOSE: return verify_transpose(v, op);
    case OP_MEM_VIEW_BITCAST: return verify_view_bitcast(v, op);
    case OP_MEM_FIELD: return verify_field_view(v, op);
    case OP_MEM_ALLOC_LOCAL: return verify_alloc(v, op, SPACE_LOCAL);
    case OP_MEM_ALLOC_SHARED: return verify_alloc(v, op, SPACE_SHARED);
    default: return verify_view_access(v, op) && verify_pointer_op(v, op);
    }
}
