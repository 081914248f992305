/* The sentences about calls, control flow, kernels and the host. */
#include "ir/verify_internal.h"

/* Operands `first` and on have the types of `values`. */
static bool operands_match(const Op *op, uint32_t first, const Value *values, uint32_t count) {
    if (op->operand_count != first + count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (type_of(op, first + i) != values[i].type)
            return false;
    return true;
}

static bool operands_match_args(const Op *op, uint32_t first, const Block *block) {
    if (op->operand_count != first + block->arg_count)
        return false;
    for (uint32_t i = 0; i < block->arg_count; i++)
        if (type_of(op, first + i) != block->args[i]->type)
            return false;
    return true;
}

/* --- terminators --- */

static bool verify_yield(Verifier *v, const Op *op) {
    const Op *parent = op_parent(op);
    CHECK(v, parent, "a yield ends a region of if, loop.for, loop.while or kernel.threads");
    switch (parent->code) {
    case OP_LOOP_WHILE:
        CHECK(v, op->block->region == parent->regions[1],
              "the first region of loop.while ends in loop.condition");
        CHECK(v, parent->regions[0]->first && operands_match_args(op, 0, parent->regions[0]->first),
              "the body of loop.while yields what the first region takes");
        return true;
    case OP_IF:
    case OP_LOOP_FOR:
        CHECK(v, operands_match(op, 0, parent->results, parent->result_count),
              "a yield gives a value of the type of each result");
        return true;
    default:
        CHECK(v, parent->code == OP_KERNEL_THREADS && op->operand_count == 0,
              "a yield of kernel.threads gives nothing");
        return true;
    }
}

static bool verify_condition(Verifier *v, const Op *op) {
    const Op *parent = op_parent(op);
    CHECK(v, parent && parent->code == OP_LOOP_WHILE && op->block->region == parent->regions[0],
          "loop.condition ends the first region of loop.while");
    CHECK(v, op->operand_count && type_of(op, 0)->kind == TYPE_BOOL, "the condition is a bool");
    CHECK(v, operands_match(op, 1, parent->results, parent->result_count),
          "loop.condition passes on a value of the type of each result");
    return true;
}

static bool verify_break(Verifier *v, const Op *op) {
    const Op *loop = v->loop;
    CHECK(v, loop, "break and continue stand in a loop, with ifs between at most");
    CHECK(v, operands_match(op, 0, loop->results, loop->result_count),
          "loop.break gives a value of the type of each result of the loop");
    return true;
}

static bool verify_continue(Verifier *v, const Op *op) {
    const Op *loop = v->loop;
    CHECK(v, loop, "break and continue stand in a loop, with ifs between at most");
    if (loop->code == OP_LOOP_FOR) {
        CHECK(v, operands_match(op, 0, loop->results, loop->result_count),
              "loop.continue gives the next value of each carried one");
    } else {
        CHECK(v, loop->regions[0]->first && operands_match_args(op, 0, loop->regions[0]->first),
              "loop.continue gives what the first region of loop.while takes");
    }
    return true;
}

static bool verify_return(Verifier *v, const Op *op) {
    CHECK(v, op->operand_count == v->func->result_count,
          "a return gives each result of the function");
    for (uint32_t i = 0; i < op->operand_count; i++)
        CHECK(v, type_of(op, i) == v->func->results[i],
              "a return gives values of the types of the function's results");
    CHECK(v, !v->threads, "a return stands outside kernel.threads");
    return true;
}

/* --- loops and ifs: what their regions take; what they give is the terminators' part --- */

static bool verify_if(Verifier *v, const Op *op) {
    CHECK(v, type_of(op, 0)->kind == TYPE_BOOL, "the condition is a bool");
    for (uint32_t i = 0; i < 2; i++)
        CHECK(v, op->regions[i]->first && op->regions[i]->first->arg_count == 0,
              "the regions of an if take nothing");
    return true;
}

static bool verify_for(Verifier *v, const Op *op) {
    const Block *body = op->regions[0]->first;
    CHECK(v,
          op->operand_count >= 3 && type_is_integer(type_of(op, 0)) &&
              type_of(op, 1) == type_of(op, 0) && type_of(op, 2) == type_of(op, 0),
          "start, stop and step have one integer type");
    CHECK(v, operands_match(op, 3, op->results, op->result_count),
          "there is an initial value for each result");
    CHECK(v,
          body && body->arg_count == 1 + op->result_count && body->args[0]->type == type_of(op, 0),
          "the body takes the counter, then each carried value");
    for (uint32_t i = 0; i < op->result_count; i++)
        CHECK(v, body->args[1 + i]->type == op->results[i].type,
              "a carried value has the type of its result");
    return true;
}

static bool verify_while(Verifier *v, const Op *op) {
    const Block *first = op->regions[0]->first, *body = op->regions[1]->first;
    CHECK(v, first && operands_match_args(op, 0, first),
          "the first region of loop.while takes the initial values");
    CHECK(v, body && body->arg_count == op->result_count,
          "the body of loop.while takes a value for each result");
    for (uint32_t i = 0; i < op->result_count; i++)
        CHECK(v, body->args[i]->type == op->results[i].type,
              "the body of loop.while takes a value for each result");
    return true;
}

static bool verify_threads(Verifier *v, const Op *op) {
    const Block *body = op->regions[0]->first;
    CHECK(v, are_i64(op, 0, 3) && body && body->arg_count == 3,
          "the block's sizes and the region's arguments are three i64");
    for (uint32_t i = 0; i < 3; i++)
        CHECK(v, body->args[i]->type->kind == TYPE_I64,
              "the block's sizes and the region's arguments are three i64");
    return true;
}

/* --- calls --- */

static bool verify_call(Verifier *v, const Op *op) {
    const Func *callee = op_attr(op, ATTR_KEY_CALLEE)->func;
    CHECK(v, callee->kind != FUNC_KERNEL || v->func->level == LEVEL_VECTOR,
          "a kernel is launched, not called");
    CHECK(v, callee->kind != FUNC_HOST || v->func->level != LEVEL_KERNEL,
          "host functions are not called from kernels and what they call");
    CHECK(v, op->operand_count == func_input_count(callee),
          "there is an operand for each dim and argument of {callee}");
    for (uint32_t i = 0; i < op->operand_count; i++)
        CHECK(v, type_of(op, i) == func_input_type(callee, i),
              "an operand has the type of its argument");
    CHECK(v, op->result_count == callee->result_count, "there is a result for each of {callee}'s");
    for (uint32_t i = 0; i < op->result_count; i++)
        CHECK(v, op->results[i].type == callee->results[i],
              "a result has the type that {callee} tells");
    return true;
}

/* Text, format, text, ...: two parts for each value, and one. */
static bool verify_parts(Verifier *v, const Op *op, uint32_t values) {
    CHECK(v, op_attr(op, ATTR_KEY_PARTS)->len == 2 * values + 1,
          "{parts} are a text, then a format and a text for each value");
    return true;
}

static bool verify_assert(Verifier *v, const Op *op) {
    CHECK(v, op->operand_count && type_of(op, 0)->kind == TYPE_BOOL, "the condition is a bool");
    const Attr *place = op_attr(op, ATTR_KEY_PLACE);
    if (!place)
        return verify_parts(v, op, op->operand_count - 1);
    uint32_t values = (op_attr(op, ATTR_KEY_PARTS)->len - 1) / 2, after = op->operand_count - 1 - values;
    CHECK(v, place->kind == ATTR_STRING && (strcmp(place->string, "item") == 0 ? after >= 1 && after <= 4 : after == 6),
          "behind the text's values stand an item's 1 to 4 indices, or a block's and a thread's");
    return verify_parts(v, op, values);
}

static bool verify_format(Verifier *v, const Op *op) {
    CHECK(v, result_of(op)->kind == TYPE_STR, "the result is a str");
    return verify_parts(v, op, op->operand_count);
}

/* How many numbers {override} says: three for each of "grid" and "block". */
static int32_t override_numbers(const Op *op) {
    const Attr *words = op_attr(op, ATTR_KEY_OVERRIDE);
    if (!words)
        return 0;
    if (words->kind != ATTR_STRING)
        return -1;
    if (strcmp(words->string, "grid") == 0 || strcmp(words->string, "block") == 0)
        return 3;
    return strcmp(words->string, "grid block") == 0 ? 6 : -1;
}

/* How many operands from `at` on are an argument of the type `wanted`; 0 when they are none. A view that was
 * taken apart (flatten-views) is a pointer, then its extents, then its strides. */
static uint32_t launch_arg_operands(const Op *op, uint32_t at, const Type *wanted) {
    if (at >= op->operand_count)
        return 0;
    const Type *given = type_of(op, at);
    if (given == wanted)
        return 1;
    if (wanted->kind != TYPE_VIEW || given->element != wanted->element)
        return 0;
    if (given->kind == TYPE_ARRAY || given->kind == TYPE_VIEW)
        return given->rank == wanted->rank;
    uint32_t sizes = 2 * wanted->rank;
    bool flat = given->kind == TYPE_PTR && at + sizes < op->operand_count && are_i64(op, at + 1, sizes);
    return flat ? 1 + sizes : 0;
}

static bool verify_launch(Verifier *v, const Op *op) {
    const Func *kernel = op_attr(op, ATTR_KEY_CALLEE)->func;
    int32_t numbers = override_numbers(op);
    CHECK(v, kernel->kind == FUNC_KERNEL, "{callee} is a kernel");
    CHECK(v, numbers >= 0, "{override} is \"grid\", \"block\" or \"grid block\"");
    uint32_t at = 0;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        uint32_t taken = launch_arg_operands(op, at, kernel->args[i].type);
        CHECK(v, taken, "an operand has the type of its argument; for a tensor it is an array or a view of "
                        "its element and rank, or in flat code a pointer, its extents and its strides");
        at += taken;
    }
    CHECK(v, op->operand_count == at + (uint32_t)numbers,
          "behind the arguments of the kernel are three operands for each word of {override}");
    CHECK(v, are_i64(op, at, (uint32_t)numbers), "the sizes of {override} are i64");
    return true;
}

