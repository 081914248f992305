#include "package/header.h"

#include "base/c_words.h"

#include <ctype.h>

static const char *const c_types[] = {
    [TYPE_BOOL] = "bool",     [TYPE_I8] = "int8_t",       [TYPE_I16] = "int16_t",
    [TYPE_I32] = "int32_t",   [TYPE_I64] = "int64_t",     [TYPE_U8] = "uint8_t",
    [TYPE_U16] = "uint16_t",  [TYPE_U32] = "uint32_t",    [TYPE_U64] = "uint64_t",
    [TYPE_F16] = "uint16_t",  [TYPE_BF16] = "uint16_t",   [TYPE_F32] = "float",
    [TYPE_F64] = "double",    [TYPE_F8_E4M3] = "uint8_t", [TYPE_F8_E5M2] = "uint8_t",
};

/* A name as C takes it: "Complex[f32]" gives Complex_f32, `new` gives new_. */
static void print_c_name(Text *out, const char *name) {
    if (c_word_is_taken(name)) {
        text_printf(out, "%s_", name);
        return;
    }
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        bool plain = isalnum((unsigned char)name[i]) || name[i] == '_';
        if (plain)
            text_putc(out, name[i]);
        else if (name[i] != ']' && name[i] != ' ')
            text_putc(out, '_');
    }
}

/* An argument of a name that the header itself gives to one. */
static void print_arg_name(Text *out, const char *name) {
    bool is_result = !strncmp(name, "result", 6) && strspn(name + 6, "0123456789") == strlen(name + 6);
    print_c_name(out, name);
    text_puts(out, is_result || !strcmp(name, "stream") ? "_" : "");
}

static void print_c_type(Text *out, const Type *type) {
    if (type_is_scalar(type))
        text_puts(out, c_types[type->kind]);
    else if (type->kind == TYPE_STRUCT)
        print_c_name(out, type->name);
    else if (type->kind == TYPE_PTR && type_is_scalar(type->element))
        text_printf(out, "%s *", c_types[type->element->kind]);
    else
        text_puts(out, "void *");
}

static void print_field(Text *out, const Type *type, Name name) {
    print_c_type(out, type_scalar_of(type));
    text_putc(out, ' ');
    print_c_name(out, name);
    if (type->kind == TYPE_VECTOR)
        text_printf(out, "[%u]", type->lanes);
    text_puts(out, "; ");
}

typedef VEC(const Type *) TypeVec;

static void collect_structs(Arena *arena, TypeVec *structs, const Type *type) {
    if (type->kind == TYPE_VIEW) {
        collect_structs(arena, structs, type->element);
        return;
    }
    if (type->kind != TYPE_STRUCT)
        return;
    VEC_FOR_EACH (i, structs)
        if (structs->items[i] == type)
            return;
    for (uint32_t i = 0; i < type->field_count; i++)
        collect_structs(arena, structs, type->fields[i]);
    vec_push(arena, structs, type);
}

