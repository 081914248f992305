/* promote-local: a thread's local memory whose every access has constant indices becomes SSA values.
 *
 *     %p = mem.alloc_local : view<f32, local>
 *     mem.store %a, %p                                 %r = if %c {
 *     if %c {                                  ->          yield %b
 *         mem.store %b, %p                             } else {
 *     }                                                    yield %a
 *     %v = mem.load %p                                 }                 (%v is %r)
 *
 * A slot is one element of such memory. The walk keeps the value that each slot holds; an if yields the slots
 * that an arm stores, a loop carries those that its body stores, both only where somebody reads them later.
 * Sound: the view is used by loads and stores alone (also through fields and views with constant starts), so
 * nobody else can see the memory. Needs structured exits; in a function that still has early ones it does
 * nothing. `mut` scalars after inlining and local_tensor in unrolled code are where this pays. */
#include "passes/edit.h"
#include "passes/pass.h"

#include "base/diag.h"

bool pass_promote_local(PassContext *cx, Func *func);

typedef struct Slot {
    const Type *type;
    const Op *alloc;
    Value *now;           /* what it holds at the place of the walk; NULL: nothing yet */
    uint32_t first_read, last_read; /* positions of reads; first > last: none */
} Slot;

enum { SLOTS_MAX = 256, FIELDS_MAX = 8 };

/* A view into promoted memory: element `base + sum(index * stride)`, and of a struct the field down a path. */
typedef struct Place {
    const Op *alloc;
    uint32_t first_slot;  /* of the alloc */
    int64_t base;
    int64_t strides[MAX_RANK];
    uint32_t fields[FIELDS_MAX], field_count;
} Place;

typedef struct Promoter {
    Arena *scratch;
    Module *module;
    VEC(Slot) slots;
    Map places;           /* Value* (a view) -> Place* */
    Map positions;        /* Op* -> its position in pre-order, from 1; of a region op, `ends` has the last inside */
    Map ends;
    VEC(Op *) dead;
    bool changed;
} Promoter;

/* ------------------------------------------------------------------ which memory */

static bool constant_index(const Value *value, int64_t *index) {
    const Attr *constant = value_constant(value);
    if (!constant || constant->kind != ATTR_INT)
        return false;
    *index = attr_as_i64(constant);
    return true;
}

static bool indices_are_inside(const Op *op, uint32_t lead) {
    const Type *view = op_operand(op, lead)->type;
    for (uint32_t i = 0; i < view->rank; i++) {
        int64_t index;
        if (!constant_index(op_operand(op, lead + 1 + i), &index) || index < 0 || index >= view->extents[i])
            return false;
    }
    return true;
}

static bool has_static_extents(const Type *view) {
    for (uint32_t i = 0; i < view->rank; i++)
        if (view->extents[i] == EXTENT_DYNAMIC)
            return false;
    return true;
}

/* A tile is taken as it was asked for, and may reach past the end of its memory. */
static bool ends_inside(const Op *subview) {
    const Type *from = op_operand(subview, 0)->type, *to = op_result(subview, 0)->type;
    const Attr *kept = op_attr(subview, ATTR_KEY_DIMS);
    for (uint32_t i = 0; to->hangs && i < to->rank; i++) {
        uint32_t dim = (uint32_t)kept->items[i]->bits;
        int64_t start;
        if (!constant_index(op_operand(subview, 1 + dim), &start) || start + to->extents[i] > from->extents[dim])
            return false;
    }
    return true;
}

static bool view_is_private(const Value *view);

static bool use_is_private(const Use *use) {
    const Op *op = use->user;
    switch (op->code) {
    case OP_MEM_LOAD:
        return op_result(op, 0)->type == use->value->type->element && indices_are_inside(op, 0);
    case OP_MEM_STORE:
        return use->index == 1 && op_operand(op, 0)->type == use->value->type->element && indices_are_inside(op, 1);
    case OP_MEM_SUBVIEW:
        return use->index == 0 && has_static_extents(op_result(op, 0)->type) && indices_are_inside(op, 0) &&
               ends_inside(op) && view_is_private(op_result(op, 0));
    case OP_MEM_FIELD:
        return view_is_private(op_result(op, 0));
    case OP_MEM_EXTENT:
    case OP_DBG_VALUE:
        return true;
    default:
        return false;
    }
}

static bool view_is_private(const Value *view) {
    for (const Use *use = view->uses; use; use = use->next)
        if (!use_is_private(use))
            return false;
    return true;
}

static int64_t element_count(const Type *view) {
    int64_t count = 1;
    for (uint32_t i = 0; i < view->rank; i++)
        count *= view->extents[i];
    return count;
}

