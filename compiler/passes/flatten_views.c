/* flatten-views: a view is taken apart into a pointer, extents and strides; what is left of it is index
 * arithmetic and flat memory.
 *
 *     func @f(%N: i64, %x: view<f32, ?x8, row>)          func @f(%N: i64, %x: ptr<f32>)
 *         %v = mem.load %x, %i, %j                 ->        %0 = arith.mul %i, 8
 *                                                            %1 = arith.add %0, %j
 *                                                            %v = mem.ptr_load %x, %1
 *
 * The flat order of a function's arguments, which the launch table and the C interface know: dims; then for each
 * argument a scalar or struct as it is, a view as its pointer and, where its layout is strided, one stride a
 * dim. A view's extents are dims, int arguments or constants, so they do not cross again. Everywhere else (results
 * of ifs, loops, functions) a view crosses as mem.view's operands: pointer, dynamic extents, strides if strided.
 * A view that hangs has behind all this, everywhere, for each dim how long it is inside its tensor, and how many
 * elements from its pointer on are: what a reshape of it makes of the first, VIEW_UNLIMITED else. A tuple that holds
 * views crosses as its fields.
 *
 * Bounded accesses become explicit: a scalar is under an if; a vector is loaded whole where all of it lies
 * inside, else lane by lane. Sound: each access touches the same element as before. It runs late, because
 * after it nobody sees which tensor an access means. */
#include "passes/edit.h"
#include "passes/pass.h"

#include "base/diag.h"

typedef struct Part Part;

/* A view, or a tuple that holds some. */
typedef struct Flat {
    Value *ptr;
    Value **extents, **strides; /* type->rank of each; strides in elements */
    Value **inside, *limit;     /* of a view that hangs: where each dim ends for bounded accesses, and all of it; else NULL */
    Part *fields;               /* of a tuple */
} Flat;

struct Part {
    Value *value; /* NULL where `flat` is it */
    Flat *flat;
};

typedef struct Flattener {
    Arena *scratch;
    Module *module;
    Types *types;
    Func *func;
    Map flats;          /* Value* -> Flat* */
    VEC(Op *) dead;     /* in the order of definition: erased backwards at the end */
    VEC(Op *) shared;   /* mem.ptr_shared ops made so far */
} Flattener;

static void flatten_block(Flattener *f, Block *block);

static bool is_view(const Type *type) { return type->kind == TYPE_VIEW; }

/* ------------------------------------------------------------------ small arithmetic */

static bool is_i64_constant(const Value *value, int64_t wanted) {
    const Attr *constant = value_constant(value);
    return constant && constant->kind == ATTR_INT && attr_as_i64(constant) == wanted;
}

static Value *add(Builder *b, Value *x, Value *y) {
    if (is_i64_constant(x, 0))
        return y;
    return is_i64_constant(y, 0) ? x : build2(b, OP_ARITH_ADD, x, y);
}

static Value *multiply(Builder *b, Value *x, Value *y) {
    if (is_i64_constant(x, 1))
        return y;
    return is_i64_constant(y, 1) ? x : build2(b, OP_ARITH_MUL, x, y);
}

static Value *both(Builder *b, Value *x, Value *y) {
    if (!x || !y)
        return x ? x : y;
    return build2(b, OP_ARITH_AND, x, y);
}

/* ------------------------------------------------------------------ flats */

static Flat *new_flat(Flattener *f, const Type *type) {
    Flat *flat = arena_new(f->scratch, Flat);
    flat->fields = type->kind == TYPE_TUPLE ? arena_array(f->scratch, Part, type->field_count) : NULL;
    flat->extents = arena_array(f->scratch, Value *, type->rank);
    flat->strides = arena_array(f->scratch, Value *, type->rank);
    flat->inside = type->hangs ? arena_array(f->scratch, Value *, type->rank) : NULL;
    flat->limit = NULL;
    return flat;
}

static Flat *flat_of(Flattener *f, const Value *view) {
    Flat *flat = map_get_ptr(&f->flats, view);
    if (!flat)
        weft_bug("flatten-views meets a view it has not seen made");
    return flat;
}

static void set_flat(Flattener *f, const Value *view, Flat *flat) { map_put_ptr(&f->flats, view, flat); }

/* Strides of a layout that the extents tell. */
static void set_dense_strides(Builder *b, Flat *flat, const Type *type) {
    bool row = type->layout == LAYOUT_ROW_MAJOR;
    Value *stride = type->rank ? build_i64(b, 1) : NULL;
    for (uint32_t i = 0; i < type->rank; i++) {
        uint32_t dim = row ? type->rank - 1 - i : i;
        flat->strides[dim] = stride;
        if (i + 1 < type->rank)
            stride = multiply(b, flat->extents[dim], stride);
    }
}

/* The numbers behind a view that hangs. */
static void push_edge(Flattener *f, const Flat *flat, const Type *type, ValueVec *values) {
    for (uint32_t i = 0; type->hangs && i < type->rank; i++)
        vec_push(f->scratch, values, flat->inside[i]);
    if (type->hangs)
        vec_push(f->scratch, values, flat->limit);
}

static void take_edge(Flat *flat, const Type *type, Value *const *values, uint32_t *at) {
    for (uint32_t i = 0; type->hangs && i < type->rank; i++)
        flat->inside[i] = values[(*at)++];
    if (type->hangs)
        flat->limit = values[(*at)++];
}

static void push_flat_types(Flattener *f, const Type *type, TypeVec *types);

/* How a view crosses inside a function: pointer, dynamic extents, strides if strided. */
static void component_types(Flattener *f, const Type *type, TypeVec *types) {
    for (uint32_t i = 0; type->kind == TYPE_TUPLE && i < type->field_count; i++)
        push_flat_types(f, type->fields[i], types);
    if (type->kind == TYPE_TUPLE)
        return;
    vec_push(f->scratch, types, type_ptr(f->types, type->element, type->space));
    for (uint32_t i = 0; i < type->rank; i++)
        if (type->extents[i] == EXTENT_DYNAMIC)
            vec_push(f->scratch, types, f->types->i64);
    for (uint32_t i = 0; i < type->rank && type->layout == LAYOUT_STRIDED; i++)
        vec_push(f->scratch, types, f->types->i64);
    for (uint32_t i = 0; type->hangs && i <= type->rank; i++)
        vec_push(f->scratch, types, f->types->i64);
}

