/* Ops without regions to instructions, or to no instruction where the result is only a part of an
 * operand. */
#include "ir/decode_internal.h"

#include "base/diag.h"

static uint32_t operand_slot(Decoder *d, const Op *op, uint32_t i) {
    return slot_of(d, op_operand(op, i));
}

static const Type *operand_type(const Op *op, uint32_t i) {
    return op_operand(op, i)->type;
}

static uint32_t attr_number(const Op *op, AttrKey key) {
    const Attr *attr = op_attr(op, key);
    return attr && attr->kind == ATTR_INT ? (uint32_t)attr->bits : 0;
}

static const char *attr_word(const Op *op, AttrKey key) {
    const Attr *attr = op_attr(op, key);
    return attr && attr->kind == ATTR_STRING ? attr->string : "";
}

static bool constant_index(const Op *op, uint32_t i, uint32_t *index) {
    const Attr *constant = value_constant(op_operand(op, i));
    if (!constant || constant->kind != ATTR_INT)
        return false;
    *index = (uint32_t)constant->bits;
    return constant->bits <= UINT32_MAX;
}

/* Arithmetic. */

static int fast_kind(const Type *type) {
    switch (type->kind) {
#define X(kind, class, width) case TYPE_##kind: return FAST_##kind;
        FAST_INTEGERS(X)
#undef X
    case TYPE_F32: return FAST_F32;
    case TYPE_F64: return FAST_F64;
    default:       return -1;
    }
}

static bool is_arithmetic(Opcode code) {
    static const Opcode others[] = {OP_ARITH_CMP, OP_ARITH_CONVERT, OP_MATH_IS_NAN, OP_MATH_IS_INF,
                                    OP_ARITH_RANGE_TRIPS};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (code == others[i])
            return true;
    return strcmp(op_info[code].computes, "NO_VALUE") != 0;
}

static void emit_eval(Decoder *d, const Op *op) {
    EvalRecord *record = arena_new(d->arena, EvalRecord);
    record->code = op->code;
    record->type = type_scalar_of(operand_type(op, 0));
    record->result = type_scalar_of(op_result(op, 0)->type);
    record->count = op->operand_count;
    eval_predicate(attr_word(op, ATTR_KEY_PREDICATE), &record->predicate);
    for (uint32_t i = 0; i < op->operand_count; i++)
        record->operands[i] = operand_slot(d, op, i);
    Instr *instr = emit(d, INSTR_EVAL, result_slot(d, op), 0, 0);
    instr->n = (uint16_t)type_lanes(op_result(op, 0)->type);
    instr->record = record;
}

static bool emit_compare(Decoder *d, const Op *op) {
    const Type *type = operand_type(op, 0);
    Predicate predicate;
    InstrCode first = !type_is_scalar(type)              ? 0
                      : type->kind == TYPE_F32           ? INSTR_CMP_F32_EQ
                      : type->kind == TYPE_F64           ? INSTR_CMP_F64_EQ
                      : type_class(type) == CLASS_SIGNED ? INSTR_CMP_S_EQ
                      : type_class(type) == CLASS_UNSIGNED || type->kind == TYPE_BOOL
                          ? INSTR_CMP_U_EQ
                          : 0;
    if (!first || !eval_predicate(attr_word(op, ATTR_KEY_PREDICATE), &predicate))
        return false;
    uint32_t a = operand_slot(d, op, 0), b = operand_slot(d, op, 1);
    emit(d, first + predicate, result_slot(d, op), a, b);
    return true;
}

/* Between integers the low bits stay: nothing to do where they are extended as the new type wants
 * them. */
static bool emit_integer_convert(Decoder *d, const Op *op) {
    const Type *from = operand_type(op, 0), *to = op_result(op, 0)->type;
    if (!(type_is_integer(from) || from->kind == TYPE_BOOL) || !type_is_integer(to))
        return false;
    bool keeps =
        type_is_signed(from) == type_is_signed(to)
            ? type_bits(from) <= type_bits(to)
            : type_bits(to) == 64 || (type_is_signed(to) && type_bits(from) < type_bits(to));
    if (keeps) {
        set_slot(d, op_result(op, 0), operand_slot(d, op, 0));
        return true;
    }
    uint32_t a = operand_slot(d, op, 0);
    emit(d, type_is_signed(to) ? INSTR_CUT_SIGNED : INSTR_CUT_UNSIGNED, result_slot(d, op), a, 0)
        ->n = (uint16_t)type_bits(to);
    return true;
}

