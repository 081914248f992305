/* The verifier's walk: structure, and which values may be used where. The sentences about single
 * ops are in verify_attrs.c, verify_values.c, verify_memory.c and verify_control.c, about functions
 * in verify_func.c.
 *
 * Dominance needs no analysis: control is structured, so an op may use what stands before it in its
 * block and what the ops around it may use. The walk keeps that set. */
#include "ir/verify.h"

#include "ir/print.h"
#include "ir/verify_internal.h"

bool verify_fail(Verifier *v, const char *sentence) {
    text_printf(v->message, "in @%s: ", v->func->name);
    if (v->op) {
        op_print(v->message, (Op *)v->op);
        text_puts(v->message, ": ");
    }
    text_puts(v->message, sentence);
    if (v->where)
        *v->where = v->op ? v->op->span : v->func->span;
    return false;
}

static bool is_value_type(const Verifier *v, const Type *type) {
    switch (type->kind) {
    case TYPE_VECTOR: return type_is_scalar(type->element) && type->lanes <= MAX_LANES;
    case TYPE_VIEW: return type->rank <= MAX_RANK && is_value_type(v, type->element);
    case TYPE_PTR: return type->element->kind == TYPE_NONE || is_value_type(v, type->element);
    case TYPE_TUPLE:
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            if (!is_value_type(v, type->fields[i]))
                return false;
        return true;
    case TYPE_ARRAY: return v->func->level == LEVEL_HOST && is_value_type(v, type->element);
    case TYPE_STR: return true;
    case TYPE_DEVICE: return v->func->level == LEVEL_HOST;
    default: return type_is_scalar(type);
    }
}

bool verify_type(Verifier *v, const Type *type) {
    CHECK(v, type && is_value_type(v, type),
          "a value's type is a scalar, vector, view, pointer, tuple, struct or str; arrays and "
          "devices stand in host functions only; types of comptime values stand nowhere");
    return true;
}

static bool verify_counts(Verifier *v, const Op *op) {
    const OpInfo *info = &op_info[op->code];
    CHECK(v, info->operands == OPERANDS_MANY || op->operand_count == (uint32_t)info->operands,
          "the number of operands is the one of the op's row");
    CHECK(v, info->results == RESULT_MANY || op->result_count == (info->results != RESULT_NONE),
          "the number of results is the one of the op's row");
    CHECK(v, op->region_count == opcode_region_count(op->code),
          "the number of regions is the one of the op's row");
    return true;
}

static bool verify_operands(Verifier *v, const Op *op) {
    for (uint32_t i = 0; i < op->operand_count; i++) {
        const Use *use = &op->operands[i];
        CHECK(v, use->value, "an operand is a value");
        CHECK(v, use->user == op && use->index == i && *use->link == use,
              "an operand is among its value's uses");
        CHECK(v, map_has_ptr(&v->visible, use->value) && map_get_ptr(&v->visible, use->value),
              "an operand is defined earlier in the same block or in a block that encloses it");
    }
    return true;
}

static bool verify_results(Verifier *v, const Op *op) {
    for (uint32_t i = 0; i < op->result_count; i++) {
        const Value *result = &op->results[i];
        CHECK(v, result->op == op && result->index == i, "a result knows its op");
        if (!verify_type(v, result->type))
            return false;
    }
    if (op_info[op->code].results == RESULT_MANY || !op->result_count)
        return true;
    const Type *first = op->operand_count ? type_of(op, 0) : NULL;
    const Type *told = opcode_result_type(v->module->types, op->code, first);
    CHECK(v, !told || told == result_of(op),
          "the result's type is the one that the op's row tells");
    return true;
}

static bool verify_place(Verifier *v, const Op *op, const Block *block) {
    CHECK(v, op->block == block, "an op knows its block");
    CHECK(v, op_info[op->code].levels & v->func->level,
          "the op may stand at the level of its function");
    CHECK(v, !op_has(op, ENTRY_ONLY) || block == func_entry(v->func),
          "the op may stand only in the entry block of its function");
    CHECK(v, op_has(op, TERMINATOR) == !op->next, "a block ends in a terminator, and has no other");
    return true;
}