static bool verify_view_of_array(Verifier *v, const Op *op) {
    const Type *array = type_of(op, 0), *view = result_of(op);
    CHECK(v, array->kind == TYPE_ARRAY && view->kind == TYPE_VIEW,
          "operand 0 is an array, the result a view");
    CHECK(v, view->element == array->element && view->rank == array->rank,
          "the view has the array's element and rank");
    CHECK(v, view->layout == LAYOUT_ROW_MAJOR && view->space == SPACE_GLOBAL,
          "an array's view is row-major and global");
    return true;
}

/* --- warps and blocks --- */

static bool verify_collective(Verifier *v, const Op *op) {
    const char *kind = op_attr(op, ATTR_KEY_KIND)->string;
    const Type *type = type_of(op, 0);
    bool is_vote =
        strcmp(kind, "any") == 0 || strcmp(kind, "all") == 0 || strcmp(kind, "ballot") == 0;
    CHECK(v, is_vote ? type->kind == TYPE_BOOL : type_is_numeric(type),
          "any, all and ballot take a bool, the others a number");
    if (strcmp(kind, "ballot") == 0)
        CHECK(v, type_is_integer(result_of(op)), "a ballot is an integer");
    else
        CHECK(v, result_of(op) == type_of(op, 0), "the result has the operand's type");
    return true;
}