static void decode_arithmetic(Decoder *d, const Op *op) {
    if (op->code == OP_ARITH_CMP && emit_compare(d, op))
        return;
    if (op->code == OP_ARITH_CONVERT && emit_integer_convert(d, op))
        return;
    int kind = fast_kind(operand_type(op, 0));
    if (kind < 0 || strcmp(op_info[op->code].computes, "NO_VALUE") == 0) {
        emit_eval(d, op);
        return;
    }
    uint32_t a = operand_slot(d, op, 0), b = op->operand_count > 1 ? operand_slot(d, op, 1) : 0;
    uint32_t c = op->operand_count > 2 ? operand_slot(d, op, 2) : 0;
    emit(d, FAST_CODE(op->code, kind), result_slot(d, op), a, b)->extra = c;
}

static void decode_select(Decoder *d, const Op *op) {
    uint32_t condition = operand_slot(d, op, 0), a = operand_slot(d, op, 1),
             b = operand_slot(d, op, 2);
    bool by_lane = operand_type(op, 0)->kind == TYPE_VECTOR;
    Instr *instr =
        emit(d, by_lane ? INSTR_SELECT_LANES : INSTR_SELECT, result_slot(d, op), condition, a);
    instr->n = (uint16_t)slots_of(op_result(op, 0)->type);
    instr->extra = b;
}

static void decode_bitcast(Decoder *d, const Op *op) {
    BitcastRecord *record = arena_new(d->arena, BitcastRecord);
    record->from = operand_type(op, 0);
    record->to = op_result(op, 0)->type;
    uint32_t a = operand_slot(d, op, 0);
    emit(d, INSTR_BITCAST, result_slot(d, op), a, 0)->record = record;
}

/* Aggregates and vectors. */

/* agg.make, vec.build, vec.join: the operands one after the other. */
static void decode_concatenation(Decoder *d, const Op *op) {
    CallMove *moves = arena_array(d->arena, CallMove, op->operand_count);
    uint32_t slot = new_slots(d, slots_of(op_result(op, 0)->type));
    uint32_t to = slot;
    for (uint32_t i = 0; i < op->operand_count; i++) {
        moves[i] = (CallMove){operand_slot(d, op, i), to, slots_of(operand_type(op, i))};
        to += moves[i].len;
    }
    emit_moves(d, moves, op->operand_count);
    set_slot(d, op_result(op, 0), slot);
}

static void emit_copy(Decoder *d, uint32_t to, uint32_t from, uint32_t len) {
    CallMove move = {from, to, len};
    emit_moves(d, &move, 1);
}

static void decode_set(Decoder *d, const Op *op) {
    const Type *type = op_result(op, 0)->type;
    uint32_t index = attr_number(op, ATTR_KEY_INDEX);
    uint32_t from = operand_slot(d, op, 0), value = operand_slot(d, op, 1), to = result_slot(d, op);
    emit_copy(d, to, from, slots_of(type));
    emit_copy(d, to + slot_of_field(type, index), value, slots_of(type->fields[index]));
}

static void decode_table(Decoder *d, const Op *op) {
    const Attr *table = op_attr(op, ATTR_KEY_VALUE);
    const Type *type = op_result(op, 0)->type;
    TableRecord *record = arena_new(d->arena, TableRecord);
    record->count = table->len;
    record->slots = arena_array(d->arena, uint64_t, table->len * slots_of(type));
    for (uint32_t i = 0; i < table->len; i++)
        slots_from_attr(type, table->items[i], record->slots + i * slots_of(type));
    uint32_t index = operand_slot(d, op, 0);
    Instr *instr = emit(d, INSTR_TABLE, result_slot(d, op), index, 0);
    instr->n = (uint16_t)slots_of(type);
    instr->record = record;
}