static void push_components(Flattener *f, const Flat *flat, const Type *type, ValueVec *values) {
    for (uint32_t i = 0; type->kind == TYPE_TUPLE && i < type->field_count; i++) {
        if (flat->fields[i].value)
            vec_push(f->scratch, values, flat->fields[i].value);
        else
            push_components(f, flat->fields[i].flat, type->fields[i], values);
    }
    if (type->kind == TYPE_TUPLE)
        return;
    vec_push(f->scratch, values, flat->ptr);
    for (uint32_t i = 0; i < type->rank; i++)
        if (type->extents[i] == EXTENT_DYNAMIC)
            vec_push(f->scratch, values, flat->extents[i]);
    for (uint32_t i = 0; i < type->rank && type->layout == LAYOUT_STRIDED; i++)
        vec_push(f->scratch, values, flat->strides[i]);
    push_edge(f, flat, type, values);
}

/* The flat of a view whose components are `values`, which `at` counts along. */
static Flat *flat_from_components(Flattener *f, Builder *b, const Type *type, Value *const *values, uint32_t *at) {
    Flat *flat = new_flat(f, type);
    for (uint32_t i = 0; type->kind == TYPE_TUPLE && i < type->field_count; i++) {
        flat->fields[i] = type_holds_view(type->fields[i])
                              ? (Part){.flat = flat_from_components(f, b, type->fields[i], values, at)}
                              : (Part){.value = values[(*at)++]};
    }
    if (type->kind == TYPE_TUPLE)
        return flat;
    flat->ptr = values[(*at)++];
    for (uint32_t i = 0; i < type->rank; i++)
        flat->extents[i] = type->extents[i] == EXTENT_DYNAMIC ? values[(*at)++] : build_i64(b, type->extents[i]);
    if (type->layout != LAYOUT_STRIDED)
        set_dense_strides(b, flat, type);
    else
        for (uint32_t i = 0; i < type->rank; i++)
            flat->strides[i] = values[(*at)++];
    take_edge(flat, type, values, at);
    return flat;
}

/* ------------------------------------------------------------------ values that cross */

static bool has_view_operand(const Op *op) {
    for (uint32_t i = 0; i < op->operand_count; i++)
        if (type_holds_view(op_operand(op, i)->type))
            return true;
    return false;
}

static bool has_view_result(const Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        if (type_holds_view(op_result(op, i)->type))
            return true;
    return false;
}

static void push_flat_operands(Flattener *f, const Op *op, ValueVec *values) {
    for (uint32_t i = 0; i < op->operand_count; i++) {
        Value *operand = op_operand(op, i);
        if (type_holds_view(operand->type))
            push_components(f, flat_of(f, operand), operand->type, values);
        else
            vec_push(f->scratch, values, operand);
    }
}

static void push_flat_types(Flattener *f, const Type *type, TypeVec *types) {
    if (type_holds_view(type))
        component_types(f, type, types);
    else
        vec_push(f->scratch, types, type);
}

static void flatten_terminator(Flattener *f, Op *op) {
    if (!has_view_operand(op))
        return;
    ValueVec values = {0};
    push_flat_operands(f, op, &values);
    op_set_operands(op, values.items, values.len);
}

/* The results of `made` stand for those of `op`, flat. */
static void take_results(Flattener *f, Op *op, Op *made) {
    Builder b = builder_after(made);
    Value **results = arena_array(f->scratch, Value *, made->result_count);
    for (uint32_t i = 0; i < made->result_count; i++)
        results[i] = op_result(made, i);
    uint32_t at = 0;
    for (uint32_t i = 0; i < op->result_count; i++) {
        Value *result = op_result(op, i);
        if (type_holds_view(result->type))
            set_flat(f, result, flat_from_components(f, &b, result->type, results, &at));
        else
            value_replace_uses(result, results[at++]);
    }
    vec_push(f->scratch, &f->dead, op);
}

static void flatten_op_types(Flattener *f, Op *op, ValueVec *operands) {
    TypeVec types = {0};
    for (uint32_t i = 0; i < op->result_count; i++)
        push_flat_types(f, op_result(op, i)->type, &types);
    take_results(f, op, op_remake(op, operands->items, operands->len, types.items, types.len));
}

/* Block arguments that are views become their components. The old arguments stay in front until their users
 * have been rewritten; gives how many to remove. */
static uint32_t flatten_block_args(Flattener *f, Block *block) {
    bool any = false;
    for (uint32_t i = 0; i < block->arg_count; i++)
        any |= type_holds_view(block->args[i]->type);
    if (!any)
        return 0;
    uint32_t count = block->arg_count;
    Value **old = arena_copy(f->scratch, block->args, sizeof *block->args * count);
    Builder b = {.module = f->module, .block = block, .before = block->first};
    for (uint32_t i = 0; i < count; i++) {
        TypeVec types = {0};
        push_flat_types(f, old[i]->type, &types);
        Value **made = arena_array(f->scratch, Value *, types.len);
        VEC_FOR_EACH (t, &types) {
            made[t] = block_add_arg(f->module, block, types.items[t]);
            made[t]->name = t == 0 ? old[i]->name : NULL;
        }
        uint32_t at = 0;
        if (type_holds_view(old[i]->type))
            set_flat(f, old[i], flat_from_components(f, &b, old[i]->type, made, &at));
        else
            value_replace_uses(old[i], made[0]);
    }
    return count;
}

static void erase_dead(Flattener *f, uint32_t down_to) {
    while (f->dead.len > down_to)
        op_erase(vec_pop(&f->dead));
}

