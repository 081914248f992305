/* weft doc: what a file has, as its author describes it: each function and struct with its docstring. It reads the syntax
 * alone, so a file with mistakes in its bodies has documentation all the same. */
#include "base/fs.h"
#include "driver/compile.h"
#include "syntax/parse.h"

#include <ctype.h>
#include <stdio.h>

typedef struct Printer {
    Text text;
    const SourceFile *file;
} Printer;

static void put_indent(Printer *p, uint32_t depth) {
    for (uint32_t i = 0; i < 4 * depth; i++)
        text_putc(&p->text, ' ');
}

/* A piece of the source on one line, without its comments. */
static void put_source(Printer *p, Span span, uint32_t depth) {
    put_indent(p, depth);
    const char *c = p->file->chars + span.start, *end = p->file->chars + span.end;
    for (char last = 0; c < end;) {
        const char *from = c;
        while (c < end && (isspace((unsigned char)*c) || *c == '\\' || *c == '#'))
            c += *c == '#' ? strcspn(c, "\n") : 1;
        if (c > from && c < end && last != '(' && last != '[')
            text_putc(&p->text, ' ');
        if (c < end)
            text_putc(&p->text, last = *c++);
    }
    text_putc(&p->text, '\n');
}

static uint32_t indent_of(const char *line) {
    return (uint32_t)strspn(line, " ");
}

/* What the lines after the first are indented by, in common. */
static uint32_t common_indent(const char *doc) {
    uint32_t least = UINT32_MAX;
    for (const char *line = strchr(doc, '\n'); line; line = strchr(line, '\n')) {
        line++;
        bool is_blank = strspn(line, " ") == strcspn(line, "\n");
        if (!is_blank && indent_of(line) < least)
            least = indent_of(line);
    }
    return least;
}

/* As Python's inspect.cleandoc() has it. */
static void put_doc(Printer *p, Name doc, uint32_t depth) {
    if (!doc)
        return;
    uint32_t common = common_indent(doc);
    const char *end = doc + name_len(doc);
    while (end > doc && isspace((unsigned char)end[-1]))
        end--;
    for (const char *line = doc + indent_of(doc); line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((line_end ? line_end : end) - line);
        if (len > 0)
            put_indent(p, depth);
        text_append(&p->text, line, len);
        text_putc(&p->text, '\n');
        line += len + 1;
        uint32_t indent = line < end ? indent_of(line) : 0;
        line += indent < common ? indent : common;
    }
}

static bool is_hidden(Name name, NodeList decorators) {
    bool hidden = name[0] == '_' && name[1] != '_';
    for (uint32_t i = 0; i < decorators.len; i++)
        hidden |= !strcmp(decorators.items[i]->decorator.name, "test") || !strcmp(decorators.items[i]->decorator.name, "bench");
    return hidden;
}

static void put_func(Printer *p, const Node *node, uint32_t depth) {
    if (is_hidden(node->func.name, node->func.decorators))
        return;
    text_putc(&p->text, '\n');
    for (uint32_t i = 0; i < node->func.decorators.len; i++)
        put_source(p, node->func.decorators.items[i]->span, depth);
    put_source(p, node->func.header, depth);
    put_doc(p, node->func.docstring, depth + 1);
}

static void put_struct(Printer *p, const Node *node) {
    if (is_hidden(node->struct_.name, node->struct_.decorators))
        return;
    text_printf(&p->text, "\nstruct %s", node->struct_.name);
    for (uint32_t i = 0; i < node->struct_.params.len; i++) {
        Span span = node->struct_.params.items[i]->span;
        text_puts(&p->text, i ? ", " : "[");
        text_append(&p->text, p->file->chars + span.start, span.end - span.start);
    }
    text_puts(&p->text, node->struct_.params.len ? "]:\n" : ":\n");
    put_doc(p, node->struct_.docstring, 1);
    for (uint32_t i = 0; i < node->struct_.members.len; i++) {
        const Node *member = node->struct_.members.items[i];
        if (member->kind == NODE_FIELD)
            put_source(p, member->span, 1);
        else if (member->kind == NODE_FUNC)
            put_func(p, member, 1);
    }
}

static void put_module(Printer *p, const Node *module) {
    text_printf(&p->text, "%s\n", p->file->path);
    if (module->module.docstring)
        text_putc(&p->text, '\n');
    put_doc(p, module->module.docstring, 0);
    for (uint32_t i = 0; i < module->module.items.len; i++) {
        const Node *item = module->module.items.items[i];
        if (item->kind == NODE_FUNC)
            put_func(p, item, 0);
        else if (item->kind == NODE_STRUCT)
            put_struct(p, item);
    }
}

static int print_file(Compilation *c, const char *path) {
    char *bytes;
    size_t len;
    const char *error = fs_read(c->arena, path, &bytes, &len);
    if (error)
        return fail("%s", error);
    Printer p = {.text = {.arena = c->arena}, .file = sources_add(c->sources, path, bytes, len)};
    const Node *module = parse_module(c->arena, c->names, c->diags, p.file);
    if (diags_errors(c->diags))
        return 1;
    put_module(&p, module);
    fputs(text_cstr(&p.text), stdout);
    return 0;
}

int cmd_doc(int argc, char **argv) {
    Arena *arena = arena_create();
    Options options;
    if (!options_parse(arena, COMMAND_DOC, argc, argv, &options))
        return 1;
    if (options.words.len == 0)
        return fail("weft doc wants files: weft doc FILE.weft");
    Compilation c;
    int status = !compilation_check(&c, &options, NULL, NULL, 0);
    VEC_FOR_EACH (i, &options.words) {
        if (i && !status)
            putchar('\n');
        status |= print_file(&c, options.words.items[i]);
    }
    return compilation_report(&c) | status;
}