static void decode_splat(Decoder *d, const Op *op) {
    uint32_t from = operand_slot(d, op, 0), to = result_slot(d, op);
    for (uint32_t i = 0; i < type_lanes(op_result(op, 0)->type); i++)
        emit_copy(d, to + i, from, 1);
}

static void decode_iota(Decoder *d, const Op *op) {
    const Type *type = op_result(op, 0)->type, *scalar = type_scalar_of(type);
    TableRecord *record = arena_new(d->arena, TableRecord);
    record->count = 1;
    record->slots = arena_array(d->arena, uint64_t, type_lanes(type));
    for (uint32_t i = 0; i < type_lanes(type); i++)
        record->slots[i] = eval_convert(d->types->i64, scalar, i);
    Instr *instr = emit(d, INSTR_TABLE, result_slot(d, op), SLOT_ZERO, 0);
    instr->n = (uint16_t)type_lanes(type);
    instr->record = record;
}

static void decode_extract(Decoder *d, const Op *op) {
    uint32_t lanes = type_lanes(operand_type(op, 0)), lane, a = operand_slot(d, op, 0);
    if (constant_index(op, 1, &lane) && lane < lanes) {
        set_slot(d, op_result(op, 0), a + lane);
        return;
    }
    uint32_t b = operand_slot(d, op, 1);
    emit(d, INSTR_EXTRACT, result_slot(d, op), a, b)->n = (uint16_t)lanes;
}

static void decode_insert(Decoder *d, const Op *op) {
    uint32_t a = operand_slot(d, op, 0), b = operand_slot(d, op, 1), lane = operand_slot(d, op, 2);
    Instr *instr = emit(d, INSTR_INSERT, result_slot(d, op), a, b);
    instr->n = (uint16_t)type_lanes(op_result(op, 0)->type);
    instr->extra = lane;
}

static void decode_shuffle(Decoder *d, const Op *op) {
    const Attr *lanes = op_attr(op, ATTR_KEY_LANES);
    uint32_t from = operand_slot(d, op, 0), to = result_slot(d, op),
             limit = type_lanes(operand_type(op, 0));
    for (uint32_t i = 0; i < lanes->len; i++)
        emit_copy(d, to + i, from + (uint32_t)lanes->items[i]->bits % limit, 1);
}

static void decode_slice(Decoder *d, const Op *op) {
    uint32_t lanes = type_lanes(operand_type(op, 0)), count = type_lanes(op_result(op, 0)->type),
             start;
    uint32_t a = operand_slot(d, op, 0);
    if (constant_index(op, 1, &start) && start + count <= lanes) {
        set_slot(d, op_result(op, 0), a + start);
        return;
    }
    uint32_t b = operand_slot(d, op, 1);
    Instr *instr = emit(d, INSTR_SLICE, result_slot(d, op), a, b);
    instr->n = (uint16_t)count;
    instr->extra = lanes;
}

static void decode_reduce(Decoder *d, const Op *op) {
    ReduceRecord *record = arena_new(d->arena, ReduceRecord);
    if (!eval_kind(attr_word(op, ATTR_KEY_KIND), &record->code))
        weft_bug("vec.reduce of kind %s", attr_word(op, ATTR_KEY_KIND));
    record->type = type_scalar_of(operand_type(op, 0));
    uint32_t a = operand_slot(d, op, 0);
    Instr *instr = emit(d, INSTR_REDUCE, result_slot(d, op), a, 0);
    instr->n = (uint16_t)type_lanes(operand_type(op, 0));
    instr->record = record;
}

/* Calls. */

static Func *callee_of(const Op *op) {
    return op_attr(op, ATTR_KEY_CALLEE)->func;
}

static void emit_call(Decoder *d, Func *func, const CallMove *moves, uint32_t count,
                      uint32_t results) {
    CallRecord *record = arena_new(d->arena, CallRecord);
    record->func = func;
    record->moves = moves;
    record->move_count = count;
    emit(d, INSTR_CALL, results, 0, 0)->record = record;
}