static uint32_t hash_of(const char *text) { /* FNV-1a */
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* A struct that several libraries have is defined by the first of their headers; another one of that name is not the
 * same, and the C compiler says so. */
static void print_struct(Text *out, const Type *type) {
    Text definition = {.arena = out->arena}, guard = {.arena = out->arena};
    text_puts(&definition, "typedef struct ");
    print_c_name(&definition, type->name);
    text_puts(&definition, " { ");
    for (uint32_t f = 0; f < type->field_count; f++)
        print_field(&definition, type->fields[f], type->field_names[f]);
    text_puts(&definition, "} ");
    print_c_name(&definition, type->name);
    text_puts(&definition, ";\n");
    print_c_name(&guard, type->name);
    text_printf(&guard, "_%08x", hash_of(text_cstr(&definition)));
    text_printf(out, "#ifndef WEFT_STRUCT_%s\n#define WEFT_STRUCT_%s\n%s#endif\n", text_cstr(&guard), text_cstr(&guard),
                text_cstr(&definition));
}

static void print_structs(Text *out, const HeaderExport *exports, uint32_t count) {
    TypeVec structs = {0};
    for (uint32_t i = 0; i < count; i++) {
        const Func *func = exports[i].func;
        for (uint32_t k = 0; k < func->arg_count; k++)
            collect_structs(out->arena, &structs, func->args[k].type);
        for (uint32_t k = 0; k < func->result_count; k++)
            collect_structs(out->arena, &structs, func->results[k]);
    }
    VEC_FOR_EACH (i, &structs)
        print_struct(out, structs.items[i]);
    if (structs.len)
        text_putc(out, '\n');
}

static bool is_tensor(const FuncArg *arg) { return arg->type->kind == TYPE_VIEW && arg->dims; }

bool header_takes_tensors(const Func *func) {
    for (uint32_t i = 0; i < func->arg_count; i++)
        if (is_tensor(&func->args[i]))
            return true;
    return false;
}

uint32_t header_results_by_address(const Func *func) {
    if (func->kind == FUNC_KERNEL || func->result_count == 0)
        return 0;
    const Type *type = func->results[0];
    if (type->kind == TYPE_TUPLE)
        return type->field_count;
    return header_takes_tensors(func) || !(type_is_scalar(type) || type->kind == TYPE_PTR);
}

static bool gives_struct(const Func *func) {
    return func->result_count == 1 && func->results[0]->kind == TYPE_STRUCT && !header_takes_tensors(func);
}

bool header_passes_structs(const Func *func) {
    for (uint32_t i = 0; i < func->arg_count; i++)
        if (func->args[i].type->kind == TYPE_STRUCT)
            return true;
    return gives_struct(func);
}

const char *header_entry_symbol(Arena *arena, const Func *func, const char *c_name) {
    return header_passes_structs(func) ? arena_printf(arena, "weft_byref_%s", c_name) : c_name;
}

typedef enum ArgForm { FORM_DECLARE, FORM_BY_REFERENCE, FORM_PASS_ON } ArgForm;

static bool is_const(const FuncArg *arg) {
    return arg->mode == FUNC_ARG_READ;
}

/* One argument of the checked entry: a scalar, a struct, a mut or out place, or a DLTensor. */
static void print_arg(Text *out, const FuncArg *arg, ArgForm form) {
    bool is_place = arg->type->kind == TYPE_VIEW && !arg->dims;
    bool by_address = arg->type->kind == TYPE_STRUCT && form != FORM_DECLARE;
    if (form == FORM_PASS_ON) {
        text_puts(out, by_address ? "&" : "");
    } else if (is_place) {
        print_c_type(out, type_scalar_of(arg->type->element));
        text_puts(out, " *");
    } else if (arg->type->kind == TYPE_VECTOR) {
        text_puts(out, "const ");
        print_c_type(out, arg->type->element);
        text_puts(out, " *");
    } else if (arg->type->kind == TYPE_VIEW) {
        text_puts(out, is_const(arg) ? "const DLTensor *" : "DLTensor *");
    } else {
        text_puts(out, by_address ? "const " : "");
        print_c_type(out, arg->type);
        text_puts(out, by_address ? " *" : " ");
    }
    print_arg_name(out, arg->name);
}

/* The addresses of results: the caller's; in the call that hands a struct over, of the local that is returned. */
static const char *print_results(Text *out, const Func *func, ArgForm form, const char *comma) {
    uint32_t count = header_results_by_address(func);
    if (gives_struct(func) && form == FORM_DECLARE)
        return comma;
    for (uint32_t i = 0; i < count; i++, comma = ", ") {
        const Type *type = func->results[0]->kind == TYPE_TUPLE ? func->results[0]->fields[i] : func->results[0];
        text_puts(out, comma);
        if (form == FORM_PASS_ON) {
            text_puts(out, gives_struct(func) ? "&" : "");
        } else {
            print_c_type(out, type_scalar_of(type));
            text_puts(out, " *");
        }
        text_puts(out, "result");
        if (func->results[0]->kind == TYPE_TUPLE)
            text_printf(out, "%u", i);
    }
    return comma;
}

static void print_entry_args(Text *out, const Func *func, ArgForm form, bool stream) {
    const char *comma = "";
    if (stream) {
        text_puts(out, form == FORM_PASS_ON ? "stream" : "weft_stream *stream");
        comma = ", ";
    }
    for (uint32_t i = 0; i < func->arg_count; i++, comma = ", ") {
        text_puts(out, comma);
        print_arg(out, &func->args[i], form);
    }
    comma = print_results(out, func, form, comma);
    if (!*comma && form != FORM_PASS_ON)
        text_puts(out, "void");
}

/* The name of a dim of the bare function: N, or x_dim1 for a `_`. */
static void print_dim_name(Text *out, const Func *func, uint32_t dim) {
    if (strcmp(func->dims[dim].name, "_")) {
        print_arg_name(out, func->dims[dim].name);
        return;
    }
    for (uint32_t i = 0; i < func->arg_count; i++)
        for (uint32_t k = 0; func->args[i].type->kind == TYPE_VIEW && k < func->args[i].type->rank; k++)
            if (func->args[i].dims[k].dim == (int32_t)dim)
                text_printf(out, "%s_dim%u", func->args[i].name, k);
}

static void print_cpu_args(Text *out, const Func *func, ArgForm form) {
    const char *comma = "";
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        text_puts(out, comma);
        comma = ", ";
        if (arg->type->kind != TYPE_VIEW) {
            print_arg(out, arg, form);
            continue;
        }
        if (form != FORM_PASS_ON) {
            text_puts(out, is_const(arg) ? "const " : "");
            print_c_type(out, arg->type->element);
            text_puts(out, " *");
        }
        print_arg_name(out, arg->name);
        if (arg->type->layout == LAYOUT_STRIDED)
            text_printf(out, ", %s%s_strides", form == FORM_PASS_ON ? "" : "const int64_t *", arg->name);
    }
    comma = print_results(out, func, form, comma);
    for (uint32_t i = 0; i < func->dim_count; i++) {
        text_puts(out, comma);
        comma = ", ";
        text_puts(out, form == FORM_PASS_ON ? "" : "int64_t ");
        print_dim_name(out, func, i);
    }
    if (!*comma && form != FORM_PASS_ON)
        text_puts(out, "void");
}