static void flatten_region_op(Flattener *f, Op *op) {
    for (uint32_t i = 0; i < op->region_count; i++) {
        Block *block = region_entry(op->regions[i]);
        uint32_t dead = f->dead.len;
        uint32_t old_args = flatten_block_args(f, block);
        flatten_block(f, block);
        erase_dead(f, dead);
        while (old_args > 0)
            block_remove_arg(block, --old_args);
    }
    if (!has_view_operand(op) && !has_view_result(op))
        return;
    ValueVec operands = {0};
    push_flat_operands(f, op, &operands);
    flatten_op_types(f, op, &operands);
}

/* ------------------------------------------------------------------ memory */

static Value *element_offset(Builder *b, const Flat *flat, Value *const *indices, uint32_t rank) {
    Value *offset = build_i64(b, 0);
    for (uint32_t i = 0; i < rank; i++)
        offset = add(b, offset, multiply(b, indices[i], flat->strides[i]));
    return offset;
}

static Value *ptr_load(Builder *b, Value *ptr, Value *offset, const Type *type) {
    return op_result(build_op(b, OP_MEM_PTR_LOAD, (Value *[]){ptr, offset}, 2, &type, 1, 0), 0);
}

static void ptr_store(Builder *b, Value *value, Value *ptr, Value *offset) {
    build_op(b, OP_MEM_PTR_STORE, (Value *[]){value, ptr, offset}, 3, NULL, 0, 0);
}

/* An access: what it stores or reads as `other` (NULL), the view, the indices. */
typedef struct Access {
    const Flat *flat;
    const Type *view, *type; /* of the view; of what is loaded or stored */
    Value *value;            /* stored, or `other` */
    Value **indices;
    uint32_t lanes;
    bool is_store;
} Access;

static Access access_of(Flattener *f, const Op *op, uint32_t lead) {
    Value *view = op_operand(op, lead);
    Access access = {.flat = flat_of(f, view), .view = view->type};
    access.is_store = op->result_count == 0;
    access.value = lead ? op_operand(op, 0) : NULL;
    access.type = access.is_store ? access.value->type : op_result(op, 0)->type;
    access.lanes = access.type == view->type->element ? 1 : type_lanes(access.type); /* elements may be vectors */
    access.indices = arena_array(f->scratch, Value *, view->type->rank);
    for (uint32_t i = 0; i < view->type->rank; i++)
        access.indices[i] = op_operand(op, lead + 1 + i);
    return access;
}

static bool is_contiguous(const Access *access) {
    return access->lanes == 1 || is_i64_constant(access->flat->strides[access->view->rank - 1], 1);
}

/* The element `lane` along the last dim; NULL for the access itself. */
static Value *lane_offset(Builder *b, const Access *access, Value *offset, Value *lane) {
    return add(b, offset, multiply(b, lane, access->flat->strides[access->view->rank - 1]));
}

static Value *lane_of(Builder *b, Value *vector, Value *lane) {
    if (vector->type->kind != TYPE_VECTOR)
        return vector;
    return build_typed(b, OP_VEC_EXTRACT, vector->type->element, (Value *[]){vector, lane}, 2);
}

/* Access of a whole value, in bounds: one op where its lanes lie side by side, else a loop over them. */
static Value *emit_access(Flattener *f, Builder *b, const Access *access) {
    Value *offset = element_offset(b, access->flat, access->indices, access->view->rank);
    if (is_contiguous(access)) {
        if (!access->is_store)
            return ptr_load(b, access->flat->ptr, offset, access->type);
        ptr_store(b, access->value, access->flat->ptr, offset);
        return NULL;
    }
    Value **lanes = arena_array(f->scratch, Value *, access->lanes);
    for (uint32_t i = 0; i < access->lanes; i++) {
        Value *lane = build_i64(b, i), *at = lane_offset(b, access, offset, lane);
        if (access->is_store)
            ptr_store(b, lane_of(b, access->value, lane), access->flat->ptr, at);
        else
            lanes[i] = ptr_load(b, access->flat->ptr, at, access->type->element);
    }
    return access->is_store ? NULL : build_typed(b, OP_VEC_BUILD, access->type, lanes, access->lanes);
}

/* 0 <= index and index < extent, as one unsigned comparison. */
static Value *is_inside(Flattener *f, Builder *b, Value *index, Value *extent) {
    return build_cmp(b, "lt", build_convert(b, index, f->types->u64), build_convert(b, extent, f->types->u64));
}

/* Where dim `i` ends for a bounded access. */
static Value *end_of(const Access *access, uint32_t i) {
    return access->flat->inside ? access->flat->inside[i] : access->flat->extents[i];
}

/* All indices but the last `skip` lie inside; NULL when there are none. */
static Value *all_inside(Flattener *f, Builder *b, const Access *access, uint32_t skip) {
    Value *inside = NULL;
    for (uint32_t i = 0; i + skip < access->view->rank; i++)
        inside = both(b, inside, is_inside(f, b, access->indices[i], end_of(access, i)));
    return inside;
}

/* The element at `offset` lies before the limit; NULL where there is none. */
static Value *within_limit(Builder *b, const Access *access, Value *offset) {
    Value *limit = access->flat->limit;
    return !limit || is_i64_constant(limit, VIEW_UNLIMITED) ? NULL : build_cmp(b, "lt", offset, limit);
}

static Op *build_if(Builder *b, Value *condition, const Type *type, Builder *then, Builder *otherwise) {
    Op *op = build_op(b, OP_IF, &condition, 1, &type, type ? 1 : 0, 2);
    *then = builder_at_end(b->module, region_add_block(op, 0));
    *otherwise = builder_at_end(b->module, region_add_block(op, 1));
    then->span = otherwise->span = b->span;
    return op;
}

static void yield_maybe(Builder *b, Value *value) { build_yield(b, &value, value ? 1 : 0); }