static void add_alloc(Promoter *p, Op *op) {
    const Type *view = op_result(op, 0)->type;
    int64_t count = element_count(view);
    if (count < 0 || count + p->slots.len > SLOTS_MAX || !view_is_private(op_result(op, 0)))
        return;
    Place *place = arena_new(p->scratch, Place);
    place->alloc = op;
    place->first_slot = p->slots.len;
    int64_t stride = 1;
    for (uint32_t i = view->rank; i-- > 0;) {
        place->strides[i] = stride;
        stride *= view->extents[i];
    }
    map_put_ptr(&p->places, op_result(op, 0), place);
    for (int64_t i = 0; i < count; i++)
        vec_push(p->scratch, &p->slots, ((Slot){.type = view->element, .alloc = op, .first_read = UINT32_MAX}));
}

static void add_subview(Promoter *p, Op *op) {
    const Place *from = map_get_ptr(&p->places, op_operand(op, 0));
    if (!from)
        return;
    const Type *source = op_operand(op, 0)->type, *view = op_result(op, 0)->type;
    const Attr *kept = op_attr(op, ATTR_KEY_DIMS);
    Place *place = arena_copy(p->scratch, from, sizeof *from);
    for (uint32_t i = 0; i < source->rank; i++) {
        int64_t start = 0;
        constant_index(op_operand(op, 1 + i), &start);
        place->base += start * from->strides[i];
    }
    for (uint32_t i = 0; i < view->rank; i++)
        place->strides[i] = from->strides[kept ? (uint32_t)attr_as_i64(kept->items[i]) : i];
    map_put_ptr(&p->places, op_result(op, 0), place);
}

static void add_field(Promoter *p, Op *op) {
    const Place *from = map_get_ptr(&p->places, op_operand(op, 0));
    if (!from)
        return;
    Place *place = arena_copy(p->scratch, from, sizeof *from);
    if (place->field_count == FIELDS_MAX)
        weft_bug("structs nested more than %d deep in local memory", FIELDS_MAX);
    place->fields[place->field_count++] = (uint32_t)attr_as_i64(op_attr(op, ATTR_KEY_INDEX));
    map_put_ptr(&p->places, op_result(op, 0), place);
}

/* The slot a load or store means; -1 when its memory is not promoted. */
static int64_t slot_of(const Promoter *p, const Op *op, uint32_t lead) {
    const Place *place = map_get_ptr(&p->places, op_operand(op, lead));
    if (!place)
        return -1;
    int64_t at = place->base;
    for (uint32_t i = 0; i < op_operand(op, lead)->type->rank; i++) {
        int64_t index = 0;
        constant_index(op_operand(op, lead + 1 + i), &index);
        at += index * place->strides[i];
    }
    return (int64_t)place->first_slot + at;
}

static bool stores_field(const Promoter *p, const Op *store) {
    const Place *place = map_get_ptr(&p->places, op_operand(store, 1));
    return place && place->field_count > 0;
}

/* Numbers the ops, finds the memory, and notes where each slot is read. */
static void survey_block(Promoter *p, Block *block, uint32_t *position) {
    BLOCK_FOR_EACH_OP (op, block) {
        uint32_t here = ++*position;
        map_put_ptr(&p->positions, op, (void *)(uintptr_t)here);
        if (op->code == OP_MEM_ALLOC_LOCAL)
            add_alloc(p, op);
        if (op->code == OP_MEM_SUBVIEW)
            add_subview(p, op);
        if (op->code == OP_MEM_FIELD)
            add_field(p, op);
        int64_t slot = op->code == OP_MEM_LOAD ? slot_of(p, op, 0) : -1;
        if (op->code == OP_MEM_STORE && stores_field(p, op))
            slot = slot_of(p, op, 1); /* the other fields stay: it reads them */
        if (slot >= 0) {
            Slot *read = &p->slots.items[slot];
            read->first_read = here < read->first_read ? here : read->first_read;
            read->last_read = here;
        }
        for (uint32_t i = 0; i < op->region_count; i++)
            REGION_FOR_EACH_BLOCK (inner, op->regions[i])
                survey_block(p, inner, position);
        if (op->region_count > 0)
            map_put_ptr(&p->ends, op, (void *)(uintptr_t)*position);
    }
}

/* ------------------------------------------------------------------ which slots change in a region */

typedef struct SlotSet {
    bool has[SLOTS_MAX];
} SlotSet;

static void add_stores(const Promoter *p, const Block *block, SlotSet *set) {
    BLOCK_FOR_EACH_OP (op, block) {
        int64_t slot = op->code == OP_MEM_STORE ? slot_of(p, op, 1) : -1;
        if (slot >= 0)
            set->has[slot] = true;
        for (uint32_t i = 0; i < op->region_count; i++)
            REGION_FOR_EACH_BLOCK (inner, op->regions[i])
                add_stores(p, inner, set);
    }
}

