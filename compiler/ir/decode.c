/* Functions to flat code: slots for values, jumps for regions, moves for block arguments
 * (decode.h). */
#include "ir/decode_internal.h"

#include "base/diag.h"

/* Slots. */

uint32_t slots_of(const Type *type) {
    switch (type->kind) {
    case TYPE_NONE:   return 0;
    case TYPE_VECTOR: return type->lanes * slots_of(type->element);
    case TYPE_PTR:    return PTR_SLOTS;
    case TYPE_VIEW:   return PTR_SLOTS + (type->hangs ? 3 * type->rank + 1 : 2 * type->rank);
    case TYPE_TUPLE:
    case TYPE_STRUCT: return slot_of_field(type, type->field_count);
    default:          return 1;
    }
}

uint32_t slot_of_field(const Type *aggregate, uint32_t field) {
    uint32_t slot = 0;
    for (uint32_t i = 0; i < field; i++)
        slot += slots_of(aggregate->fields[i]);
    return slot;
}

void slots_from_attr(const Type *type, const Attr *attr, uint64_t *slots) {
    switch (attr->kind) {
    case ATTR_INT:
    case ATTR_FLOAT:  slots[0] = attr->bits; return;
    case ATTR_STRING: slots[0] = (uint64_t)(uintptr_t)attr->string; return;
    case ATTR_LIST:
        for (uint32_t i = 0; i < attr->len; i++) {
            const Type *item = type->kind == TYPE_VECTOR ? type->element : type->fields[i];
            slots_from_attr(item, attr->items[i], slots);
            slots += slots_of(item);
        }
        return;
    default:
        if (slots_of(type))
            slots[0] = (uint64_t)(uintptr_t)attr;
        return;
    }
}

static const Attr *list_from_slots(Types *types, const Type *type, const uint64_t *slots) {
    bool is_vector = type->kind == TYPE_VECTOR;
    uint32_t count = is_vector ? type->lanes : type->field_count;
    const Attr **items = arena_array(types->arena, const Attr *, count);
    for (uint32_t i = 0; i < count; i++) {
        const Type *item = is_vector ? type->element : type->fields[i];
        items[i] = slots_to_attr(types, item, slots);
        slots += slots_of(item);
    }
    return attr_list(types, type, items, count);
}

const Attr *slots_to_attr(Types *types, const Type *type, const uint64_t *slots) {
    if (type_is_scalar(type)) {
        ScalarClass class = type_class(type);
        bool is_float = class == CLASS_FLOAT || class == CLASS_STORAGE_FLOAT;
        return is_float ? attr_float_bits(types, type, slots[0]) : attr_int(types, type, slots[0]);
    }
    switch (type->kind) {
    case TYPE_NONE:   return attr_none(types);
    case TYPE_STR:
        return attr_string(types, intern_cstr(types->names, (const char *)(uintptr_t)slots[0]));
    case TYPE_VECTOR:
    case TYPE_TUPLE:
    case TYPE_STRUCT: return list_from_slots(types, type, slots);
    default:          return (const Attr *)(uintptr_t)slots[0];
    }
}

uint32_t new_slots(Decoder *d, uint32_t count) {
    uint32_t first = d->next_slot;
    d->next_slot += count;
    return first;
}

void set_slot(Decoder *d, const Value *value, uint32_t slot) {
    map_put_ptr(&d->slots, value, (void *)(uintptr_t)(slot + 1));
}

uint32_t slot_of(Decoder *d, const Value *value) {
    uint32_t slot = (uint32_t)(uintptr_t)map_get_ptr(&d->slots, value);
    if (!slot)
        weft_bug("%s uses a value that was not decoded before", op_info[d->op->code].text);
    return slot - 1;
}

uint32_t result_slot(Decoder *d, const Op *op) {
    uint32_t slot = new_slots(d, slots_of(op_result(op, 0)->type));
    set_slot(d, op_result(op, 0), slot);
    return slot;
}

/* Emitting. */

Instr *emit(Decoder *d, InstrCode code, uint32_t to, uint32_t a, uint32_t b) {
    Instr instr = {.code = (uint16_t)code, .d = to, .a = a, .b = b};
    vec_push(d->arena, &d->instrs, instr);
    vec_push(d->arena, &d->ops, d->op);
    vec_push(d->arena, &d->loop_of, d->loop);
    return &vec_last(&d->instrs);
}

static void emit_move(Decoder *d, CallMove move) {
    if (move.len == 0 || move.from == move.to)
        return;
    emit(d, move.len == 1 ? INSTR_MOVE : INSTR_MOVE_N, move.to, move.from, 0)->n =
        (uint16_t)move.len;
}