/* A scalar access where `inside` holds; a load gives `other` elsewhere. */
static Value *guarded_element(Builder *b, Value *inside, const Access *access, Value *ptr, Value *offset, Value *stored,
                              Value *other) {
    const Type *type = access->is_store ? NULL : access->view->element;
    Builder then, otherwise;
    Op *op = build_if(b, inside, type, &then, &otherwise);
    if (access->is_store)
        ptr_store(&then, stored, ptr, offset);
    yield_maybe(&then, access->is_store ? NULL : ptr_load(&then, ptr, offset, type));
    yield_maybe(&otherwise, access->is_store ? NULL : other);
    return access->is_store ? NULL : op_result(op, 0);
}

/* Lane by lane, in a loop: the slow side of a bounded vector access. */
static Value *emit_lanes(Flattener *f, Builder *b, const Access *access, Value *rows_inside) {
    uint32_t last = access->view->rank - 1;
    Value *offset = element_offset(b, access->flat, access->indices, access->view->rank);
    ValueVec operands = {0};
    vec_push(f->scratch, &operands, build_i64(b, 0));
    vec_push(f->scratch, &operands, build_i64(b, access->lanes));
    vec_push(f->scratch, &operands, build_i64(b, 1));
    if (!access->is_store)
        vec_push(f->scratch, &operands, build_typed(b, OP_VEC_SPLAT, access->type, &access->value, 1));
    Op *loop = build_op(b, OP_LOOP_FOR, operands.items, operands.len, &access->type, access->is_store ? 0 : 1, 1);
    Block *body = region_add_block(loop, 0);
    Value *lane = block_add_arg(f->module, body, f->types->i64);
    Value *vector = access->is_store ? access->value : block_add_arg(f->module, body, access->type);
    Builder in = builder_at_end(f->module, body);
    in.span = b->span;
    Value *index = build2(&in, OP_ARITH_ADD, access->indices[last], lane);
    Value *inside = both(&in, rows_inside, is_inside(f, &in, index, end_of(access, last)));
    Value *at = lane_offset(&in, access, offset, lane);
    inside = both(&in, inside, within_limit(&in, access, at));
    Value *element = guarded_element(&in, inside, access, access->flat->ptr, at,
                                     access->is_store ? lane_of(&in, vector, lane) : NULL, access->value);
    Value *next = access->is_store ? NULL : build3(&in, OP_VEC_INSERT, vector, element, lane);
    yield_maybe(&in, next);
    return access->is_store ? NULL : op_result(loop, 0);
}

static Value *emit_bounded_vector(Flattener *f, Builder *b, const Access *access) {
    uint32_t last = access->view->rank - 1;
    Value *index = access->indices[last], *extent = end_of(access, last);
    Value *rows_inside = all_inside(f, b, access, 1);
    Value *first = build_cmp(b, "ge", index, build_i64(b, 0));
    Value *room = build2(b, OP_ARITH_SUB, extent, build_i64(b, access->lanes));
    Value *whole = both(b, rows_inside, both(b, first, build_cmp(b, "le", index, room)));
    Value *offset = element_offset(b, access->flat, access->indices, access->view->rank);
    whole = both(b, whole, within_limit(b, access, lane_offset(b, access, offset, build_i64(b, access->lanes - 1))));
    Builder then, otherwise;
    Op *op = build_if(b, whole, access->is_store ? NULL : access->type, &then, &otherwise);
    yield_maybe(&then, emit_access(f, &then, access));
    yield_maybe(&otherwise, emit_lanes(f, &otherwise, access, rows_inside));
    return access->is_store ? NULL : op_result(op, 0);
}

static Value *emit_bounded(Flattener *f, Builder *b, const Access *access) {
    if (access->lanes > 1)
        return emit_bounded_vector(f, b, access);
    Value *offset = element_offset(b, access->flat, access->indices, access->view->rank);
    Value *inside = both(b, all_inside(f, b, access, 0), within_limit(b, access, offset));
    return guarded_element(b, inside ? inside : build_bool(b, true), access, access->flat->ptr, offset, access->value,
                           access->value);
}

static void replace_access(Flattener *f, Op *op, Value *result) {
    if (op->result_count > 0) {
        if (!result->name)
            result->name = op_result(op, 0)->name;
        value_replace_uses(op_result(op, 0), result);
    }
    vec_push(f->scratch, &f->dead, op);
}

/* Atomics: values first, then view and indices; they keep their attributes. */
static void flatten_atomic(Flattener *f, Op *op, Opcode flat_code, uint32_t lead) {
    Builder b = builder_before(op);
    Access access = access_of(f, op, lead);
    ValueVec operands = {0};
    for (uint32_t i = 0; i < lead; i++)
        vec_push(f->scratch, &operands, op_operand(op, i));
    vec_push(f->scratch, &operands, access.flat->ptr);
    vec_push(f->scratch, &operands, element_offset(&b, access.flat, access.indices, access.view->rank));
    const Type *type = op->result_count ? op_result(op, 0)->type : NULL;
    Op *made = build_op(&b, flat_code, operands.items, operands.len, &type, op->result_count, 0);
    for (uint32_t i = 0; i < op->attr_count; i++)
        op_set_attr(made, op->attrs[i].key, op->attrs[i].attr);
    replace_access(f, op, op->result_count ? op_result(made, 0) : NULL);
}

/* ------------------------------------------------------------------ ops that make views */

static int64_t element_count(const Type *view) {
    int64_t count = 1;
    for (uint32_t i = 0; i < view->rank; i++)
        count *= view->extents[i];
    return count;
}

static Flat *flat_of_memory(Flattener *f, Builder *b, const Type *type, Value *ptr) {
    uint32_t at = 0;
    return flat_from_components(f, b, type, &ptr, &at);
}

static Op *find_shared(Flattener *f, const Op *alloc) {
    const Attr *name = op_attr(alloc, ATTR_KEY_NAME);
    VEC_FOR_EACH (i, &f->shared)
        if (name && op_attr(f->shared.items[i], ATTR_KEY_NAME) == name)
            return f->shared.items[i];
    return NULL;
}

