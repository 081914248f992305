/* Explicit vectors, structs and tuples as values. */
#include "codegen/handlers.h"

#include "ir/eval.h"

static Val lane_number(Gen *g, uint32_t lane) {
    return LLVMConstInt(g->i32, lane, false);
}

/* A lane index that LLVM always accepts: out of range, some lane. Lanes are a power of two. */
static Val lane_within(Gen *g, Val index, uint32_t lanes) {
    return LLVMBuildAnd(g->builder, index, gen_i64(g, lanes - 1), "");
}

static Val shuffle(Gen *g, Val a, Val b, const uint32_t *lanes, uint32_t count) {
    Val mask[MAX_LANES];
    for (uint32_t i = 0; i < count; i++)
        mask[i] = lane_number(g, lanes[i]);
    if (count == 1)
        return LLVMBuildExtractElement(g->builder, a, mask[0], "");
    return LLVMBuildShuffleVector(g->builder, a, b, LLVMConstVector(mask, count), "");
}

/* `count` lanes of `value` from `first` on. */
static Val lanes_from(Gen *g, Val value, uint32_t first, uint32_t count) {
    uint32_t lanes[MAX_LANES];
    for (uint32_t i = 0; i < count; i++)
        lanes[i] = first + i;
    return shuffle(g, value, LLVMGetPoison(LLVMTypeOf(value)), lanes, count);
}

void gen_vec_splat_op(Gen *g, Op *op) {
    gen_result(g, op, gen_splat(g, gen_operand(g, op, 0), type_lanes(op_result(op, 0)->type)));
}

void gen_vec_build_op(Gen *g, Op *op) {
    Val vector = LLVMGetPoison(gen_type(g, op_result(op, 0)->type));
    for (uint32_t i = 0; i < op->operand_count; i++)
        vector = LLVMBuildInsertElement(g->builder, vector, gen_operand(g, op, i), lane_number(g, i), "");
    gen_result(g, op, op->operand_count == 1 ? gen_operand(g, op, 0) : vector);
}

void gen_vec_extract_op(Gen *g, Op *op) {
    Val vector = gen_operand(g, op, 0);
    uint32_t lanes = type_lanes(op_operand(op, 0)->type);
    if (lanes == 1)
        gen_result(g, op, vector);
    else
        gen_result(g, op, LLVMBuildExtractElement(g->builder, vector, lane_within(g, gen_operand(g, op, 1), lanes), ""));
}

void gen_vec_insert_op(Gen *g, Op *op) {
    uint32_t lanes = type_lanes(op_operand(op, 0)->type);
    Val value = gen_operand(g, op, 1);
    if (lanes > 1)
        value = LLVMBuildInsertElement(g->builder, gen_operand(g, op, 0), value, lane_within(g, gen_operand(g, op, 2), lanes), "");
    gen_result(g, op, value);
}

void gen_vec_iota_op(Gen *g, Op *op) {
    const Type *type = op_result(op, 0)->type, *scalar = type_scalar_of(type);
    Val items[MAX_LANES];
    uint32_t lanes = type_lanes(type);
    for (uint32_t i = 0; i < lanes; i++) {
        uint64_t bits = eval_convert(g->types->i64, scalar, i);
        const Attr *attr = gen_is_float(scalar) ? attr_float_bits(g->types, scalar, bits) : attr_int(g->types, scalar, bits);
        items[i] = gen_constant(g, attr, scalar);
    }
    gen_result(g, op, lanes == 1 ? items[0] : LLVMConstVector(items, lanes));
}

void gen_vec_shuffle_op(Gen *g, Op *op) {
    const Attr *picked = op_attr(op, ATTR_KEY_LANES);
    uint32_t lanes[MAX_LANES];
    Val vector = gen_operand(g, op, 0);
    if (type_lanes(op_operand(op, 0)->type) == 1) {
        gen_result(g, op, gen_splat(g, vector, picked->len));
        return;
    }
    for (uint32_t i = 0; i < picked->len; i++)
        lanes[i] = (uint32_t)attr_as_i64(picked->items[i]);
    gen_result(g, op, shuffle(g, vector, LLVMGetPoison(LLVMTypeOf(vector)), lanes, picked->len));
}