static bool overlap(uint32_t a, uint32_t a_len, uint32_t b, uint32_t b_len) {
    return a < b + b_len && b < a + a_len;
}

/* Whether a move writes what a later one, or itself, has still to read. */
static bool clashes(const CallMove *moves, uint32_t count, uint32_t i) {
    for (uint32_t k = i; k < count; k++)
        if (moves[k].from != moves[k].to && (k != i || moves[i].from != moves[i].to) &&
            overlap(moves[i].to, moves[i].len, moves[k].from, moves[k].len))
            return true;
    return false;
}

void emit_moves(Decoder *d, const CallMove *moves, uint32_t count) {
    bool clash = false;
    for (uint32_t i = 0; i < count && !clash; i++)
        clash = moves[i].from != moves[i].to && clashes(moves, count, i);
    if (!clash) {
        for (uint32_t i = 0; i < count; i++)
            emit_move(d, moves[i]);
        return;
    }
    CallMove *out = arena_array(d->arena, CallMove, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t between = new_slots(d, moves[i].len);
        emit_move(d, (CallMove){moves[i].from, between, moves[i].len});
        out[i] = (CallMove){between, moves[i].to, moves[i].len};
    }
    for (uint32_t i = 0; i < count; i++)
        emit_move(d, out[i]);
}

/* Moves the terminator's operands from `first` on to `targets`. */
static void emit_passing(Decoder *d, const Op *op, uint32_t first, const uint32_t *targets) {
    uint32_t count = op->operand_count - first;
    CallMove *moves = arena_array(d->arena, CallMove, count);
    for (uint32_t i = 0; i < count; i++) {
        Value *value = op_operand(op, first + i);
        moves[i] = (CallMove){slot_of(d, value), targets[i], slots_of(value->type)};
    }
    emit_moves(d, moves, count);
}

/* Jumps whose target is not known yet: indices of instructions. */
typedef VEC(uint32_t) Patches;

static void emit_jump_later(Decoder *d, Patches *patches, InstrCode code, uint32_t condition) {
    emit(d, code, 0, condition, 0);
    vec_push(d->arena, patches, d->instrs.len - 1);
}

static void patch_here(Decoder *d, const Patches *patches) {
    VEC_FOR_EACH (i, patches)
        d->instrs.items[patches->items[i]].target = d->instrs.len;
}

/* Loops. */

typedef struct LoopContext {
    struct LoopContext *outer;
    const uint32_t *carried, *results; /* slots */
    Patches breaks, continues;
} LoopContext;

static bool may_stop(const Region *region) {
    REGION_FOR_EACH_BLOCK (block, region) {
        BLOCK_FOR_EACH_OP (op, block) {
            if (op_has(op, CONVERGENT) || op->code == OP_FUNC_CALL || op->code == OP_VEC_MAP)
                return true;
            for (uint32_t i = 0; i < op->region_count; i++)
                if (may_stop(op_region(op, i)))
                    return true;
        }
    }
    return false;
}

static void enter_loop(Decoder *d, LoopContext *context, const Op *op) {
    bool counts = false;
    for (uint32_t i = 0; i < op->region_count; i++)
        counts |= may_stop(op_region(op, i));
    CodeLoop loop = {.parent = d->loop, .span = op->span};
    if (counts)
        loop.turns = new_slots(d, 1);
    vec_push(d->arena, &d->loops, loop);
    d->loop = d->loops.len;
    context->outer = d->around;
    d->around = context;
}

static void leave_loop(Decoder *d, LoopContext *context) {
    d->loop = d->loops.items[d->loop - 1].parent;
    d->around = context->outer;
}

static const uint32_t *slots_for_args(Decoder *d, const Block *block, uint32_t first) {
    uint32_t *slots = arena_array(d->arena, uint32_t, block->arg_count);
    for (uint32_t i = first; i < block->arg_count; i++) {
        slots[i - first] = new_slots(d, slots_of(block->args[i]->type));
        set_slot(d, block->args[i], slots[i - first]);
    }
    return slots;
}

/* A loop's results lie where its last arguments do: these are written again only when the loop is
 * entered again, and then nobody may look at the old results. */
static void name_results(Decoder *d, const Op *op, const uint32_t *slots) {
    for (uint32_t i = 0; i < op->result_count; i++)
        set_slot(d, op_result(op, i), slots[i]);
}

static void decode_block(Decoder *d, const Block *block, const uint32_t *yields);

static void emit_turn_start(Decoder *d) {
    uint32_t turns = d->loops.items[d->loop - 1].turns;
    if (turns)
        emit(d, INSTR_MOVE, turns, SLOT_ZERO, 0);
}

