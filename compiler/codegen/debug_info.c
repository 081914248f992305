/* DWARF, with -g: a compile unit, a subprogram for each function, the line of each op, and the variables that
 * dbg.value names. A variable lives in memory of its own that each dbg.value writes: a debugger then finds it at
 * every line of unoptimised code, and LLVM's mem2reg turns it into values where it optimises. With --lineinfo the
 * lines alone. */
#include "codegen/gen.h"

#include "base/fs.h"
#include "codegen/handlers.h"

#include <llvm-c/DebugInfo.h>
#include <string.h>

typedef struct DebugFile {
    uint32_t id;
    LLVMMetadataRef file;
} DebugFile;

typedef struct DebugVariable {
    Name name;
    const Type *type;
    Val memory;
} DebugVariable;

struct DebugInfo {
    LLVMDIBuilderRef builder;
    LLVMMetadataRef unit, no_file, scope;
    uint32_t scope_file;
    VEC(DebugFile) files;
    VEC(DebugVariable) variables; /* of the current function */
};

enum { ENCODING_BOOL = 2, ENCODING_FLOAT = 4, ENCODING_SIGNED = 5, ENCODING_UNSIGNED = 7, LINES_ONLY = 3 };

static LLVMMetadataRef file_named(DebugInfo *d, Arena *arena, const char *path) {
    const char *name = fs_name_of(path), *folder = fs_folder_of(arena, path);
    return LLVMDIBuilderCreateFile(d->builder, name, strlen(name), folder, strlen(folder));
}

static LLVMMetadataRef file_of(Gen *g, uint32_t id) {
    DebugInfo *d = g->debug;
    VEC_FOR_EACH (i, &d->files)
        if (d->files.items[i].id == id)
            return d->files.items[i].file;
    SourceFile *source = sources_get(g->request->module->sources, id);
    LLVMMetadataRef file = source ? file_named(d, g->arena, source->path) : d->no_file;
    vec_push(g->arena, &d->files, ((DebugFile){id, file}));
    return file;
}

static Position position_of(Gen *g, Span span) {
    return span.file ? source_position(g->request->module->sources, span.file, span.start) : (Position){0, 0};
}

static void add_flag(Gen *g, const char *name, uint32_t value) {
    LLVMMetadataRef number = LLVMValueAsMetadata(LLVMConstInt(g->i32, value, false));
    LLVMAddModuleFlag(g->module, LLVMModuleFlagBehaviorWarning, name, strlen(name), number);
}

void debug_begin(Gen *g) {
    const CodegenRequest *request = g->request;
    if (!(request->debug || request->line_info) || !request->module->sources)
        return;
    DebugInfo *d = g->debug = arena_new(g->arena, DebugInfo);
    d->builder = LLVMCreateDIBuilder(g->module);
    d->no_file = file_named(d, g->arena, request->source_name ? request->source_name : "weft");
    LLVMDWARFEmissionKind kind = request->debug ? LLVMDWARFEmissionFull : (LLVMDWARFEmissionKind)LINES_ONLY;
    d->unit = LLVMDIBuilderCreateCompileUnit(d->builder, LLVMDWARFSourceLanguagePython, d->no_file, "weft", 4,
                                             request->opt_level > 0, "", 0, 0, "", 0, kind, 0, false, false, "", 0, "", 0);
    add_flag(g, "Debug Info Version", LLVMDebugMetadataVersion());
    add_flag(g, "Dwarf Version", 5);
}

void debug_function(Gen *g, Func *func, Val function) {
    DebugInfo *d = g->debug;
    if (!d)
        return;
    LLVMMetadataRef file = file_of(g, func->span.file);
    unsigned line = position_of(g, func->span).line;
    size_t linkage_len;
    const char *linkage = LLVMGetValueName2(function, &linkage_len);
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(d->builder, file, NULL, 0, LLVMDIFlagZero);
    d->scope = LLVMDIBuilderCreateFunction(d->builder, file, func->shown, strlen(func->shown), linkage, linkage_len, file, line, type,
                                           LLVMGetLinkage(function) == LLVMInternalLinkage, true, line, LLVMDIFlagZero,
                                           g->request->opt_level > 0);
    d->scope_file = func->span.file;
    d->variables.len = 0;
    LLVMSetSubprogram(function, d->scope);
    debug_at(g, func->span);
}

