/* The user's mistakes. Every message is a row of diags.def, with a code, a severity, a sentence, and
 * the longer story that `weft explain` prints.
 *
 *     Diag *d = diag(cx->diags, node->span, W0312, name, a, b);
 *     diag_fix(d, span, "f32(%s)", text);        // replaces the bytes of `span`
 *     diag_note(d, other_span, "asked for here");
 *
 * The sink keeps the messages in order and renders them at the end (`diags_render`), as text, in
 * colour, or as JSON. The same code at the same place is kept once. Whoever reports an error goes on
 * with a poison value, so that one mistake gives one message. */
#ifndef WEFT_BASE_DIAG_H
#define WEFT_BASE_DIAG_H

#include "base/source.h"
#include "base/str.h"

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING } Severity;

typedef enum DiagCode {
#define DIAG(code, severity, message, explain) code,
#include "base/diags.def"
#undef DIAG
    DIAG_CODE_COUNT
} DiagCode;

typedef struct DiagFix {
    struct DiagFix *next;
    Span span;
    const char *text;
} DiagFix;

typedef struct DiagNote {
    struct DiagNote *next;
    Span span; /* file 0: a note with no place */
    const char *text;
} DiagNote;

typedef struct Diag {
    DiagCode code;
    Severity severity;
    Span span;
    const char *message;
    DiagFix *fixes;
    DiagNote *notes;
    struct Diags *sink;
} Diag;

typedef enum DiagFormat { DIAG_TEXT, DIAG_COLOUR, DIAG_JSON } DiagFormat;

typedef struct Diags Diags;

Diags *diags_create(Arena *arena, Sources *sources);
void diags_silence(Diags *diags, DiagCode code); /* -Wno-CODE */
void diags_warnings_are_errors(Diags *diags, bool yes);
/* While muted, nothing is recorded (speculative checks), but errors are still counted by
 * diags_errors(). Gives what it was before. */
bool diags_mute(Diags *diags, bool yes);
bool diags_are_muted(const Diags *diags);
/* Never NULL: of a message that is not kept (silenced, muted, said before) it is one to write on. */
Diag *diag(Diags *diags, Span span, DiagCode code, ...);
Diag *diag_list(Diags *diags, Span span, DiagCode code, va_list args);
/* A fix is whole: several are alternatives. An empty span inserts, an empty text deletes. */
void diag_fix(Diag *d, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_note(Diag *d, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Every error counts, also one that was said before of another instance: a step went well when this stays. */
uint32_t diags_errors(const Diags *diags);
/* An error that was told before is met again: it counts, so that whoever compares counts sees it, and nothing is said. */
void diags_repeat(Diags *diags);
uint32_t diags_count(const Diags *diags);
void diags_forget(Diags *diags, uint32_t index); /* the message; it counts all the same */
const Diag *diags_get(const Diags *diags, uint32_t index);
/* In the order of the text, files as they were read. As text it stops after DIAGS_SHOWN errors and
 * says how many more there are; as JSON it is one object a line, all of them. */
enum { DIAGS_SHOWN = 50 };
void diags_render(Diags *diags, DiagFormat format, Text *out);
void diags_render_since(Diags *diags, uint32_t first, DiagFormat format, Text *out); /* of those from `first` on */

/* The rows themselves, for `weft explain` and -Wno-. */
const char *diag_code_name(DiagCode code); /* "W0312" */
const char *diag_code_message(DiagCode code);
const char *diag_code_explanation(DiagCode code);
Severity diag_code_severity(DiagCode code);
bool diag_code_parse(const char *name, DiagCode *code);

/* Our mistake: names the place, says that it is a bug in Weft, and stops the process. */
_Noreturn void weft_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