static void print_doc(Text *out, const Func *func) {
    text_puts(out, "/* ");
    if (func->doc) {
        for (const char *c = func->doc; *c; c++) {
            if (c[0] == '*' && c[1] == '/')
                text_puts(out, "* ");
            else
                text_putc(out, *c);
        }
        text_puts(out, "\n *\n * ");
    }
    text_puts(out, func->shown);
    text_putc(out, '(');
    for (uint32_t i = 0; i < func->arg_count; i++) {
        const FuncArg *arg = &func->args[i];
        text_puts(out, i ? ", " : "");
        text_puts(out, arg->mode == FUNC_ARG_MUT ? "mut " : arg->mode == FUNC_ARG_OUT ? "out " : "");
        text_printf(out, "%s: ", arg->name);
        if (arg->type->kind != TYPE_VIEW || !arg->dims) {
            type_print_source(out, arg->type->kind == TYPE_VIEW ? arg->type->element : arg->type);
            continue;
        }
        text_puts(out, "Tensor[");
        type_print_source(out, arg->type->element);
        for (uint32_t k = 0; k < arg->type->rank; k++) {
            const FuncDim *dim = &arg->dims[k];
            if (dim->extent >= 0)
                text_printf(out, ", %lld", (long long)dim->extent);
            else
                text_printf(out, ", %s", dim->dim >= 0 ? func->dims[dim->dim].name : func->args[dim->arg].name);
        }
        static const char *const layouts[] = {"", ", layout=col_major", ", layout=strided"};
        text_printf(out, "%s]", layouts[arg->type->layout]);
    }
    text_putc(out, ')');
    if (func->kind != FUNC_KERNEL && func->result_count) {
        text_puts(out, " -> ");
        type_print_source(out, func->results[0]);
    }
    for (uint32_t i = 0; func->kernel && i < func->kernel->where_count; i++)
        text_printf(out, "%s%s", i ? ", " : " where ", func->kernel->where[i].text);
    text_puts(out, " */\n");
}