static uint32_t position_of(const Map *map, const Op *op) { return (uint32_t)(uintptr_t)map_get_ptr(map, op); }

/* Whether what the slot holds after `op` may be read: later in the text, or in the next turn of a loop around it
 * that does not make the memory anew; or, `inside`, in the op itself. */
static bool is_read_after(const Promoter *p, const Slot *slot, const Op *op, bool inside) {
    if (slot->last_read > position_of(&p->ends, op))
        return true;
    const Op *around = inside ? op : op_parent(op);
    for (; around && !op_is_in(slot->alloc, around); around = op_parent(around))
        if (op_is_loop(around) && slot->first_read <= position_of(&p->ends, around) &&
            slot->last_read >= position_of(&p->positions, around))
            return true;
    return false;
}

typedef VEC(uint32_t) SlotList;

/* The slots that `op` changes and somebody reads afterwards. */
static SlotList changed_slots(Promoter *p, Op *op) {
    SlotSet set = {0};
    for (uint32_t i = 0; i < op->region_count; i++)
        REGION_FOR_EACH_BLOCK (block, op->regions[i])
            add_stores(p, block, &set);
    SlotList list = {0};
    VEC_FOR_EACH (i, &p->slots)
        if (set.has[i] && !op_is_in(p->slots.items[i].alloc, op) && is_read_after(p, &p->slots.items[i], op, op_is_loop(op)))
            vec_push(p->scratch, &list, i);
    return list;
}

/* ------------------------------------------------------------------ the walk */

static void promote_block(Promoter *p, Block *block);

static Value *value_now(Promoter *p, uint32_t slot, Builder *b) {
    Slot *s = &p->slots.items[slot];
    return s->now ? s->now : build_undef(b, s->type);
}

static Value **save_slots(Promoter *p) {
    Value **saved = arena_array(p->scratch, Value *, p->slots.len);
    VEC_FOR_EACH (i, &p->slots)
        saved[i] = p->slots.items[i].now;
    return saved;
}

static void restore_slots(Promoter *p, Value *const *saved) {
    VEC_FOR_EACH (i, &p->slots)
        p->slots.items[i].now = saved[i];
}

/* Adds what the slots hold at the end of `block` to its terminator. */
static void yield_slots(Promoter *p, Block *block, const SlotList *slots) {
    Op *end = op_terminator(block);
    if (!end || end->code == OP_FUNC_UNREACHABLE)
        return;
    Builder b = builder_before(end);
    ValueVec values = {0};
    for (uint32_t i = 0; i < end->operand_count; i++)
        vec_push(p->scratch, &values, op_operand(end, i));
    VEC_FOR_EACH (i, slots)
        vec_push(p->scratch, &values, value_now(p, slots->items[i], &b));
    op_set_operands(end, values.items, values.len);
}

/* The op again with a result more for each slot; these are what the slots hold after it. */
static void add_results(Promoter *p, Op *op, const ValueVec *more_operands, const SlotList *slots) {
    ValueVec operands = {0};
    TypeVec types = {0};
    for (uint32_t i = 0; i < op->operand_count; i++)
        vec_push(p->scratch, &operands, op_operand(op, i));
    VEC_FOR_EACH (i, more_operands)
        vec_push(p->scratch, &operands, more_operands->items[i]);
    for (uint32_t i = 0; i < op->result_count; i++)
        vec_push(p->scratch, &types, op_result(op, i)->type);
    VEC_FOR_EACH (i, slots)
        vec_push(p->scratch, &types, p->slots.items[slots->items[i]].type);
    Op *made = op_remake(op, operands.items, operands.len, types.items, types.len);
    map_put_ptr(&p->positions, made, map_get_ptr(&p->positions, op));
    map_put_ptr(&p->ends, made, map_get_ptr(&p->ends, op));
    for (uint32_t i = 0; i < op->result_count; i++)
        value_replace_uses(op_result(op, i), op_result(made, i));
    VEC_FOR_EACH (i, slots)
        p->slots.items[slots->items[i]].now = op_result(made, op->result_count + i);
    op_erase(op);
}

static void promote_if(Promoter *p, Op *op) {
    SlotList slots = changed_slots(p, op);
    Value **before = save_slots(p);
    for (uint32_t i = 0; i < op->region_count; i++) {
        Block *block = region_entry(op->regions[i]);
        promote_block(p, block);
        yield_slots(p, block, &slots);
        restore_slots(p, before);
    }
    if (slots.len > 0)
        add_results(p, op, &(ValueVec){0}, &slots);
}