/* Code that was inlined from another file keeps its file. */
static LLVMMetadataRef location_of(Gen *g, Span span) {
    DebugInfo *d = g->debug;
    Position at = position_of(g, span);
    LLVMMetadataRef scope = d->scope;
    if (span.file && span.file != d->scope_file)
        scope = LLVMDIBuilderCreateLexicalBlockFile(d->builder, scope, file_of(g, span.file), 0);
    return LLVMDIBuilderCreateDebugLocation(g->context, at.line, at.column, scope, NULL);
}

void debug_at(Gen *g, Span span) {
    if (g->debug && span.file)
        LLVMSetCurrentDebugLocation2(g->builder, location_of(g, span));
    else if (g->debug)
        LLVMSetCurrentDebugLocation2(g->builder, LLVMDIBuilderCreateDebugLocation(g->context, 0, 0, g->debug->scope, NULL));
}

/* ---- variables ---- */

static LLVMMetadataRef debug_type(Gen *g, const Type *type) {
    DebugInfo *d = g->debug;
    const char *name = type_source(g->arena, type);
    if (type_is_scalar(type)) {
        unsigned encoding = type->kind == TYPE_BOOL ? ENCODING_BOOL
                            : type_is_float(type) && !gen_is_small_float(type) ? ENCODING_FLOAT
                            : gen_is_signed(type) ? ENCODING_SIGNED
                                                  : ENCODING_UNSIGNED;
        return LLVMDIBuilderCreateBasicType(d->builder, name, strlen(name), 8 * type_size(type), encoding, LLVMDIFlagZero);
    }
    if (type->kind == TYPE_VECTOR) {
        LLVMMetadataRef range = LLVMDIBuilderGetOrCreateSubrange(d->builder, 0, type->lanes);
        return LLVMDIBuilderCreateVectorType(d->builder, 8 * type_size(type), (uint32_t)(8 * type_align(type)),
                                             debug_type(g, type->element), &range, 1);
    }
    LLVMMetadataRef pointee = type->kind == TYPE_PTR && type_is_scalar(type->element) ? debug_type(g, type->element) : NULL;
    return LLVMDIBuilderCreatePointerType(d->builder, pointee, 64, 64, 0, "", 0);
}

static bool can_show(const Type *type) {
    return type_is_scalar(type) || type->kind == TYPE_VECTOR || type->kind == TYPE_PTR || type->kind == TYPE_ARRAY || type->kind == TYPE_STR;
}

static Val declare_variable(Gen *g, Name name, const Type *type, Span span) {
    DebugInfo *d = g->debug;
    Val memory = gen_alloca(g, LLVMArrayType2(g->i8, type_size(type)), type_align(type));
    Position at = position_of(g, span);
    LLVMMetadataRef file = file_of(g, span.file);
    LLVMMetadataRef variable = LLVMDIBuilderCreateAutoVariable(d->builder, d->scope, name, name_len(name), file, at.line,
                                                              debug_type(g, type), true, LLVMDIFlagZero, 0);
    LLVMMetadataRef expression = LLVMDIBuilderCreateExpression(d->builder, NULL, 0);
    LLVMDIBuilderInsertDeclareRecordAtEnd(d->builder, memory, variable, expression, location_of(g, span), g->allocas);
    vec_push(g->arena, &d->variables, ((DebugVariable){name, type, memory}));
    return memory;
}

void debug_variable(Gen *g, Op *op) {
    DebugInfo *d = g->debug;
    const Type *type = op_operand(op, 0)->type;
    if (!d || !g->request->debug || !can_show(type))
        return;
    Name name = op_attr(op, ATTR_KEY_NAME)->string;
    Val memory = NULL;
    VEC_FOR_EACH (i, &d->variables)
        if (d->variables.items[i].name == name && d->variables.items[i].type == type)
            memory = d->variables.items[i].memory;
    if (!memory)
        memory = declare_variable(g, name, type, op->span);
    gen_store(g, type, gen_operand(g, op, 0), memory, type_align(type));
}

void debug_end(Gen *g) {
    if (!g->debug)
        return;
    LLVMDIBuilderFinalize(g->debug->builder);
    LLVMDisposeDIBuilder(g->debug->builder);
}
