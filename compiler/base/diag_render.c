/* Messages as a person or a program reads them.
 *
 *     dot.weft:8:17: error[W0110]: `while` needs a `:` before its block
 *       8 |     while x < 10
 *         |                 ^
 *       fix: insert `:`
 *
 * What is shown of a source line is a window of SHOWN_COLUMNS about the span, and only what a terminal
 * can show: tabs are a space wide here, control characters and what is not UTF-8 are replaced. */
#include "base/diag.h"

#include "base/diag_sink.h"
#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_COLUMNS = 160, BEFORE_SPAN = 60, QUOTED_IN_FIX = 40 };

static const char REPLACEMENT[] = "\xef\xbf\xbd";
static const char ELLIPSIS[] = "\xe2\x80\xa6";

typedef struct Style {
    const char *bold, *error, *warning, *note, *fix, *dim, *off;
} Style;

static const Style plain = {"", "", "", "", "", "", ""};
static const Style coloured = {"\x1b[1m",  "\x1b[1;31m", "\x1b[1;35m", "\x1b[1;36m",
                               "\x1b[32m", "\x1b[2m",    "\x1b[0m"};

typedef struct Renderer {
    Diags *diags;
    Text *out;
    const Style *style;
} Renderer;

/* --- the source line and its underline --- */

typedef struct Window {
    const char *line;
    uint32_t len;        /* bytes of the line */
    uint32_t start, end; /* bytes of it that are shown */
    uint32_t mark_start, mark_end;
} Window;

static uint32_t step_back(const char *line, uint32_t at, uint32_t count) {
    while (at > 0 && count > 0) {
        at--;
        if (((unsigned char)line[at] & 0xc0) != 0x80)
            count--;
    }
    return at;
}

static uint32_t step_on(const char *line, uint32_t len, uint32_t at, uint32_t count) {
    for (size_t size; at < len && count > 0; count--) {
        utf8_decode(line + at, len - at, &size);
        at += (uint32_t)size;
    }
    return at;
}

static Window window_of(Diags *diags, Span span, Position at) {
    const SourceFile *file = sources_get(diags->sources, span.file);
    Window w = {.len = 0};
    w.line = source_line(diags->sources, span.file, at.line, &w.len);
    uint32_t line_start = (uint32_t)(w.line - file->chars);
    uint32_t start = span.start < line_start ? line_start : span.start;
    w.mark_start = start - line_start < w.len ? start - line_start : w.len;
    w.mark_end = span.end > start ? span.end - line_start : w.mark_start;
    if (w.mark_end > w.len)
        w.mark_end = w.len;
    w.end = step_on(w.line, w.len, 0, SHOWN_COLUMNS);
    if (w.mark_start >= w.end || (w.mark_end > w.end && w.end < w.len)) {
        w.start = step_back(w.line, w.mark_start, BEFORE_SPAN);
        w.end = step_on(w.line, w.len, w.start, SHOWN_COLUMNS);
    }
    if (w.mark_end > w.end)
        w.mark_end = w.end;
    return w;
}

static void put_line(Renderer *r, const Window *w) {
    if (w->start > 0)
        text_puts(r->out, ELLIPSIS);
    for (uint32_t i = w->start; i < w->end;) {
        size_t size;
        uint32_t code = utf8_decode(w->line + i, w->end - i, &size);
        if (code == '\t')
            text_putc(r->out, ' ');
        else if (code == UTF8_INVALID || code < 0x20 || (code >= 0x7f && code < 0xa0))
            text_puts(r->out, REPLACEMENT);
        else
            text_append(r->out, w->line + i, size);
        i += (uint32_t)size;
    }
    if (w->end < w->len)
        text_puts(r->out, ELLIPSIS);
}

static uint32_t columns_between(const Window *w, uint32_t from, uint32_t to) {
    uint32_t columns = 0;
    for (uint32_t i = from; i < to;) {
        size_t size;
        uint32_t code = utf8_decode(w->line + i, w->len - i, &size);
        columns += code == UTF8_INVALID ? 1 : utf8_columns(code);
        i += (uint32_t)size;
    }
    return columns;
}

static void put_repeated(Text *out, char c, uint32_t count) {
    while (count-- > 0)
        text_putc(out, c);
}

