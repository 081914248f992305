/* Collecting messages. Rendering is diag_render.c's. */
#include "base/diag.h"

#include "base/diag_sink.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
    const char *name;
    Severity severity;
    const char *message, *explanation;
} Row;

/* A row says ERROR or WARNING. */
#define ERROR   SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
static const Row rows[] = {
#define DIAG(code, severity, message, explain) {#code, severity, message, explain},
#include "base/diags.def"
#undef DIAG
    {0},
};
#undef ERROR
#undef WARNING

Diags *diags_create(Arena *arena, Sources *sources) {
    Diags *diags = arena_new(arena, Diags);
    diags->arena = arena;
    diags->sources = sources;
    diags->said.arena = arena;
    diags->silenced = arena_array(arena, bool, DIAG_CODE_COUNT + 1);
    return diags;
}

void diags_silence(Diags *diags, DiagCode code) {
    diags->silenced[code] = true;
}

void diags_warnings_are_errors(Diags *diags, bool yes) {
    diags->warnings_are_errors = yes;
}

bool diags_mute(Diags *diags, bool yes) {
    bool before = diags->muted;
    diags->muted = yes;
    return before;
}

bool diags_are_muted(const Diags *diags) {
    return diags->muted;
}

/* One message of a code at a place: those that start at one byte hang together in a chain. */
static bool was_said(Diags *diags, DiagRecord *record) {
    const Diag *d = &record->diag;
    uint64_t key = ((uint64_t)d->span.file << 32 | d->span.start) + 1;
    DiagRecord *first = map_get(&diags->said, key);
    for (DiagRecord *other = first; other; other = other->same_place)
        if (other->diag.code == d->code)
            return true;
    record->same_place = first;
    map_put(&diags->said, key, record);
    return false;
}

static Severity severity_of(const Diags *diags, DiagCode code) {
    return diags->warnings_are_errors ? SEVERITY_ERROR : rows[code].severity;
}

Diag *diag_list(Diags *diags, Span span, DiagCode code, va_list args) {
    DiagRecord *record = arena_new(diags->arena, DiagRecord);
    Diag *d = &record->diag;
    *d = (Diag){.code = code, .severity = severity_of(diags, code), .span = span, .sink = diags};
    if (rows[code].severity == SEVERITY_WARNING && (diags->silenced[code] || diags->muted))
        return d;
    if (diags->muted) {
        diags->errors++;
        return d;
    }
    if (was_said(diags, record)) {
        diags->errors += d->severity == SEVERITY_ERROR;
        return d;
    }
    d->message = arena_vprintf(diags->arena, rows[code].message, args);
    diags->errors += d->severity == SEVERITY_ERROR;
    vec_push(diags->arena, &diags->records, record);
    return d;
}

Diag *diag(Diags *diags, Span span, DiagCode code, ...) {
    va_list args;
    va_start(args, code);
    Diag *d = diag_list(diags, span, code, args);
    va_end(args);
    return d;
}

void diag_fix(Diag *d, Span span, const char *format, ...) {
    DiagFix *fix = arena_new(d->sink->arena, DiagFix), **end = &d->fixes;
    va_list args;
    va_start(args, format);
    *fix = (DiagFix){.span = span, .text = arena_vprintf(d->sink->arena, format, args)};
    va_end(args);
    while (*end)
        end = &(*end)->next;
    *end = fix;
}

void diag_note(Diag *d, Span span, const char *format, ...) {
    DiagNote *note = arena_new(d->sink->arena, DiagNote), **end = &d->notes;
    va_list args;
    va_start(args, format);
    *note = (DiagNote){.span = span, .text = arena_vprintf(d->sink->arena, format, args)};
    va_end(args);
    while (*end)
        end = &(*end)->next;
    *end = note;
}

void diags_repeat(Diags *diags) {
    diags->errors++;
}

uint32_t diags_errors(const Diags *diags) {
    return diags->errors;
}

void diags_forget(Diags *diags, uint32_t index) {
    for (uint32_t i = index + 1; i < diags->records.len; i++)
        diags->records.items[i - 1] = diags->records.items[i];
    diags->records.len--;
}

uint32_t diags_count(const Diags *diags) {
    return diags->records.len;
}

const Diag *diags_get(const Diags *diags, uint32_t index) {
    return &diags->records.items[index]->diag;
}

const char *diag_code_name(DiagCode code) {
    return rows[code].name;
}

const char *diag_code_message(DiagCode code) {
    return rows[code].message;
}

const char *diag_code_explanation(DiagCode code) {
    return rows[code].explanation;
}

Severity diag_code_severity(DiagCode code) {
    return rows[code].severity;
}

bool diag_code_parse(const char *name, DiagCode *code) {
    for (int i = 0; i < DIAG_CODE_COUNT; i++) {
        if (strcmp(rows[i].name, name))
            continue;
        *code = (DiagCode)i;
        return true;
    }
    return false;
}

void weft_bug(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("weft: this is a bug in Weft, not in your program: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nPlease report it with the program that shows it.\n", stderr);
    va_end(args);
    abort();
}