/* Memory is made in the entry block, once. */
static void flatten_alloc(Flattener *f, Op *op) {
    bool is_shared = op->code == OP_MEM_ALLOC_SHARED;
    const Type *view = op_result(op, 0)->type;
    const Type *ptr = type_ptr(f->types, view->element, view->space);
    Op *made = is_shared ? find_shared(f, op) : NULL;
    if (!made) {
        Builder entry = {.module = f->module, .block = func_entry(f->func), .before = func_entry(f->func)->first,
                         .span = op->span};
        made = build_op(&entry, is_shared ? OP_MEM_PTR_SHARED : OP_MEM_PTR_LOCAL, NULL, 0, &ptr, 1, 0);
        for (uint32_t i = 0; i < op->attr_count; i++)
            op_set_attr(made, op->attrs[i].key, op->attrs[i].attr);
        op_set_attr(made, ATTR_KEY_VALUE, attr_i64(f->types, element_count(view)));
        if (is_shared)
            vec_push(f->scratch, &f->shared, made);
    }
    Builder b = builder_before(op);
    set_flat(f, op_result(op, 0), flat_of_memory(f, &b, view, op_result(made, 0)));
}

static void flatten_view(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    Value **values = arena_array(f->scratch, Value *, op->operand_count);
    for (uint32_t i = 0; i < op->operand_count; i++)
        values[i] = op_operand(op, i);
    uint32_t at = 0;
    set_flat(f, op_result(op, 0), flat_from_components(f, &b, op_result(op, 0)->type, values, &at));
}

/* What of `size` from `start` on lies before `end`; from before 0 on nothing does. */
static Value *clipped(Builder *b, Value *size, Value *start, Value *end) {
    Value *zero = build_i64(b, 0), *left = build2(b, OP_ARITH_SUB, end, start);
    Value *within = build2(b, OP_ARITH_MAX, build2(b, OP_ARITH_MIN, size, left), zero);
    return build_typed(b, OP_ARITH_SELECT, size->type, (Value *[]){build_cmp(b, "ge", start, zero), within, zero}, 3);
}

static bool is_kept(const Attr *kept, uint32_t dim) {
    for (uint32_t i = 0; kept && i < kept->len; i++)
        if (attr_as_i64(kept->items[i]) == dim)
            return true;
    return !kept;
}

/* A view whose place in a dim it does not keep is outside has nothing inside. */
static void clip_subview(Flattener *f, Builder *b, const Op *op, const Flat *source, Value *offset, Flat *flat) {
    const Type *from = op_operand(op, 0)->type, *to = op_result(op, 0)->type;
    const Attr *kept = op_attr(op, ATTR_KEY_DIMS);
    Value *const *ends = source->inside ? source->inside : source->extents, *inside = NULL;
    for (uint32_t i = 0; i < from->rank; i++)
        if (!is_kept(kept, i))
            inside = both(b, inside, is_inside(f, b, op_operand(op, 1 + i), ends[i]));
    for (uint32_t i = 0; i < to->rank; i++) {
        uint32_t dim = kept ? (uint32_t)attr_as_i64(kept->items[i]) : i;
        flat->inside[i] = clipped(b, flat->extents[i], op_operand(op, 1 + dim), ends[dim]);
        if (inside)
            flat->inside[i] = build_typed(b, OP_ARITH_SELECT, f->types->i64,
                                          (Value *[]){inside, flat->inside[i], build_i64(b, 0)}, 3);
    }
    bool limited = source->limit && !is_i64_constant(source->limit, VIEW_UNLIMITED);
    flat->limit = limited ? build2(b, OP_ARITH_SUB, source->limit, offset) : build_i64(b, VIEW_UNLIMITED);
}

static void flatten_subview(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *from = op_operand(op, 0)->type, *to = op_result(op, 0)->type;
    Flat *source = flat_of(f, op_operand(op, 0)), *flat = new_flat(f, to);
    Value **starts = arena_array(f->scratch, Value *, from->rank);
    for (uint32_t i = 0; i < from->rank; i++)
        starts[i] = op_operand(op, 1 + i);
    Value *offset = element_offset(&b, source, starts, from->rank);
    flat->ptr = is_i64_constant(offset, 0) ? source->ptr : build2(&b, OP_MEM_PTR_OFFSET, source->ptr, offset);
    const Attr *kept = op_attr(op, ATTR_KEY_DIMS);
    for (uint32_t i = 0; i < to->rank; i++) {
        uint32_t dim = kept ? (uint32_t)attr_as_i64(kept->items[i]) : i;
        flat->extents[i] = to->extents[i] == EXTENT_DYNAMIC ? op_operand(op, 1 + from->rank + i)
                                                            : build_i64(&b, to->extents[i]);
        flat->strides[i] = source->strides[dim];
    }
    if (to->hangs)
        clip_subview(f, &b, op, source, offset, flat);
    set_flat(f, op_result(op, 0), flat);
}

/* What is inside a row-major view is the beginning of it. */
static Value *beginning(Builder *b, const Flat *source, uint32_t rank) {
    Value *count = build_i64(b, 1);
    for (uint32_t i = 0; i < rank; i++)
        count = multiply(b, count, source->inside[i]);
    return is_i64_constant(source->limit, VIEW_UNLIMITED) ? count : build2(b, OP_ARITH_MIN, count, source->limit);
}

static void flatten_reshape(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *to = op_result(op, 0)->type;
    Flat *source = flat_of(f, op_operand(op, 0)), *flat = new_flat(f, to);
    flat->ptr = source->ptr;
    for (uint32_t i = 0; i < to->rank; i++)
        flat->extents[i] = to->extents[i] == EXTENT_DYNAMIC ? op_operand(op, 1 + i) : build_i64(&b, to->extents[i]);
    set_dense_strides(&b, flat, to);
    for (uint32_t i = 0; to->hangs && i < to->rank; i++)
        flat->inside[i] = flat->extents[i];
    if (to->hangs)
        flat->limit = beginning(&b, source, op_operand(op, 0)->type->rank);
    set_flat(f, op_result(op, 0), flat);
}