static void put_source(Renderer *r, Span span, Position at, const char *mark) {
    if (!sources_get(r->diags->sources, span.file))
        return;
    Window w = window_of(r->diags, span, at);
    uint32_t before = columns_between(&w, w.start, w.mark_start) + (w.start > 0);
    uint32_t marked = columns_between(&w, w.mark_start, w.mark_end);
    text_printf(r->out, "%s%5u |%s ", r->style->dim, at.line, r->style->off);
    put_line(r, &w);
    text_printf(r->out, "\n%s      |%s ", r->style->dim, r->style->off);
    put_repeated(r->out, ' ', before);
    text_puts(r->out, mark);
    text_putc(r->out, '^');
    put_repeated(r->out, '~', marked > 1 ? marked - 1 : 0);
    text_printf(r->out, "%s\n", r->style->off);
}

/* --- fixes --- */

static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c < 0;
}

/* The word that an insertion stands before: `mut ` says more as "write `mut y`". */
static uint32_t word_after(const SourceFile *file, uint32_t at) {
    uint32_t end = at;
    while (end < file->len && is_word(file->chars[end]))
        end++;
    return end - at;
}

static void put_fix_lines(Text *out, const char *text) {
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        text_printf(out, "\n    %.*s", (int)strcspn(line, "\n"), line);
}

static void put_replacement(Renderer *r, const SourceFile *file, const DiagFix *fix) {
    uint32_t len = fix->span.end - fix->span.start;
    const char *old = file->chars + fix->span.start;
    if (strchr(fix->text, '\n')) {
        text_puts(r->out, "write");
        put_fix_lines(r->out, fix->text);
    } else if (len == 0) {
        uint32_t word = fix->text[0] ? word_after(file, fix->span.start) : 0;
        if (word > 0 && word <= QUOTED_IN_FIX)
            text_printf(r->out, "write `%s%.*s`", fix->text, (int)word, old);
        else
            text_printf(r->out, "insert `%s`", fix->text);
    } else if (len > QUOTED_IN_FIX || memchr(old, '\n', len)) {
        text_printf(r->out, fix->text[0] ? "write `%s`" : "leave it out", fix->text);
    } else if (!fix->text[0]) {
        text_printf(r->out, "leave out `%.*s`", (int)len, old);
    } else if (memchr(old, '\t', len)) {
        text_printf(r->out, "write `%s`", fix->text);
    } else {
        text_printf(r->out, "write `%s` instead of `%.*s`", fix->text, (int)len, old);
    }
}

static void put_fix(Renderer *r, const DiagFix *fix) {
    const SourceFile *file = sources_get(r->diags->sources, fix->span.file);
    text_printf(r->out, "  %sfix:%s ", r->style->fix, r->style->off);
    if (file && fix->span.start <= fix->span.end && fix->span.end <= file->len)
        put_replacement(r, file, fix);
    else
        text_printf(r->out, "write `%s`", fix->text);
    text_putc(r->out, '\n');
}

/* --- a message --- */

static void put_place(Renderer *r, Span span, Position at) {
    const SourceFile *file = sources_get(r->diags->sources, span.file);
    text_puts(r->out, r->style->bold);
    if (file)
        text_printf(r->out, "%s:%u:%u: ", file->path, at.line, at.column);
    else
        text_puts(r->out, "weft: ");
    text_puts(r->out, r->style->off);
}

static void put_note(Renderer *r, const DiagNote *note) {
    if (!sources_get(r->diags->sources, note->span.file)) {
        text_printf(r->out, "  %snote:%s %s\n", r->style->note, r->style->off, note->text);
        return;
    }
    Position at = source_position(r->diags->sources, note->span.file, note->span.start);
    put_place(r, note->span, at);
    text_printf(r->out, "%snote:%s %s\n", r->style->note, r->style->off, note->text);
    put_source(r, note->span, at, r->style->note);
}

static void put_diag(Renderer *r, const Diag *d) {
    bool error = d->severity == SEVERITY_ERROR;
    const char *colour = error ? r->style->error : r->style->warning;
    Position at = source_position(r->diags->sources, d->span.file, d->span.start);
    put_place(r, d->span, at);
    text_printf(r->out, "%s%s[%s]:%s %s\n", colour, error ? "error" : "warning",
                diag_code_name(d->code), r->style->off, d->message);
    put_source(r, d->span, at, colour);
    for (const DiagFix *fix = d->fixes; fix; fix = fix->next)
        put_fix(r, fix);
    for (const DiagNote *note = d->notes; note; note = note->next)
        put_note(r, note);
}