static void decode_call(Decoder *d, const Op *op) {
    CallMove *moves = arena_array(d->arena, CallMove, op->operand_count);
    uint32_t to = 0, results = d->next_slot;
    for (uint32_t i = 0; i < op->operand_count; i++) {
        moves[i] = (CallMove){operand_slot(d, op, i), to, slots_of(operand_type(op, i))};
        to += moves[i].len;
    }
    for (uint32_t i = 0; i < op->result_count; i++)
        set_slot(d, op_result(op, i), new_slots(d, slots_of(op_result(op, i)->type)));
    emit_call(d, callee_of(op), moves, op->operand_count, results);
}

/* One call for each lane. A lane of a vector operand is passed where it lies; results, one slot for
 * each field of the callee's, go to their lane. */
static void decode_map(Decoder *d, const Op *op) {
    const Type *type = op_result(op, 0)->type;
    const Type *first = type->kind == TYPE_VECTOR ? type : type->fields[0];
    uint32_t lanes = type_lanes(first), fields = slots_of(type) / lanes;
    uint32_t result = result_slot(d, op), between = new_slots(d, fields);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        CallMove *moves = arena_array(d->arena, CallMove, op->operand_count);
        uint32_t to = 0;
        for (uint32_t i = 0; i < op->operand_count; i++) {
            bool by_lane = operand_type(op, i)->kind == TYPE_VECTOR;
            moves[i] = (CallMove){operand_slot(d, op, i) + (by_lane ? lane : 0), to,
                                  by_lane ? 1 : slots_of(operand_type(op, i))};
            to += moves[i].len;
        }
        emit_call(d, callee_of(op), moves, op->operand_count, between);
        for (uint32_t field = 0; field < fields; field++)
            emit_copy(d, result + field * lanes + lane, between + field, 1);
    }
}

/* Memory. */

static const uint32_t *index_slots(Decoder *d, const Op *op, uint32_t first) {
    uint32_t *slots = arena_array(d->arena, uint32_t, op->operand_count - first);
    for (uint32_t i = first; i < op->operand_count; i++)
        slots[i - first] = operand_slot(d, op, i);
    return slots;
}

/* The record of an access through operand `view`, whose indices come after it; `moved` is what goes
 * over. */
static MemoryRecord *access_record(Decoder *d, const Op *op, uint32_t view, const Type *moved) {
    const Type *type = operand_type(op, view);
    MemoryRecord *record = arena_new(d->arena, MemoryRecord);
    bool one = moved == type->element || !moved || moved->kind != TYPE_VECTOR;
    record->flat = type->kind == TYPE_PTR;
    record->type = one && moved ? moved : one ? type->element : moved->element;
    record->size = (uint32_t)type_size(record->type);
    record->lanes = one ? 1 : moved->lanes;
    record->rank = record->flat ? 0 : type->rank;
    record->hangs = type->hangs;
    record->index_count = op->operand_count - view - 1;
    record->indices = index_slots(d, op, view + 1);
    return record;
}

static void decode_load(Decoder *d, const Op *op) {
    MemoryRecord *record = access_record(d, op, 0, op_result(op, 0)->type);
    uint32_t view = operand_slot(d, op, 0);
    emit(d, INSTR_LOAD, result_slot(d, op), view, 0)->record = record;
}

static void decode_store(Decoder *d, const Op *op, InstrCode code) {
    MemoryRecord *record = access_record(d, op, 1, operand_type(op, 0));
    emit(d, code, 0, operand_slot(d, op, 1), operand_slot(d, op, 0))->record = record;
}

static void decode_load_bounded(Decoder *d, const Op *op) {
    MemoryRecord *record = access_record(d, op, 1, op_result(op, 0)->type);
    uint32_t other = operand_slot(d, op, 0), view = operand_slot(d, op, 1);
    emit(d, INSTR_LOAD_BOUNDED, result_slot(d, op), view, other)->record = record;
}

static void decode_atomic(Decoder *d, const Op *op) {
    MemoryRecord *record = access_record(d, op, 1, operand_type(op, 0));
    const char *kind = attr_word(op, ATTR_KEY_KIND);
    record->exchange = strcmp(kind, "exchange") == 0;
    if (!record->exchange && !eval_kind(kind, &record->combine))
        weft_bug("an atomic of kind %s", kind);
    uint32_t value = operand_slot(d, op, 0), view = operand_slot(d, op, 1);
    emit(d, INSTR_ATOMIC, result_slot(d, op), view, value)->record = record;
}