static void flatten_transpose(Flattener *f, Op *op) {
    const Type *type = op_result(op, 0)->type;
    Flat *source = flat_of(f, op_operand(op, 0)), *flat = new_flat(f, type);
    flat->ptr = source->ptr;
    for (uint32_t i = 0; i < type->rank; i++) {
        flat->extents[i] = source->extents[type->rank - 1 - i];
        flat->strides[i] = source->strides[type->rank - 1 - i];
        if (type->hangs)
            flat->inside[i] = source->inside[type->rank - 1 - i];
    }
    flat->limit = source->limit;
    set_flat(f, op_result(op, 0), flat);
}

static Value *ptr_cast(Flattener *f, Builder *b, Value *ptr, const Type *element) {
    const Type *type = type_ptr(f->types, element, ptr->type->space);
    return build_typed(b, OP_MEM_PTR_CAST, type, &ptr, 1);
}

/* `count` elements of `from` as elements of `to`: one size divides the other. */
static Value *rescale(Builder *b, Value *count, const Type *from, const Type *to) {
    int64_t of_from = (int64_t)type_size(from), of_to = (int64_t)type_size(to);
    if (of_from >= of_to)
        return multiply(b, count, build_i64(b, of_from / of_to));
    return build2(b, OP_ARITH_FLOOR_DIV, count, build_i64(b, of_to / of_from));
}

static void flatten_view_bitcast(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *from = op_operand(op, 0)->type, *to = op_result(op, 0)->type;
    Flat *source = flat_of(f, op_operand(op, 0)), *flat = new_flat(f, to);
    flat->ptr = ptr_cast(f, &b, source->ptr, to->element);
    for (uint32_t i = 0; i < to->rank; i++) {
        bool last = i + 1 == to->rank;
        flat->extents[i] = last ? rescale(&b, source->extents[i], from->element, to->element) : source->extents[i];
        flat->strides[i] = last ? source->strides[i] : rescale(&b, source->strides[i], from->element, to->element);
        if (to->hangs)
            flat->inside[i] = last ? rescale(&b, source->inside[i], from->element, to->element) : source->inside[i];
    }
    if (to->hangs)
        flat->limit = is_i64_constant(source->limit, VIEW_UNLIMITED)
                          ? source->limit
                          : rescale(&b, source->limit, from->element, to->element);
    set_flat(f, op_result(op, 0), flat);
}

/* The place of a field: the struct's address and some bytes. */
static void flatten_field(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *aggregate = op_operand(op, 0)->type->element, *to = op_result(op, 0)->type;
    uint64_t offset = type_field_offset(aggregate, (uint32_t)attr_as_i64(op_attr(op, ATTR_KEY_INDEX)));
    Flat *flat = new_flat(f, to);
    flat->ptr = flat_of(f, op_operand(op, 0))->ptr;
    if (offset > 0) {
        flat->ptr = ptr_cast(f, &b, flat->ptr, f->types->u8);
        flat->ptr = build2(&b, OP_MEM_PTR_OFFSET, flat->ptr, build_i64(&b, (int64_t)offset));
    }
    flat->ptr = ptr_cast(f, &b, flat->ptr, to->element);
    set_flat(f, op_result(op, 0), flat);
}

static Value *ask_array(Flattener *f, Builder *b, const char *entry, Value *const *operands, uint32_t count, const Type *type) {
    Op *call = build_op(b, OP_HOST_CALL, operands, count, &type, 1, 0);
    op_set_attr(call, ATTR_KEY_NAME, attr_string(f->types, intern_cstr(f->module->names, entry)));
    return op_result(call, 0);
}

/* The runtime knows an array's address and extents. */
static void flatten_host_view(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *to = op_result(op, 0)->type;
    Value *array = op_operand(op, 0);
    Flat *flat = new_flat(f, to);
    flat->ptr = ask_array(f, &b, "weft_array_data", &array, 1, type_ptr(f->types, to->element, to->space));
    for (uint32_t i = 0; i < to->rank; i++)
        flat->extents[i] = to->extents[i] == EXTENT_DYNAMIC
                               ? ask_array(f, &b, "weft_array_extent", (Value *[]){array, build_i64(&b, i)}, 2, f->types->i64)
                               : build_i64(&b, to->extents[i]);
    set_dense_strides(&b, flat, to);
    set_flat(f, op_result(op, 0), flat);
}

/* One of two views, or no view at all: component by component. */
static void flatten_choice(Flattener *f, Op *op) {
    Builder b = builder_before(op);
    const Type *type = op_result(op, 0)->type;
    TypeVec types = {0};
    ValueVec yes = {0}, no = {0};
    component_types(f, type, &types);
    if (op->code == OP_ARITH_SELECT) {
        push_components(f, flat_of(f, op_operand(op, 1)), type, &yes);
        push_components(f, flat_of(f, op_operand(op, 2)), type, &no);
    }
    Value **values = arena_array(f->scratch, Value *, types.len);
    VEC_FOR_EACH (i, &types)
        values[i] = op->code == OP_ARITH_SELECT
                        ? build_typed(&b, OP_ARITH_SELECT, types.items[i], (Value *[]){op_operand(op, 0), yes.items[i], no.items[i]}, 3)
                        : build_undef(&b, types.items[i]);
    uint32_t at = 0;
    set_flat(f, op_result(op, 0), flat_from_components(f, &b, type, values, &at));
}

static Part part_of(Flattener *f, Value *value) {
    return type_holds_view(value->type) ? (Part){.flat = flat_of(f, value)} : (Part){.value = value};
}