static void put_all(Renderer *r, const DiagRecords *records) {
    uint32_t shown = 0;
    VEC_FOR_EACH (i, records) {
        const Diag *d = &records->items[i]->diag;
        if (d->severity == SEVERITY_ERROR && shown++ >= DIAGS_SHOWN)
            continue;
        put_diag(r, d);
    }
    if (shown > DIAGS_SHOWN)
        text_printf(r->out, "weft: and %u more errors\n", shown - DIAGS_SHOWN);
}

/* --- JSON --- */

static void put_json_uint(Json *json, const char *key, uint32_t value) {
    json_key(json, key);
    json_uint(json, value);
}

static void put_json_span(Json *json, Diags *diags, Span span) {
    const SourceFile *file = sources_get(diags->sources, span.file);
    Position start = source_position(diags->sources, span.file, span.start);
    Position end = source_position(diags->sources, span.file, span.end);
    json_key(json, "file");
    if (file)
        json_string(json, file->path);
    else
        json_null(json);
    put_json_uint(json, "line", start.line);
    put_json_uint(json, "column", start.column);
    put_json_uint(json, "end_line", end.line);
    put_json_uint(json, "end_column", end.column);
    put_json_uint(json, "start", span.start);
    put_json_uint(json, "end", span.end);
}

static void put_json_text(Json *json, const char *key, const char *text) {
    json_key(json, key);
    json_string(json, text);
}

static void put_json(Diags *diags, const Diag *d, Text *out) {
    Json json = {.out = out};
    json_begin(&json, '{');
    put_json_span(&json, diags, d->span);
    put_json_text(&json, "code", diag_code_name(d->code));
    put_json_text(&json, "severity", d->severity == SEVERITY_ERROR ? "error" : "warning");
    put_json_text(&json, "message", d->message);
    json_key(&json, "fixes");
    json_begin(&json, '[');
    for (const DiagFix *fix = d->fixes; fix; fix = fix->next) {
        json_begin(&json, '{');
        put_json_span(&json, diags, fix->span);
        put_json_text(&json, "replacement", fix->text);
        json_end(&json, '}');
    }
    json_end(&json, ']');
    json_key(&json, "notes");
    json_begin(&json, '[');
    for (const DiagNote *note = d->notes; note; note = note->next) {
        json_begin(&json, '{');
        put_json_span(&json, diags, note->span);
        put_json_text(&json, "message", note->text);
        json_end(&json, '}');
    }
    json_end(&json, ']');
    json_end(&json, '}');
    text_putc(out, '\n');
}

/* --- all of them --- */

typedef struct Ordered {
    DiagRecord *record;
    uint32_t index;
} Ordered;

static int compare_places(const void *left, const void *right) {
    const Ordered *a = left, *b = right;
    Span x = a->record->diag.span, y = b->record->diag.span;
    if (x.file != y.file)
        return x.file < y.file ? -1 : 1;
    if (x.start != y.start)
        return x.start < y.start ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static DiagRecords sorted(Diags *diags, uint32_t first) {
    uint32_t len = diags->records.len - first;
    Ordered *order = arena_array(diags->arena, Ordered, len + 1);
    for (uint32_t i = 0; i < len; i++)
        order[i] = (Ordered){diags->records.items[first + i], i};
    qsort(order, len, sizeof *order, compare_places);
    DiagRecords records = {.items = arena_array(diags->arena, DiagRecord *, len + 1), .len = len};
    for (uint32_t i = 0; i < len; i++)
        records.items[i] = order[i].record;
    return records;
}

void diags_render(Diags *diags, DiagFormat format, Text *out) {
    diags_render_since(diags, 0, format, out);
}

void diags_render_since(Diags *diags, uint32_t first, DiagFormat format, Text *out) {
    DiagRecords records = sorted(diags, first);
    Renderer r = {diags, out, format == DIAG_COLOUR ? &coloured : &plain};
    if (format != DIAG_JSON)
        put_all(&r, &records);
    else
        VEC_FOR_EACH (i, &records)
            put_json(diags, &records.items[i]->diag, out);
}