static void decode_cas(Decoder *d, const Op *op) {
    MemoryRecord *record = access_record(d, op, 2, operand_type(op, 0));
    record->value = operand_slot(d, op, 1);
    uint32_t expected = operand_slot(d, op, 0), view = operand_slot(d, op, 2);
    emit(d, INSTR_ATOMIC_CAS, result_slot(d, op), view, expected)->record = record;
}

/* Views made of others: `from` is operand 0, what follows are numbers. */
static void decode_view(Decoder *d, const Op *op, InstrCode code) {
    MemoryRecord *record = arena_new(d->arena, MemoryRecord);
    record->from = operand_type(op, 0);
    record->type = op_result(op, 0)->type;
    record->size = (uint32_t)type_size(record->type->element);
    record->index_count = op->operand_count - 1;
    record->indices = index_slots(d, op, 1);
    if (code == INSTR_SUBVIEW) {
        const Attr *dims = op_attr(op, ATTR_KEY_DIMS);
        uint32_t *kept = arena_array(d->arena, uint32_t, record->type->rank);
        for (uint32_t i = 0; i < record->type->rank; i++)
            kept[i] = (uint32_t)dims->items[i]->bits;
        record->kept = kept;
    }
    uint32_t from = operand_slot(d, op, 0);
    emit(d, code, result_slot(d, op), from, 0)->record = record;
}

static void decode_transpose(Decoder *d, const Op *op) {
    uint32_t from = operand_slot(d, op, 0);
    Instr *instr = emit(d, INSTR_TRANSPOSE, result_slot(d, op), from, 0);
    instr->n = (uint16_t)operand_type(op, 0)->rank;
    instr->extra = operand_type(op, 0)->hangs;
}

static void decode_field(Decoder *d, const Op *op) {
    uint32_t from = operand_slot(d, op, 0);
    uint64_t offset =
        type_field_offset(operand_type(op, 0)->element, attr_number(op, ATTR_KEY_INDEX));
    emit(d, INSTR_FIELD, result_slot(d, op), from, 0)->extra = offset;
}

static void decode_ptr_offset(Decoder *d, const Op *op) {
    const Type *element = operand_type(op, 0)->element;
    uint32_t from = operand_slot(d, op, 0), offset = operand_slot(d, op, 1);
    emit(d, INSTR_PTR_OFFSET, result_slot(d, op), from, offset)->extra =
        element->kind == TYPE_NONE ? 1 : type_size(element);
}

static void decode_alloc(Decoder *d, const Op *op, InstrCode code) {
    const Type *type = op_result(op, 0)->type;
    AllocRecord *record = arena_new(d->arena, AllocRecord);
    record->type = type;
    record->bytes = type_size(type->element);
    record->align = type_align(type->element);
    for (uint32_t i = 0; type->kind == TYPE_VIEW && i < type->rank; i++)
        record->bytes *= (uint64_t)type->extents[i];
    if (type->kind == TYPE_PTR)
        record->bytes *= attr_number(op, ATTR_KEY_VALUE);
    const Attr *name = op_attr(op, ATTR_KEY_NAME);
    record->name = name ? name->string : NULL;
    record->identity = op;
    emit(d, code, result_slot(d, op), 0, 0)->record = record;
}

/* Threads. */

static void decode_special(Decoder *d, const Op *op, uint32_t first) {
    emit(d, INSTR_SPECIAL, result_slot(d, op), 0, 0)->n =
        (uint16_t)(first + attr_number(op, ATTR_KEY_DIM));
}