static bool verify_region(Verifier *v, const Region *region);

static bool verify_op(Verifier *v, const Op *op, const Block *block) {
    v->op = op;
    if (!verify_place(v, op, block) || !verify_counts(v, op) || !verify_operands(v, op) ||
        !verify_results(v, op) || !verify_attrs(v, op) || !verify_value_op(v, op) ||
        !verify_memory_op(v, op) || !verify_control_op(v, op))
        return false;
    const Op *loop = v->loop, *threads = v->threads;
    if (op->region_count && op->code != OP_IF)
        v->loop = op->code == OP_KERNEL_THREADS ? NULL : op;
    if (op->code == OP_KERNEL_THREADS)
        v->threads = op;
    for (uint32_t i = 0; i < op->region_count; i++) {
        v->op = op;
        CHECK(v, op->regions[i]->op == op, "a region knows the op that holds it");
        if (!verify_region(v, op->regions[i]))
            return false;
    }
    v->loop = loop;
    v->threads = threads;
    for (uint32_t i = 0; i < op->result_count; i++)
        map_put_ptr(&v->visible, &op->results[i], (void *)op);
    return true;
}

static void hide_block(Verifier *v, const Block *block) {
    for (uint32_t i = 0; i < block->arg_count; i++)
        map_put_ptr(&v->visible, block->args[i], NULL);
    BLOCK_FOR_EACH_OP (op, block)
        for (uint32_t i = 0; i < op->result_count; i++)
            map_put_ptr(&v->visible, &op->results[i], NULL);
}

/* The op that holds the region is v->op (NULL: a function's body). */
static bool verify_region(Verifier *v, const Region *region) {
    const Block *block = region->first;
    CHECK(v, block && !block->next, "a region is one block");
    CHECK(v, region->func == v->func && block->region == region,
          "a region knows its function, a block its region");
    CHECK(v, block->last, "a block ends in a terminator, and has no other");
    for (uint32_t i = 0; i < block->arg_count; i++) {
        CHECK(v, block->args[i]->block == block && block->args[i]->index == i,
              "a block's argument knows its block");
        if (!verify_type(v, block->args[i]->type))
            return false;
        map_put_ptr(&v->visible, block->args[i], (void *)block);
    }
    BLOCK_FOR_EACH_OP (op, block)
        if (!verify_op(v, op, block))
            return false;
    hide_block(v, block);
    return true;
}

static bool verify_one(Func *func, Text *message, Span *where) {
    Verifier v = {.arena = arena_create(),
                  .message = message,
                  .where = where,
                  .module = func->module,
                  .func = func};
    v.visible.arena = v.arena;
    bool ok = verify_func_signature(&v, func) && (!func->body || verify_region(&v, func->body));
    arena_destroy(v.arena);
    return ok;
}

bool func_verify(Func *func, Text *message) {
    return verify_one(func, message, NULL);
}

static bool verify_names(Module *module, Text *message, Span *where) {
    Arena *arena = arena_create();
    Map names = {.arena = arena};
    bool ok = true;
    MODULE_FOR_EACH_FUNC (func, module) {
        Verifier v = {.message = message, .where = where, .module = module, .func = func};
        if (map_has_ptr(&names, func->name)) {
            ok = verify_fail(&v, "a function's name is unique in its module");
            break;
        }
        map_put_ptr(&names, func->name, func);
    }
    arena_destroy(arena);
    return ok;
}

bool module_verify_at(Module *module, Text *message, Span *where) {
    if (!verify_names(module, message, where))
        return false;
    MODULE_FOR_EACH_FUNC (func, module)
        if (!verify_one(func, message, where))
            return false;
    return true;
}

bool module_verify(Module *module, Text *message) {
    return module_verify_at(module, message, NULL);
}