/* A tuple of its fields, or another with one field replaced. */
static void flatten_tuple(Flattener *f, Op *op) {
    const Type *type = op_result(op, 0)->type;
    Flat *flat = new_flat(f, type);
    const Flat *from = op->code == OP_AGG_SET ? flat_of(f, op_operand(op, 0)) : NULL;
    for (uint32_t i = 0; i < type->field_count; i++)
        flat->fields[i] = from ? from->fields[i] : part_of(f, op_operand(op, i));
    if (from)
        flat->fields[attr_as_i64(op_attr(op, ATTR_KEY_INDEX))] = part_of(f, op_operand(op, 1));
    set_flat(f, op_result(op, 0), flat);
}

static void flatten_field_of_tuple(Flattener *f, Op *op) {
    Part part = flat_of(f, op_operand(op, 0))->fields[attr_as_i64(op_attr(op, ATTR_KEY_INDEX))];
    if (part.flat)
        set_flat(f, op_result(op, 0), part.flat);
    else
        value_replace_uses(op_result(op, 0), part.value);
}

/* ------------------------------------------------------------------ calls */

/* An argument crosses as pointer and, if strided, strides, and where it hangs, its edge: its extents are dims. */
static void push_argument(Flattener *f, Value *view, ValueVec *values) {
    Flat *flat = flat_of(f, view);
    if (!is_view(view->type)) {
        push_components(f, flat, view->type, values);
        return;
    }
    vec_push(f->scratch, values, flat->ptr);
    for (uint32_t i = 0; i < view->type->rank && view->type->layout == LAYOUT_STRIDED; i++)
        vec_push(f->scratch, values, flat->strides[i]);
    push_edge(f, flat, view->type, values);
}

static void flatten_call(Flattener *f, Op *op) {
    if (!has_view_operand(op) && !has_view_result(op))
        return;
    ValueVec operands = {0};
    for (uint32_t i = 0; i < op->operand_count; i++) {
        Value *operand = op_operand(op, i);
        if (type_holds_view(operand->type))
            push_argument(f, operand, &operands);
        else
            vec_push(f->scratch, &operands, operand);
    }
    flatten_op_types(f, op, &operands);
}

/* A launch from host code wants the whole tensor: pointer, extents, strides. */
static void flatten_launch(Flattener *f, Op *op) {
    if (!has_view_operand(op))
        return;
    ValueVec operands = {0};
    for (uint32_t i = 0; i < op->operand_count; i++) {
        Value *operand = op_operand(op, i);
        if (!is_view(operand->type)) {
            vec_push(f->scratch, &operands, operand);
            continue;
        }
        Flat *flat = flat_of(f, operand);
        vec_push(f->scratch, &operands, flat->ptr);
        for (uint32_t d = 0; d < operand->type->rank; d++)
            vec_push(f->scratch, &operands, flat->extents[d]);
        for (uint32_t d = 0; d < operand->type->rank; d++)
            vec_push(f->scratch, &operands, flat->strides[d]);
    }
    op_set_operands(op, operands.items, operands.len);
}

/* ------------------------------------------------------------------ the walk */

static void flatten_dim_question(Flattener *f, Op *op) {
    uint32_t dim = (uint32_t)attr_as_i64(op_attr(op, ATTR_KEY_DIM));
    Flat *flat = flat_of(f, op_operand(op, 0));
    replace_access(f, op, op->code == OP_MEM_EXTENT ? flat->extents[dim] : flat->strides[dim]);
}

static void flatten_simple_access(Flattener *f, Op *op, uint32_t lead, bool bounded) {
    Builder b = builder_before(op);
    Access access = access_of(f, op, lead);
    replace_access(f, op, bounded ? emit_bounded(f, &b, &access) : emit_access(f, &b, &access));
}

/* Ops whose result is a view and that nothing is left of. */
static bool flatten_maker(Flattener *f, Op *op) {
    switch (op->code) {
    case OP_MEM_ALLOC_LOCAL:
    case OP_MEM_ALLOC_SHARED: flatten_alloc(f, op); break;
    case OP_MEM_VIEW:         flatten_view(f, op); break;
    case OP_MEM_SUBVIEW:      flatten_subview(f, op); break;
    case OP_MEM_RESHAPE:      flatten_reshape(f, op); break;
    case OP_MEM_TRANSPOSE:    flatten_transpose(f, op); break;
    case OP_MEM_VIEW_BITCAST: flatten_view_bitcast(f, op); break;
    case OP_MEM_FIELD:        flatten_field(f, op); break;
    case OP_HOST_VIEW:        flatten_host_view(f, op); break;
    case OP_ARITH_SELECT:
    case OP_ARITH_UNDEF:
        if (!type_holds_view(op_result(op, 0)->type))
            return true;
        flatten_choice(f, op);
        break;
    case OP_AGG_MAKE:
    case OP_AGG_SET:
        if (!type_holds_view(op_result(op, 0)->type))
            return true;
        flatten_tuple(f, op);
        break;
    case OP_AGG_GET:
        if (!type_holds_view(op_operand(op, 0)->type))
            return true;
        flatten_field_of_tuple(f, op);
        break;
    default: return false;
    }
    vec_push(f->scratch, &f->dead, op);
    return true;
}

static void flatten_op(Flattener *f, Op *op) {
    if (op->region_count > 0) {
        flatten_region_op(f, op);
        return;
    }
    if (op_has(op, TERMINATOR)) {
        flatten_terminator(f, op);
        return;
    }
    if (flatten_maker(f, op))
        return;
    switch (op->code) {
    case OP_MEM_LOAD:          flatten_simple_access(f, op, 0, false); break;
    case OP_MEM_STORE:         flatten_simple_access(f, op, 1, false); break;
    case OP_MEM_LOAD_BOUNDED:
    case OP_MEM_STORE_BOUNDED: flatten_simple_access(f, op, 1, true); break;
    case OP_MEM_EXTENT:
    case OP_MEM_STRIDE:        flatten_dim_question(f, op); break;
    case OP_MEM_PTR:           replace_access(f, op, flat_of(f, op_operand(op, 0))->ptr); break;
    case OP_MEM_ATOMIC:        flatten_atomic(f, op, OP_MEM_PTR_ATOMIC, 1); break;
    case OP_MEM_ATOMIC_CAS:    flatten_atomic(f, op, OP_MEM_PTR_ATOMIC_CAS, 2); break;
    case OP_MEM_ATOMIC_LOAD:   flatten_atomic(f, op, OP_MEM_PTR_ATOMIC_LOAD, 0); break;
    case OP_MEM_ATOMIC_STORE:  flatten_atomic(f, op, OP_MEM_PTR_ATOMIC_STORE, 1); break;
    case OP_FUNC_CALL:         flatten_call(f, op); break;
    case OP_HOST_LAUNCH:       flatten_launch(f, op); break;
    case OP_DBG_VALUE:
        if (is_view(op_operand(op, 0)->type))
            op_set_operand(op, 0, flat_of(f, op_operand(op, 0))->ptr);
        else if (has_view_operand(op))
            vec_push(f->scratch, &f->dead, op);
        break;
    default:
        if (has_view_operand(op) || has_view_result(op))
            weft_bug("flatten-views does not know %s of a view", op_info[op->code].text);
    }
}

