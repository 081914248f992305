/* Which struct types a text names, in an order in which each stands behind the structs of its
 * fields. */
#include "ir/print_internal.h"

static const char *new_text(StructNames *structs, Name name) {
    uintptr_t count = (uintptr_t)map_get_ptr(&structs->taken, name) + 1;
    map_put_ptr(&structs->taken, name, (void *)count);
    return count == 1 ? name : arena_printf(structs->arena, "%s#%u", name, (unsigned)count);
}

static void add_type(StructNames *structs, const Type *t) {
    if (!t || type_is_scalar(t) || (t->kind == TYPE_STRUCT && map_has_ptr(&structs->texts, t)))
        return;
    add_type(structs, t->element);
    for (uint32_t i = 0; i < t->field_count; i++)
        add_type(structs, t->fields[i]);
    if (t->kind != TYPE_STRUCT)
        return;
    map_put_ptr(&structs->texts, t, (void *)new_text(structs, t->name));
    vec_push(structs->arena, &structs->order, t);
}

static void add_attr(StructNames *structs, const Attr *attr) {
    add_type(structs, attr->type);
    if (attr->kind == ATTR_TYPE)
        add_type(structs, attr->as_type);
    for (uint32_t i = 0; attr->kind == ATTR_LIST && i < attr->len; i++)
        add_attr(structs, attr->items[i]);
}

static void add_region(StructNames *structs, const Region *region) {
    REGION_FOR_EACH_BLOCK (block, region) {
        for (uint32_t i = 0; i < block->arg_count; i++)
            add_type(structs, block->args[i]->type);
        BLOCK_FOR_EACH_OP (op, block) {
            for (uint32_t i = 0; i < op->result_count; i++)
                add_type(structs, op->results[i].type);
            for (uint32_t i = 0; i < op->attr_count; i++)
                add_attr(structs, op->attrs[i].attr);
            for (uint32_t i = 0; i < op->region_count; i++)
                add_region(structs, op->regions[i]);
        }
    }
}

void struct_names_add_func(StructNames *structs, const Func *func) {
    structs->texts.arena = structs->taken.arena = structs->arena;
    for (uint32_t i = 0; i < func->arg_count; i++)
        add_type(structs, func->args[i].type);
    for (uint32_t i = 0; i < func->result_count; i++)
        add_type(structs, func->results[i]);
    if (func->body)
        add_region(structs, func->body);
}

const char *struct_text(const StructNames *structs, const Type *t) {
    const char *text = map_get_ptr(&structs->texts, t);
    return text ? text : t->name;
}
