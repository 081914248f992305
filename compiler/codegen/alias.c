/* What the contract says of tensors, in LLVM's terms: a `mut` or `out` tensor shares no element with another argument.
 *
 * On GPUs tensors are parameters, and the parameters say it. The functions that run a kernel on x86 load each
 * tensor's base pointer from its slots; that load has {noalias}, and what is accessed through its pointer gets a
 * scope of its own: every other scope's accesses are told apart from it. Two tensors that are only read may
 * overlap, but then nobody can tell. */
#include "codegen/gen.h"

#include <string.h>

struct AliasScopes {
    VEC(Op *) roots; /* the loads of base pointers */
    LLVMMetadataRef *scopes;
    const Value *pointer; /* through which the access is that is being built; NULL: none that is known */
};

typedef struct RootSearch {
    Gen *g;
    struct AliasScopes *found;
} RootSearch;

static void add_root(Op *op, void *context) {
    RootSearch *search = context;
    if (op->code == OP_MEM_PTR_LOAD && op_attr(op, ATTR_KEY_NOALIAS))
        vec_push(search->g->arena, &search->found->roots, op);
}

void alias_begin(Gen *g, Func *func) {
    struct AliasScopes *found = arena_new(g->arena, struct AliasScopes);
    RootSearch search = {g, found};
    g->alias = found;
    region_walk(func->body, add_root, &search);
    if (found->roots.len < 2) {
        found->roots.len = 0;
        return;
    }
    LLVMMetadataRef domain = gen_distinct_node(g, NULL, 0);
    found->scopes = arena_array(g->arena, LLVMMetadataRef, found->roots.len);
    VEC_FOR_EACH (i, &found->roots)
        found->scopes[i] = gen_distinct_node(g, &domain, 1);
}

void alias_through(Gen *g, const Value *pointer) {
    g->alias->pointer = pointer;
}

static const Op *root_of(const Value *pointer) {
    while (pointer && pointer->op && (pointer->op->code == OP_MEM_PTR_OFFSET || pointer->op->code == OP_MEM_PTR_CAST))
        pointer = op_operand(pointer->op, 0);
    return pointer ? pointer->op : NULL;
}

static void set_scopes(Gen *g, Val access, const char *kind, LLVMMetadataRef *scopes, uint32_t count) {
    LLVMMetadataRef list = LLVMMDNodeInContext2(g->context, scopes, count);
    LLVMSetMetadata(access, LLVMGetMDKindIDInContext(g->context, kind, (unsigned)strlen(kind)), LLVMMetadataAsValue(g->context, list));
}

void alias_mark(Gen *g, Val access) {
    struct AliasScopes *alias = g->alias;
    const Op *root = alias->roots.len ? root_of(alias->pointer) : NULL;
    VEC_FOR_EACH (i, &alias->roots) {
        if (alias->roots.items[i] != root)
            continue;
        LLVMMetadataRef *others = arena_array(g->arena, LLVMMetadataRef, alias->roots.len);
        uint32_t count = 0;
        VEC_FOR_EACH (k, &alias->roots)
            if (k != i)
                others[count++] = alias->scopes[k];
        set_scopes(g, access, "alias.scope", &alias->scopes[i], 1);
        set_scopes(g, access, "noalias", others, count);
    }
}

static void add_attribute(Gen *g, Val function, uint32_t parameter, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, parameter + 1, LLVMCreateEnumAttribute(g->context, kind, value));
}

/* The flat order: dims, then each argument, a tensor as its base and, where it is strided, its strides. */
void alias_parameters(Gen *g, Func *kernel, Val function) {
    uint32_t at = kernel->dim_count, count = func_input_count(kernel);
    for (uint32_t i = 0; i < kernel->arg_count && at < count; i++) {
        const FuncArg *arg = &kernel->args[i];
        bool is_tensor = arg->type->kind == TYPE_VIEW;
        if (is_tensor && func_input_type(kernel, at)->kind == TYPE_PTR) {
            add_attribute(g, function, at, "noalias", 0);
            add_attribute(g, function, at, "align", type_align(arg->type->element));
            if (arg->mode == FUNC_ARG_READ)
                add_attribute(g, function, at, "readonly", 0);
        }
        at += 1 + (is_tensor && arg->type->layout == LAYOUT_STRIDED ? arg->type->rank : 0);
    }
}