static void flatten_block(Flattener *f, Block *block) {
    BLOCK_FOR_EACH_OP_SAFE (op, block)
        flatten_op(f, op);
}

/* ------------------------------------------------------------------ the function's own arguments */

static Value *arg_extent(Flattener *f, Builder *b, const FuncDim *dim, const uint32_t *arg_at) {
    const Block *entry = func_entry(f->func);
    if (dim->dim >= 0)
        return entry->args[dim->dim];
    if (dim->arg >= 0)
        return build_convert(b, entry->args[arg_at[dim->arg]], f->types->i64);
    return build_i64(b, dim->extent);
}

/* What stands for an argument that is a view: its extents are dims. */
static void view_argument_types(Flattener *f, const Type *type, TypeVec *types) {
    uint32_t numbers = (type->layout == LAYOUT_STRIDED ? type->rank : 0) + (type->hangs ? type->rank + 1 : 0);
    vec_push(f->scratch, types, type_ptr(f->types, type->element, type->space));
    for (uint32_t i = 0; i < numbers; i++)
        vec_push(f->scratch, types, f->types->i64);
}

static void add_argument(Flattener *f, Block *entry, const Value *old) {
    TypeVec types = {0};
    if (is_view(old->type))
        view_argument_types(f, old->type, &types);
    else
        push_flat_types(f, old->type, &types);
    VEC_FOR_EACH (t, &types) {
        Value *made = block_add_arg(f->module, entry, types.items[t]);
        made->name = t == 0 ? old->name : NULL;
    }
}

/* New arguments in flat order stand behind the old ones, which go when nobody uses them any more. */
static uint32_t flatten_signature(Flattener *f) {
    Func *func = f->func;
    Block *entry = func_entry(func);
    uint32_t old_count = entry->arg_count;
    bool any = false;
    for (uint32_t i = 0; i < func->arg_count; i++)
        any |= type_holds_view(func->args[i].type);
    if (!any)
        return 0;
    Value **old = arena_copy(f->scratch, entry->args, sizeof *entry->args * old_count);
    uint32_t *arg_at = arena_array(f->scratch, uint32_t, func->arg_count);
    for (uint32_t i = 0; i < old_count; i++) {
        if (i >= func->dim_count)
            arg_at[i - func->dim_count] = entry->arg_count;
        add_argument(f, entry, old[i]);
    }
    Builder b = {.module = f->module, .block = entry, .before = entry->first};
    for (uint32_t i = 0; i < func->dim_count; i++)
        value_replace_uses(old[i], entry->args[old_count + i]);
    for (uint32_t i = 0; i < func->arg_count; i++) {
        Value *arg = old[func->dim_count + i];
        if (!is_view(arg->type) && type_holds_view(arg->type)) {
            uint32_t at = arg_at[i];
            set_flat(f, arg, flat_from_components(f, &b, arg->type, entry->args, &at));
            continue;
        }
        if (!is_view(arg->type)) {
            value_replace_uses(arg, entry->args[arg_at[i]]);
            continue;
        }
        Flat *flat = new_flat(f, arg->type);
        flat->ptr = entry->args[arg_at[i]];
        for (uint32_t d = 0; d < arg->type->rank; d++) {
            FuncDim dim = func->args[i].dims[d];
            if (dim.dim >= 0)
                dim.dim += (int32_t)old_count;
            flat->extents[d] = arg->type->extents[d] == EXTENT_DYNAMIC ? arg_extent(f, &b, &dim, arg_at)
                                                                       : build_i64(&b, arg->type->extents[d]);
        }
        if (arg->type->layout != LAYOUT_STRIDED)
            set_dense_strides(&b, flat, arg->type);
        else
            for (uint32_t d = 0; d < arg->type->rank; d++)
                flat->strides[d] = entry->args[arg_at[i] + 1 + d];
        uint32_t edge = arg_at[i] + 1 + (arg->type->layout == LAYOUT_STRIDED ? arg->type->rank : 0);
        take_edge(flat, arg->type, entry->args, &edge);
        set_flat(f, arg, flat);
    }
    return old_count;
}

static void flatten_results(Flattener *f) {
    TypeVec types = {0};
    for (uint32_t i = 0; i < f->func->result_count; i++)
        push_flat_types(f, f->func->results[i], &types);
    f->func->results = arena_copy(f->module->arena, types.items, sizeof *types.items * types.len);
    f->func->result_count = types.len;
}

bool pass_flatten_views(PassContext *cx, Func *func) {
    if (func->flat)
        return false;
    Flattener f = {.scratch = cx->scratch, .module = func->module, .types = cx->types, .func = func,
                   .flats = {.arena = cx->scratch}};
    Block *entry = func_entry(func);
    uint32_t old_args = flatten_signature(&f);
    flatten_block(&f, entry);
    erase_dead(&f, 0);
    while (old_args > 0)
        block_remove_arg(entry, --old_args);
    flatten_results(&f);
    func->flat = true;
    return true;
}