static void add_block_args(Promoter *p, Block *block, const SlotList *slots) {
    VEC_FOR_EACH (i, slots) {
        Slot *slot = &p->slots.items[slots->items[i]];
        slot->now = block_add_arg(p->module, block, slot->type);
    }
}

/* A loop's regions each take the carried slots and hand them on: loop.for's body, loop.while's two. */
static void promote_loop(Promoter *p, Op *op) {
    SlotList slots = changed_slots(p, op);
    Builder b = builder_before(op);
    ValueVec initial = {0};
    VEC_FOR_EACH (i, &slots)
        vec_push(p->scratch, &initial, value_now(p, slots.items[i], &b));
    Value **before = save_slots(p);
    for (uint32_t i = 0; i < op->region_count; i++) {
        Block *block = region_entry(op->regions[i]);
        add_block_args(p, block, &slots);
        promote_block(p, block);
        yield_slots(p, block, &slots);
        restore_slots(p, before);
    }
    if (slots.len > 0)
        add_results(p, op, &initial, &slots);
}

static void promote_load(Promoter *p, Op *op) {
    int64_t slot = slot_of(p, op, 0);
    if (slot < 0)
        return;
    const Place *place = map_get_ptr(&p->places, op_operand(op, 0));
    Builder b = builder_before(op);
    Value *value = value_now(p, (uint32_t)slot, &b);
    for (uint32_t i = 0; i < place->field_count; i++)
        value = build_agg_get(&b, value, place->fields[i]);
    value_replace_uses(op_result(op, 0), value);
    vec_push(p->scratch, &p->dead, op);
    p->changed = true;
}

/* `aggregate` with the field at the end of the path replaced. */
static Value *set_field(Builder *b, Value *aggregate, const uint32_t *path, uint32_t depth, Value *value) {
    if (depth == 0)
        return value;
    if (depth > 1)
        value = set_field(b, build_agg_get(b, aggregate, path[0]), path + 1, depth - 1, value);
    return build_agg_set(b, aggregate, path[0], value);
}

static void promote_store(Promoter *p, Op *op) {
    int64_t slot = slot_of(p, op, 1);
    if (slot < 0)
        return;
    const Place *place = map_get_ptr(&p->places, op_operand(op, 1));
    Builder b = builder_before(op);
    Value *stored = op_operand(op, 0);
    if (place->field_count > 0)
        stored = set_field(&b, value_now(p, (uint32_t)slot, &b), place->fields, place->field_count, stored);
    p->slots.items[slot].now = stored;
    vec_push(p->scratch, &p->dead, op);
    p->changed = true;
}

static void promote_op(Promoter *p, Op *op) {
    switch (op->code) {
    case OP_MEM_LOAD:  promote_load(p, op); return;
    case OP_MEM_STORE: promote_store(p, op); return;
    case OP_IF:        promote_if(p, op); return;
    case OP_LOOP_FOR:
    case OP_LOOP_WHILE: promote_loop(p, op); return;
    case OP_MEM_EXTENT: {
        if (!map_has_ptr(&p->places, op_operand(op, 0)))
            return;
        Builder b = builder_before(op);
        int64_t extent = op_operand(op, 0)->type->extents[attr_as_i64(op_attr(op, ATTR_KEY_DIM))];
        value_replace_uses(op_result(op, 0), build_i64(&b, extent));
        break;
    }
    case OP_MEM_SUBVIEW:
    case OP_MEM_FIELD:
    case OP_DBG_VALUE:
        if (!map_has_ptr(&p->places, op_operand(op, 0)))
            return;
        break;
    case OP_MEM_ALLOC_LOCAL: {
        const Place *place = map_get_ptr(&p->places, op_result(op, 0));
        if (!place)
            return;
        for (int64_t i = 0; i < element_count(op_result(op, 0)->type); i++)
            p->slots.items[place->first_slot + i].now = NULL;
        break;
    }
    default: return;
    }
    vec_push(p->scratch, &p->dead, op);
    p->changed = true;
}

static void promote_block(Promoter *p, Block *block) {
    BLOCK_FOR_EACH_OP_SAFE (op, block)
        promote_op(p, op);
}

bool pass_promote_local(PassContext *cx, Func *func) {
    if (func_has_early_exits(func))
        return false;
    Promoter p = {.scratch = cx->scratch, .module = func->module, .places = {.arena = cx->scratch},
                  .positions = {.arena = cx->scratch}, .ends = {.arena = cx->scratch}};
    uint32_t position = 0;
    survey_block(&p, func_entry(func), &position);
    if (p.places.count == 0)
        return false;
    promote_block(&p, func_entry(func));
    while (p.dead.len > 0)
        op_erase(vec_pop(&p.dead));
    return p.changed;
}
