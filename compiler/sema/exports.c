/* @export: which instances a library holds, and what they are called in C. */
#include "base/c_words.h"
#include "sema/structure.h"

typedef struct Choice { /* the values that @export lists for one parameter */
    const Attr **values;
    const Node *const *nodes; /* what they were written as */
    uint32_t count;
    bool listed;
} Choice;

/* ------------------------------------------------------------------ what is listed */

static const Node *listed_for(const Node *decorator, Name name) {
    for (uint32_t i = 0; i < decorator->decorator.args.len; i++) {
        const Node *arg = decorator->decorator.args.items[i];
        if (arg->kind == NODE_KEYWORD && arg->keyword.name == name)
            return arg->keyword.value;
    }
    return NULL;
}

static bool read_choice(FuncState *fs, const Node *node, Choice *choice) {
    bool is_list = node->kind == NODE_LIST;
    uint32_t count = is_list ? node->list.len : 1;
    const Node **nodes = arena_array(fs->sema->arena, const Node *, count + 1);
    *choice = (Choice){.values = arena_array(fs->sema->arena, const Attr *, count + 1),
                       .nodes = nodes,
                       .count = count,
                       .listed = true};
    for (uint32_t i = 0; i < count; i++) {
        nodes[i] = is_list ? node->list.items[i] : node;
        choice->values[i] = comptime_eval(fs, nodes[i], NULL, "@export");
        if (!choice->values[i])
            return false;
    }
    return true;
}

static bool read_choices(Sema *sema, FuncDecl *decl, Choice *choices) {
    NodeList params = decl->node->func.params;
    FuncState *fs = module_scope(sema, decl->module);
    bool ok = true;
    for (uint32_t i = 0; i < params.len; i++) {
        const Node *param = params.items[i];
        const Node *listed = listed_for(decl->export_, param->param.name);
        choices[i] = (Choice){.values = arena_array(sema->arena, const Attr *, 1), .count = 1};
        if (listed)
            ok &= read_choice(fs, listed, &choices[i]);
        if (listed || param->param.default_value)
            continue;
        diag(sema->diags, decl->export_->span, W0511, param->param.name, decl->name);
        ok = false;
    }
    return ok;
}

static bool check_keywords(Sema *sema, const FuncDecl *decl) {
    NodeList args = decl->export_->decorator.args, params = decl->node->func.params;
    bool ok = true;
    for (uint32_t i = 0; i < args.len; i++) {
        const Node *arg = args.items[i];
        if (arg->kind != NODE_KEYWORD) {
            diag(sema->diags, arg->span, W0215, "export", "takes name= and the parameters by name");
            return false;
        }
        bool known = !strcmp(arg->keyword.name, "name");
        for (uint32_t k = 0; k < params.len; k++)
            known |= params.items[k]->param.name == arg->keyword.name;
        if (known)
            continue;
        diag(sema->diags, arg->keyword.name_span, W0512, decl->name, arg->keyword.name);
        ok = false;
    }
    return ok;
}

/* ------------------------------------------------------------------ C names */

static bool is_c_name(const char *name) {
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '_'))
            return false;
    return true;
}

/* `int` and i64 are one type: a name says what the list says. */
static bool is_called_i64(Sema *sema, const Attr *value, const Node *node) {
    bool is_int = node->kind == NODE_NAME && !strcmp(node->name, "int");
    return value->kind == ATTR_TYPE && value->as_type == sema->types->i64 && !is_int;
}

static const char *value_name(Sema *sema, const Attr *value, const Node *node) {
    FuncDecl unnamed = {.name = ""};
    Instance like = {.decl = &unnamed, .params = &value, .param_count = 1};
    return is_called_i64(sema, value, node) ? "i64" : instance_name(sema, &like);
}

/* "scale_f32_128" */
static const char *name_of(Sema *sema, const FuncDecl *decl, const Choice *choices,
                           const uint32_t *at, const Instance *instance) {
    Text text = {.arena = sema->arena};
    text_puts(&text, decl->name);
    for (uint32_t i = 0; i < decl->node->func.params.len; i++) {
        if (!choices[i].listed)
            continue;
        text_putc(&text, '_');
        for (const char *c = value_name(sema, instance->params[i], choices[i].nodes[at[i]]); *c; c++)
            if (*c != '[' && *c != ']' && *c != '"' && *c != ' ')
                text_putc(&text, *c == ',' || *c == '.' || *c == '-' ? '_' : *c);
    }
    return text_cstr(&text);
}

static const char *given_name(Sema *sema, const FuncDecl *decl, uint32_t instances, bool *ok) {
    const Node *node = listed_for(decl->export_, intern_cstr(sema->names, "name"));
    *ok = true;
    if (!node)
        return NULL;
    *ok = false;
    if (node->kind != NODE_STRING)
        diag(sema->diags, node->span, W0513, source_text(sema, node->span), "is to be a string");
    else if (!is_c_name(node->string))
        diag(sema->diags, node->span, W0513, node->string, "is no name in C");
    else if (instances > 1)
        diag(sema->diags, node->span, W0513, node->string, "would name several instances");
    else
        *ok = true;
    return *ok ? node->string : NULL;
}

