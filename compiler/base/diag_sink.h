/* What diag.c collects and diag_render.c shows. Nobody else looks inside. */
#ifndef WEFT_BASE_DIAG_SINK_H
#define WEFT_BASE_DIAG_SINK_H

#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct DiagRecord {
    Diag diag;
    struct DiagRecord *same_place; /* another message that starts at the same byte */
} DiagRecord;

typedef VEC(DiagRecord *) DiagRecords;

struct Diags {
    Arena *arena;
    Sources *sources;
    DiagRecords records; /* as they were reported */
    Map said;            /* file and start to the records there */
    bool *silenced;      /* by code */
    bool warnings_are_errors, muted;
    uint32_t errors;
};

#endif