void gen_vec_join_op(Gen *g, Op *op) {
    Val a = gen_operand(g, op, 0), b = gen_operand(g, op, 1);
    uint32_t half = type_lanes(op_operand(op, 0)->type), lanes[MAX_LANES];
    if (half == 1) {
        Val pair = LLVMGetPoison(gen_type(g, op_result(op, 0)->type));
        pair = LLVMBuildInsertElement(g->builder, pair, a, lane_number(g, 0), "");
        gen_result(g, op, LLVMBuildInsertElement(g->builder, pair, b, lane_number(g, 1), ""));
        return;
    }
    for (uint32_t i = 0; i < 2 * half; i++)
        lanes[i] = i;
    gen_result(g, op, shuffle(g, a, b, lanes, 2 * half));
}

void gen_vec_slice_op(Gen *g, Op *op) {
    Val vector = gen_operand(g, op, 0), start = gen_operand(g, op, 1);
    const Type *type = op_result(op, 0)->type;
    uint32_t lanes = type_lanes(type), have = type_lanes(op_operand(op, 0)->type);
    if (LLVMIsAConstantInt(start) && LLVMConstIntGetZExtValue(start) + lanes <= have) {
        uint32_t first = (uint32_t)LLVMConstIntGetZExtValue(start);
        gen_result(g, op, have == 1 ? vector : lanes_from(g, vector, first, lanes));
        return;
    }
    Val slice = LLVMGetPoison(gen_type(g, type));
    for (uint32_t i = 0; i < lanes; i++) {
        Val from = lane_within(g, LLVMBuildAdd(g->builder, start, gen_i64(g, i), ""), have);
        Val item = have == 1 ? vector : LLVMBuildExtractElement(g->builder, vector, from, "");
        slice = lanes == 1 ? item : LLVMBuildInsertElement(g->builder, slice, item, lane_number(g, i), "");
    }
    gen_result(g, op, slice);
}

/* The halves, the lower one on the left, down to one: the tree is fixed, so its sum has the same bits everywhere. */
void gen_vec_reduce_op(Gen *g, Op *op) {
    const Type *type = op_operand(op, 0)->type, *scalar = type_scalar_of(type);
    Val value = gen_operand(g, op, 0);
    Opcode code;
    if (!eval_kind(op_attr(op, ATTR_KEY_KIND)->string, &code)) {
        gen_fail(g, op, "vec.reduce does not know the kind %s", op_attr(op, ATTR_KEY_KIND)->string);
        return;
    }
    for (uint32_t lanes = type_lanes(type); lanes > 1; lanes /= 2) {
        const Type *half = type_vector(g->types, scalar, lanes / 2);
        Val low = lanes_from(g, value, 0, lanes / 2), high = lanes_from(g, value, lanes / 2, lanes / 2);
        value = gen_binary(g, op, code, half, low, high);
    }
    gen_result(g, op, value);
}

/* ---- vec.map: lane by lane, where no pass has compiled the function for all lanes at once ---- */

static Val lane_of(Gen *g, const Op *op, uint32_t operand, uint32_t lane) {
    Val value = gen_operand(g, op, operand);
    return type_lanes(op_operand(op, operand)->type) == 1 ? value : LLVMBuildExtractElement(g->builder, value, lane_number(g, lane), "");
}

/* Puts one lane's value into a vector, or field by field into a tuple of vectors. */
static Val put_lane(Gen *g, const Type *type, Val into, Val value, uint32_t lane) {
    if (type->kind == TYPE_VECTOR)
        return LLVMBuildInsertElement(g->builder, into, value, lane_number(g, lane), "");
    for (uint32_t i = 0; i < type->field_count; i++) {
        Val field = LLVMBuildExtractValue(g->builder, into, i, ""), item = LLVMBuildExtractValue(g->builder, value, i, "");
        into = LLVMBuildInsertValue(g->builder, into, put_lane(g, type->fields[i], field, item, lane), i, "");
    }
    return into;
}

static uint32_t lanes_of_result(const Type *type) {
    return type->kind == TYPE_VECTOR ? type->lanes : type->field_count ? lanes_of_result(type->fields[0]) : 1;
}