static CollectiveKind collective_kind(const char *kind, Opcode *combine) {
    static const struct { const char *text; CollectiveKind kind; } rows[] = {
        {"down", SHUFFLE_DOWN}, {"up", SHUFFLE_UP}, {"xor", SHUFFLE_XOR}, {"idx", SHUFFLE_IDX},
        {"prefix_sum", COLLECTIVE_PREFIX}, {"ballot", COLLECTIVE_BALLOT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(kind, rows[i].text) == 0) {
            *combine = OP_ARITH_ADD;
            return rows[i].kind;
        }
    if (!eval_kind(kind, combine))
        weft_bug("a collective of kind %s", kind);
    return COLLECTIVE_REDUCE;
}

static void decode_collective(Decoder *d, const Op *op, InstrCode code) {
    CollectiveRecord *record = arena_new(d->arena, CollectiveRecord);
    record->kind = code == INSTR_BROADCAST
                       ? SHUFFLE_IDX
                       : collective_kind(attr_word(op, ATTR_KEY_KIND), &record->combine);
    record->type = operand_type(op, 0);
    record->slots = slots_of(record->type);
    uint32_t value = operand_slot(d, op, 0),
             lane = op->operand_count > 1 ? operand_slot(d, op, 1) : 0;
    emit(d, code, result_slot(d, op), value, lane)->record = record;
}

/* Text. */

static TextRecord *text_record(Decoder *d, const Op *op, uint32_t first) {
    TextRecord *record = arena_new(d->arena, TextRecord);
    TextOperand *operands = arena_array(d->arena, TextOperand, op->operand_count);
    record->parts = op_attr(op, ATTR_KEY_PARTS);
    record->to_stderr = strcmp(attr_word(op, ATTR_KEY_STREAM), "err") == 0;
    record->count = op->operand_count - first;
    record->operands = operands;
    for (uint32_t i = first; i < op->operand_count; i++)
        operands[i - first] = (TextOperand){operand_type(op, i), operand_slot(d, op, i)};
    return record;
}

static void decode_no_meaning(Decoder *d, const Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++)
        set_slot(d, op_result(op, i), new_slots(d, slots_of(op_result(op, i)->type)));
    emit(d, INSTR_NO_MEANING, 0, 0, 0);
}

/* Of the runtime's entries, those that compare strings mean something to comptime code. */
static void decode_host_call(Decoder *d, const Op *op) {
    const char *entry = attr_word(op, ATTR_KEY_NAME);
    bool equal = strcmp(entry, "weft_str_equal") == 0;
    if (!equal && strcmp(entry, "weft_str_compare") != 0) {
        decode_no_meaning(d, op);
        return;
    }
    emit(d, INSTR_STR_COMPARE, result_slot(d, op), operand_slot(d, op, 0), operand_slot(d, op, 1))->n = equal;
}

static void alias(Decoder *d, const Op *op, uint32_t offset) {
    set_slot(d, op_result(op, 0), operand_slot(d, op, 0) + offset);
}