/* A kernel and a function of tensors have a bare form too, NAME_cpu. */
static bool has_bare_form(const Func *func) {
    bool has = func->kind == FUNC_KERNEL;
    for (uint32_t i = 0; i < func->arg_count; i++)
        has |= func->args[i].type->kind == TYPE_VIEW && func->args[i].dims;
    return has;
}

static bool is_bare_name_of(const char *name, const SemaExport *export) {
    size_t len = strlen(export->c_name);
    return has_bare_form(export->func) && !strncmp(name, export->c_name, len) && !strcmp(name + len, "_cpu");
}

static const char *why_no_c_name(Sema *sema, const SemaExport *export) {
    if (!is_c_name(export->c_name))
        return "is no name in C; give it another: @export(name=\"...\")";
    if (c_word_is_taken(export->c_name))
        return "means something else in C; give it another: @export(name=\"...\")";
    for (uint32_t i = 0; i < sema->found.exports.len; i++) {
        const SemaExport *other = &sema->found.exports.items[i];
        if (other->c_name == export->c_name || is_bare_name_of(export->c_name, other) || is_bare_name_of(other->c_name, export))
            return "is taken by another export";
    }
    return NULL;
}

/* ------------------------------------------------------------------ what crosses to C */

static bool crosses(const Type *type) {
    if (type->kind == TYPE_STRUCT) {
        for (uint32_t i = 0; i < type->field_count; i++)
            if (!crosses(type->fields[i]))
                return false;
        return true;
    }
    return type_is_scalar(type) || type->kind == TYPE_VECTOR || type->kind == TYPE_VIEW ||
           type->kind == TYPE_PTR || type->kind == TYPE_NONE;
}

/* A result, or each item of a tuple, which the caller has a place for. */
static bool crosses_back(const Type *type) {
    for (uint32_t i = 0; type->kind == TYPE_TUPLE && i < type->field_count; i++)
        if (!crosses(type->fields[i]) || type->fields[i]->kind == TYPE_VIEW)
            return false;
    return type->kind == TYPE_TUPLE || (crosses(type) && type->kind != TYPE_VIEW);
}

static bool check_c_types(Sema *sema, const FuncDecl *decl, const Instance *instance) {
    for (uint32_t i = 0; i < instance->arg_count; i++) {
        if (crosses(instance->arg_types[i]))
            continue;
        diag(sema->diags, decl->node->func.args.items[i]->span, W0514,
             decl->node->func.args.items[i]->arg.name,
             arena_printf(sema->arena, "is %s", type_source(sema->arena, instance->arg_types[i])));
        return false;
    }
    if (crosses_back(instance->result))
        return true;
    diag(sema->diags, decl->node->func.header, W0514, decl->name,
         arena_printf(sema->arena, "gives %s", type_source(sema->arena, instance->result)));
    return false;
}

/* ------------------------------------------------------------------ instances */

static void export_instance(Sema *sema, FuncDecl *decl, const Choice *choices, const uint32_t *at,
                            const char *name) {
    FuncState *fs = module_scope(sema, decl->module);
    uint32_t count = decl->node->func.params.len;
    const Attr **params = arena_array(sema->arena, const Attr *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        params[i] = choices[i].listed ? choices[i].values[at[i]] : NULL;
    Span asked_at = count ? decl->export_->span : (Span){0};
    Instance *instance =
        instantiate(fs, closure_of(fs, decl, NULL), params, NULL, 0, CONTEXT_HOST, asked_at);
    if (!instance || !check_c_types(sema, decl, instance))
        return;
    const char *c_name = name ? name : name_of(sema, decl, choices, at, instance);
    SemaExport export = {intern_cstr(sema->names, c_name), instance->func};
    const char *why_not = why_no_c_name(sema, &export);
    if (why_not) {
        diag(sema->diags, decl->export_->span, W0513, c_name, why_not);
        return;
    }
    instance->func->export_name = export.c_name;
    vec_push(sema->arena, &sema->found.exports, export);
    if (decl->kernel)
        found_kernel(sema, instance->func);
}

/* The next combination, the last parameter fastest; false past the last one. */
static bool advance(const Choice *choices, uint32_t *at, uint32_t count) {
    for (uint32_t i = count; i-- > 0;) {
        if (++at[i] < choices[i].count)
            return true;
        at[i] = 0;
    }
    return false;
}

void check_exports(Sema *sema, FuncDecl *decl) {
    uint32_t count = decl->node->func.params.len;
    Choice *choices = arena_array(sema->arena, Choice, count + 1);
    uint32_t *at = arena_array(sema->arena, uint32_t, count + 1);
    if (!check_keywords(sema, decl) || !read_choices(sema, decl, choices))
        return;
    uint32_t instances = 1;
    for (uint32_t i = 0; i < count; i++)
        instances *= choices[i].count;
    bool ok;
    const char *name = given_name(sema, decl, instances, &ok);
    if (!ok || instances == 0)
        return;
    do
        export_instance(sema, decl, choices, at, name);
    while (advance(choices, at, count));
}