void gen_vec_map_op(Gen *g, Op *op) {
    Func *callee = op_attr(op, ATTR_KEY_CALLEE)->func;
    const Type *type = op_result(op, 0)->type;
    Val function = gen_function(g, callee), result = LLVMGetPoison(gen_type(g, type));
    uint32_t lanes = lanes_of_result(type);
    Val *args = arena_array(g->arena, Val, op->operand_count + 1);
    for (uint32_t lane = 0; lane < lanes; lane++) {
        for (uint32_t i = 0; i < op->operand_count; i++)
            args[i] = lane_of(g, op, i, lane);
        Val value = LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(function), function, args, op->operand_count, "");
        result = lanes == 1 ? value : put_lane(g, type, result, value, lane);
    }
    gen_result(g, op, result);
}

/* ---- aggregates ---- */

static unsigned field_index(const Op *op) {
    return (unsigned)attr_as_i64(op_attr(op, ATTR_KEY_INDEX));
}

void gen_agg_make_op(Gen *g, Op *op) {
    Val aggregate = LLVMGetPoison(gen_type(g, op_result(op, 0)->type));
    for (uint32_t i = 0; i < op->operand_count; i++)
        aggregate = LLVMBuildInsertValue(g->builder, aggregate, gen_operand(g, op, i), i, "");
    gen_result(g, op, aggregate);
}

void gen_agg_get_op(Gen *g, Op *op) {
    gen_result(g, op, LLVMBuildExtractValue(g->builder, gen_operand(g, op, 0), field_index(op), ""));
}

void gen_agg_set_op(Gen *g, Op *op) {
    gen_result(g, op, LLVMBuildInsertValue(g->builder, gen_operand(g, op, 0), gen_operand(g, op, 1), field_index(op), ""));
}

static bool is_number(const Attr *attr) {
    bool ok = attr->kind != ATTR_STRING;
    for (uint32_t i = 0; attr->kind == ATTR_LIST && i < attr->len; i++)
        ok &= is_number(attr->items[i]);
    return ok;
}

/* Bytes, in which padding is zero; where a str is among them, which is an address, constants. */
static Val table_content(Gen *g, const Attr *list, const Type *element) {
    if (is_number(list)) {
        uint64_t stride = type_size(element);
        uint8_t *bytes = arena_array(g->arena, uint8_t, stride * list->len + 1);
        for (uint32_t i = 0; i < list->len; i++)
            gen_serialise(bytes + i * stride, list->items[i], element);
        return LLVMConstStringInContext2(g->context, (const char *)bytes, stride * list->len, true);
    }
    Val *items = arena_array(g->arena, Val, list->len + 1);
    for (uint32_t i = 0; i < list->len; i++)
        items[i] = gen_constant(g, list->items[i], element);
    return LLVMConstArray2(gen_type(g, element), items, list->len);
}

/* A table in constant memory. An index out of range reads its last element, on every target. */
void gen_agg_table_op(Gen *g, Op *op) {
    const Attr *list = op_attr(op, ATTR_KEY_VALUE);
    const Type *element = op_result(op, 0)->type;
    Val content = table_content(g, list, element);
    unsigned space = g->vendor->vendor->address_space[SPACE_CONSTANT];
    Val table = LLVMAddGlobalInAddressSpace(g->module, LLVMTypeOf(content), "table", space);
    LLVMSetInitializer(table, content);
    LLVMSetGlobalConstant(table, true);
    LLVMSetLinkage(table, LLVMInternalLinkage);
    LLVMSetUnnamedAddress(table, LLVMGlobalUnnamedAddr);
    LLVMSetAlignment(table, (unsigned)(type_align(element) > 16 ? type_align(element) : 16));
    Val last = gen_i64(g, list->len ? list->len - 1 : 0), index = gen_operand(g, op, 0);
    Val within = LLVMBuildSelect(g->builder, LLVMBuildICmp(g->builder, LLVMIntULT, index, last, ""), index, last, "");
    gen_result(g, op, gen_load(g, element, gen_address(g, table, element, within), type_align(element)));
}