static void emit_turn(Decoder *d) {
    uint32_t turns = d->loops.items[d->loop - 1].turns;
    if (turns)
        emit(d, INSTR_COUNT, turns, 0, 0);
}

static void decode_for(Decoder *d, Op *op) {
    Block *body = region_entry(op_region(op, 0));
    const Type *counter_type = body->args[0]->type;
    bool is_signed = type_is_signed(counter_type);
    LoopContext context = {0};
    Patches none = {0};
    uint32_t counter = new_slots(d, 1), left = new_slots(d, 1);
    set_slot(d, body->args[0], counter);
    context.carried = context.results = slots_for_args(d, body, 1);
    emit(d, is_signed ? INSTR_TRIPS_SIGNED : INSTR_TRIPS_UNSIGNED, left,
         slot_of(d, op_operand(op, 0)), slot_of(d, op_operand(op, 1)))
        ->extra = slot_of(d, op_operand(op, 2));
    emit(d, INSTR_MOVE, counter, slot_of(d, op_operand(op, 0)), 0);
    emit_passing(d, op, 3, context.carried);
    emit_jump_later(d, &none, INSTR_JUMP_UNLESS, left);
    uint32_t step = slot_of(d, op_operand(op, 2));
    enter_loop(d, &context, op);
    emit_turn_start(d);
    uint32_t head = d->instrs.len;
    emit_turn(d);
    decode_block(d, body, context.carried);
    d->op = op;
    patch_here(d, &context.continues);
    Instr *next = emit(d, is_signed ? INSTR_FOR_NEXT : INSTR_FOR_NEXT_U, counter, left, step);
    next->n = (uint16_t)type_bits(counter_type);
    next->target = head;
    leave_loop(d, &context);
    patch_here(d, &context.breaks);
    patch_here(d, &none);
    name_results(d, op, context.results);
}

static void decode_while(Decoder *d, Op *op) {
    Block *head = region_entry(op_region(op, 0)), *body = region_entry(op_region(op, 1));
    LoopContext context = {0};
    context.carried = slots_for_args(d, head, 0);
    context.results = slots_for_args(d, body, 0);
    emit_passing(d, op, 0, context.carried);
    enter_loop(d, &context, op);
    emit_turn_start(d);
    uint32_t start = d->instrs.len;
    emit_turn(d);
    decode_block(d, head, NULL); /* its loop.condition leaves through the context's breaks */
    decode_block(d, body, context.carried);
    d->op = op;
    emit(d, INSTR_JUMP, 0, 0, 0)->target = start;
    VEC_FOR_EACH (i, &context.continues)
        d->instrs.items[context.continues.items[i]].target = start;
    leave_loop(d, &context);
    patch_here(d, &context.breaks);
    name_results(d, op, context.results);
}

static void decode_if(Decoder *d, Op *op) {
    uint32_t *results = arena_array(d->arena, uint32_t, op->result_count);
    for (uint32_t i = 0; i < op->result_count; i++) {
        results[i] = new_slots(d, slots_of(op_result(op, i)->type));
        set_slot(d, op_result(op, i), results[i]);
    }
    Patches otherwise = {0}, end = {0};
    emit_jump_later(d, &otherwise, INSTR_JUMP_UNLESS, slot_of(d, op_operand(op, 0)));
    decode_block(d, region_entry(op_region(op, 0)), results);
    d->op = op;
    Block *second = op->region_count > 1 ? region_entry(op_region(op, 1)) : NULL;
    bool is_empty = !second || (second->first == second->last && op->result_count == 0 &&
                                second->first->code == OP_YIELD);
    if (!is_empty)
        emit_jump_later(d, &end, INSTR_JUMP, 0);
    patch_here(d, &otherwise);
    if (!is_empty)
        decode_block(d, second, results);
    patch_here(d, &end);
}

/* kernel.threads: three loops about the region, x the innermost. Each counts down what is left. */
static void decode_threads_dim(Decoder *d, Op *op, uint32_t dim) {
    Block *body = region_entry(op_region(op, 0));
    uint32_t counter = slot_of(d, body->args[dim]), left = new_slots(d, 1);
    Patches none = {0};
    emit(d, INSTR_TRIPS_SIGNED, left, SLOT_ZERO, slot_of(d, op_operand(op, dim)))->extra = SLOT_ONE;
    emit(d, INSTR_MOVE, counter, SLOT_ZERO, 0);
    emit_jump_later(d, &none, INSTR_JUMP_UNLESS, left);
    uint32_t head = d->instrs.len;
    if (dim == 0)
        decode_block(d, body, NULL);
    else
        decode_threads_dim(d, op, dim - 1);
    d->op = op;
    Instr *next = emit(d, INSTR_FOR_NEXT, counter, left, SLOT_ONE);
    next->n = 64;
    next->target = head;
    patch_here(d, &none);
}

