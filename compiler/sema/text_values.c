/* Where a str may be a value: in host code. In kernels it is comptime, and what print and assert are given as they
 * stand. Said of the finished instance, whichever way the str came about: an argument, a constant, one of several. */
#include "sema/structure.h"

bool type_holds_str(const Type *type) {
    if (type->kind == TYPE_STR)
        return true;
    bool has_fields = type->kind == TYPE_TUPLE || type->kind == TYPE_STRUCT;
    for (uint32_t i = 0; has_fields && i < type->field_count; i++)
        if (type_holds_str(type->fields[i]))
            return true;
    return false;
}

typedef struct Search {
    Diags *diags;
    bool found;
} Search;

static void report(Search *search, Span span, const char *what) {
    if (!search->found)
        diag(search->diags, span, W0365, what);
    search->found = true;
}

static void look_at_op(Op *op, void *context) {
    for (uint32_t i = 0; i < op->result_count; i++)
        if (type_holds_str(op_result(op, i)->type))
            report(context, op->span, "this");
}

bool report_device_str(Sema *sema, Func *func) {
    Search search = {.diags = sema->diags};
    for (uint32_t i = 0; i < func->arg_count; i++)
        if (type_holds_str(func->args[i].type))
            report(&search, func->args[i].span, func->args[i].name);
    if (!search.found)
        region_walk(func->body, look_at_op, &search);
    return search.found;
}