void decode_op(Decoder *d, Op *op) {
    switch (op->code) {
    case OP_ARITH_SELECT:  decode_select(d, op); return;
    case OP_ARITH_BITCAST: decode_bitcast(d, op); return;

    case OP_AGG_MAKE:
    case OP_VEC_BUILD:
    case OP_VEC_JOIN:  decode_concatenation(d, op); return;
    case OP_AGG_GET:
        alias(d, op, slot_of_field(operand_type(op, 0), attr_number(op, ATTR_KEY_INDEX)));
        return;
    case OP_AGG_SET:   decode_set(d, op); return;
    case OP_AGG_TABLE: decode_table(d, op); return;

    case OP_VEC_SPLAT:   decode_splat(d, op); return;
    case OP_VEC_IOTA:    decode_iota(d, op); return;
    case OP_VEC_EXTRACT: decode_extract(d, op); return;
    case OP_VEC_INSERT:  decode_insert(d, op); return;
    case OP_VEC_SHUFFLE: decode_shuffle(d, op); return;
    case OP_VEC_SLICE:   decode_slice(d, op); return;
    case OP_VEC_REDUCE:  decode_reduce(d, op); return;
    case OP_VEC_MAP:     decode_map(d, op); return;

    case OP_FUNC_CALL:   decode_call(d, op); return;
    case OP_FUNC_PRINT:  emit(d, INSTR_PRINT, 0, 0, 0)->record = text_record(d, op, 0); return;
    case OP_FUNC_FORMAT:
        emit(d, INSTR_FORMAT, result_slot(d, op), 0, 0)->record = text_record(d, op, 0);
        return;
    case OP_FUNC_ASSERT:
        emit(d, INSTR_ASSERT, 0, operand_slot(d, op, 0), 0)->record = text_record(d, op, 1);
        return;
    case OP_HOST_CALL:   decode_host_call(d, op); return;
    case OP_DBG_VALUE:   return;

    case OP_MEM_LOAD:
    case OP_MEM_PTR_LOAD:
    case OP_MEM_ATOMIC_LOAD:
    case OP_MEM_PTR_ATOMIC_LOAD:  decode_load(d, op); return;
    case OP_MEM_STORE:
    case OP_MEM_PTR_STORE:
    case OP_MEM_ATOMIC_STORE:
    case OP_MEM_PTR_ATOMIC_STORE: decode_store(d, op, INSTR_STORE); return;
    case OP_MEM_LOAD_BOUNDED:     decode_load_bounded(d, op); return;
    case OP_MEM_STORE_BOUNDED:    decode_store(d, op, INSTR_STORE_BOUNDED); return;
    case OP_MEM_ATOMIC:
    case OP_MEM_PTR_ATOMIC:       decode_atomic(d, op); return;
    case OP_MEM_ATOMIC_CAS:
    case OP_MEM_PTR_ATOMIC_CAS:   decode_cas(d, op); return;
    case OP_MEM_FENCE:            return; /* one thread at a time: always in order */
    case OP_MEM_EXTENT: alias(d, op, slot_of_extent(attr_number(op, ATTR_KEY_DIM))); return;
    case OP_MEM_STRIDE:
        alias(d, op, slot_of_stride(operand_type(op, 0)->rank, attr_number(op, ATTR_KEY_DIM)));
        return;
    case OP_MEM_PTR:
    case OP_MEM_PTR_CAST:         alias(d, op, 0); return;
    case OP_MEM_VIEW:             decode_view(d, op, INSTR_VIEW); return;
    case OP_MEM_SUBVIEW:          decode_view(d, op, INSTR_SUBVIEW); return;
    case OP_MEM_RESHAPE:          decode_view(d, op, INSTR_RESHAPE); return;
    case OP_MEM_TRANSPOSE:        decode_transpose(d, op); return;
    case OP_MEM_VIEW_BITCAST:     decode_view(d, op, INSTR_VIEW_BITCAST); return;
    case OP_MEM_FIELD:            decode_field(d, op); return;
    case OP_MEM_PTR_OFFSET:       decode_ptr_offset(d, op); return;
    case OP_MEM_ALLOC_LOCAL:
    case OP_MEM_PTR_LOCAL:        decode_alloc(d, op, INSTR_ALLOC_LOCAL); return;
    case OP_MEM_ALLOC_SHARED:
    case OP_MEM_PTR_SHARED:       decode_alloc(d, op, INSTR_ALLOC_SHARED); return;

    case OP_KERNEL_ITEM:       decode_special(d, op, SPECIAL_ITEM); return;
    case OP_KERNEL_THREAD_IDX: decode_special(d, op, SPECIAL_THREAD); return;
    case OP_KERNEL_BLOCK_IDX:  decode_special(d, op, SPECIAL_BLOCK); return;
    case OP_KERNEL_BLOCK_DIM:  decode_special(d, op, SPECIAL_BLOCK_DIM); return;
    case OP_KERNEL_GRID_DIM:   decode_special(d, op, SPECIAL_GRID_DIM); return;
    case OP_KERNEL_LANE_ID:    decode_special(d, op, SPECIAL_LANE); return;
    case OP_KERNEL_WARP_ID:    decode_special(d, op, SPECIAL_WARP); return;
    case OP_KERNEL_BARRIER:    emit(d, INSTR_BARRIER, 0, 0, 0); return;
    case OP_KERNEL_SHUFFLE:    decode_collective(d, op, INSTR_SHUFFLE); return;
    case OP_KERNEL_WARP:       decode_collective(d, op, INSTR_WARP); return;
    case OP_KERNEL_BLOCK:      decode_collective(d, op, INSTR_BLOCK); return;
    case OP_KERNEL_BLOCK_BROADCAST: decode_collective(d, op, INSTR_BROADCAST); return;

    default:
        if (is_arithmetic(op->code))
            decode_arithmetic(d, op);
        else
            decode_no_meaning(d, op);
        return;
    }
}