typedef void (*PrintArgs)(Text *out, const Func *func, ArgForm form);

static void print_stream_args(Text *out, const Func *func, ArgForm form) {
    print_entry_args(out, func, form, true);
}

static void print_plain_args(Text *out, const Func *func, ArgForm form) {
    print_entry_args(out, func, form, false);
}

/* A declaration; where structs are passed, the symbol takes addresses and an inline function hands them over. */
static void print_function(Text *out, const Func *func, const char *result, const char *name, PrintArgs args) {
    if (!header_passes_structs(func)) {
        text_printf(out, "%s %s(", result, name);
        args(out, func, FORM_DECLARE);
        text_puts(out, ");\n");
        return;
    }
    bool by_address = gives_struct(func);
    bool gives = strcmp(result, "void") != 0 && !by_address;
    text_printf(out, "%s weft_byref_%s(", by_address ? "void" : result, name);
    args(out, func, FORM_BY_REFERENCE);
    text_printf(out, ");\nstatic inline %s %s(", result, name);
    args(out, func, FORM_DECLARE);
    text_puts(out, ") { ");
    if (by_address)
        text_printf(out, "%s result; ", result);
    text_printf(out, "%sweft_byref_%s(", gives ? "return " : "", name);
    args(out, func, FORM_PASS_ON);
    text_printf(out, ");%s }\n", by_address ? " return result;" : "");
}

static void print_export(Text *out, const HeaderExport *export_) {
    const Func *func = export_->func;
    print_doc(out, func);
    if (func->kind == FUNC_KERNEL || header_takes_tensors(func)) {
        print_function(out, func, "weft_status", export_->c_name, print_stream_args);
        if (export_->has_cpu)
            print_function(out, func, "void", arena_printf(out->arena, "%s_cpu", export_->c_name), print_cpu_args);
    } else {
        Text result = {.arena = out->arena};
        if (gives_struct(func) || (func->result_count == 1 && !header_results_by_address(func)))
            print_c_type(&result, func->results[0]);
        else
            text_puts(&result, "void");
        print_function(out, func, text_cstr(&result), export_->c_name, print_plain_args);
    }
    text_putc(out, '\n');
}

void header_print(Text *out, const char *library, const char *sources, const HeaderExport *exports, uint32_t count) {
    Text guard = {.arena = out->arena};
    for (const char *c = library; *c; c++)
        text_putc(&guard, isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_');
    text_printf(out,
                "/* Made by weft from %s. A kernel has two forms: the checked one takes DLPack tensors and gives a\n"
                " * weft_status (weft_last_error() has the sentence); NAME_cpu is the bare function for x86: no\n"
                " * checks, all on the caller's thread. f16, bf16 and f8 cross as their bits. */\n"
                "#ifndef WEFT_LIBRARY_%s_H\n#define WEFT_LIBRARY_%s_H\n\n"
                "#include <weft_rt.h>\n\n#include <stdbool.h>\n#include <stdint.h>\n\n"
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                sources, text_cstr(&guard), text_cstr(&guard));
    print_structs(out, exports, count);
    for (uint32_t i = 0; i < count; i++)
        print_export(out, &exports[i]);
    text_puts(out, "#ifdef __cplusplus\n}\n#endif\n#endif\n");
}