bool verify_control_op(Verifier *v, const Op *op) {
    switch (op->code) {
    case OP_YIELD: return verify_yield(v, op);
    case OP_LOOP_CONDITION: return verify_condition(v, op);
    case OP_LOOP_BREAK: return verify_break(v, op);
    case OP_LOOP_CONTINUE: return verify_continue(v, op);
    case OP_FUNC_RETURN: return verify_return(v, op);
    case OP_IF: return verify_if(v, op);
    case OP_LOOP_FOR: return verify_for(v, op);
    case OP_LOOP_WHILE: return verify_while(v, op);
    case OP_KERNEL_THREADS: return verify_threads(v, op);
    case OP_FUNC_CALL: return verify_call(v, op);
    case OP_FUNC_PRINT: return verify_parts(v, op, op->operand_count);
    case OP_FUNC_FORMAT: return verify_format(v, op);
    case OP_FUNC_ASSERT: return verify_assert(v, op);
    case OP_HOST_LAUNCH: return verify_launch(v, op);
    case OP_HOST_VIEW: return verify_view_of_array(v, op);
    case OP_HOST_ENTRY:
        CHECK(v, op_attr(op, ATTR_KEY_CALLEE)->func->kind != FUNC_DEVICE, "{callee} is a kernel or host code");
        CHECK(v, result_of(op)->kind == TYPE_I32, "the status is an i32");
        return true;
    case OP_HOST_NULL:
        CHECK(v, result_of(op)->kind == TYPE_ARRAY || result_of(op)->kind == TYPE_DEVICE,
              "the result is an array or a device");
        return true;
    case OP_KERNEL_WARP:
    case OP_KERNEL_BLOCK: return verify_collective(v, op);
    case OP_KERNEL_SHUFFLE:
    case OP_KERNEL_BLOCK_BROADCAST: CHECK(v, are_i64(op, 1, 1), "operand 1 is an i64"); return true;
    default: return true;
    }
}