static void decode_threads(Decoder *d, Op *op) {
    Block *body = region_entry(op_region(op, 0));
    LoopContext context = {0};
    slots_for_args(d, body, 0);
    enter_loop(d, &context, op);
    decode_threads_dim(d, op, 2);
    leave_loop(d, &context);
}

/* Terminators. */

static void decode_return(Decoder *d, const Op *op) {
    uint32_t count = op->operand_count, *targets = arena_array(d->arena, uint32_t, count);
    uint32_t first = new_slots(d, d->code->result_slots), slot = first;
    for (uint32_t i = 0; i < count; i++) {
        targets[i] = slot;
        slot += slots_of(op_operand(op, i)->type);
    }
    emit_passing(d, op, 0, targets);
    emit(d, INSTR_RETURN, 0, first, 0)->n = (uint16_t)(slot - first);
}

static void decode_terminator(Decoder *d, Op *op, const uint32_t *yields) {
    switch (op->code) {
    case OP_YIELD:
        if (yields)
            emit_passing(d, op, 0, yields);
        break;
    case OP_LOOP_CONDITION:
        emit_passing(d, op, 1, d->around->results);
        emit_jump_later(d, &d->around->breaks, INSTR_JUMP_UNLESS, slot_of(d, op_operand(op, 0)));
        break;
    case OP_LOOP_BREAK:
        emit_passing(d, op, 0, d->around->results);
        emit_jump_later(d, &d->around->breaks, INSTR_JUMP, 0);
        break;
    case OP_LOOP_CONTINUE:
        emit_passing(d, op, 0, d->around->carried);
        emit_jump_later(d, &d->around->continues, INSTR_JUMP, 0);
        break;
    case OP_FUNC_RETURN: decode_return(d, op); break;
    default:             emit(d, INSTR_UNREACHABLE, 0, 0, 0); break;
    }
}

static void decode_block(Decoder *d, const Block *block, const uint32_t *yields) {
    BLOCK_FOR_EACH_OP (op, block) {
        d->op = op;
        if (op_has(op, TERMINATOR))
            decode_terminator(d, op, yields);
        else if (op->code == OP_IF)
            decode_if(d, op);
        else if (op->code == OP_LOOP_FOR)
            decode_for(d, op);
        else if (op->code == OP_LOOP_WHILE)
            decode_while(d, op);
        else if (op->code == OP_KERNEL_THREADS)
            decode_threads(d, op);
        else if (op->code != OP_ARITH_CONST && op->code != OP_ARITH_UNDEF)
            decode_op(d, op);
    }
}

/* Functions. */

static void place_constant(Op *op, void *context) {
    Decoder *d = context;
    if (op->code == OP_ARITH_CONST || op->code == OP_ARITH_UNDEF)
        result_slot(d, op);
}

static void fill_constant(Op *op, void *context) {
    Decoder *d = context;
    const Attr *value = op->code == OP_ARITH_CONST ? op_attr(op, ATTR_KEY_VALUE) : NULL;
    if (value)
        slots_from_attr(op_result(op, 0)->type, value,
                        d->code->constants + slot_of(d, op_result(op, 0)));
}

static void place_constants(Decoder *d, Func *func) {
    d->next_slot = SLOT_ONE + 1;
    region_walk(func->body, place_constant, d);
    d->code->constant_count = d->next_slot;
    d->code->constants = arena_array(d->arena, uint64_t, d->next_slot);
    d->code->constants[SLOT_ONE] = 1;
    region_walk(func->body, fill_constant, d);
}

Code *decode_func(Arena *arena, Types *types, Func *func) {
    Decoder d = {
        .arena = arena, .types = types, .code = arena_new(arena, Code), .slots = {.arena = arena}};
    Code *code = d.code;
    code->func = func;
    place_constants(&d, func);
    code->first_arg = d.next_slot;
    slots_for_args(&d, func_entry(func), 0);
    for (uint32_t i = 0; i < func->result_count; i++)
        code->result_slots += slots_of(func->results[i]);
    decode_block(&d, func_entry(func), NULL);
    code->instrs = d.instrs.items;
    code->count = d.instrs.len;
    code->ops = d.ops.items;
    code->loop_of = d.loop_of.items;
    code->loops = d.loops.items;
    code->frame_size = d.next_slot;
    return code;
}
