/* A writer of JSON. Commas are its business:
 *
 *     Json json = {.out = &text};
 *     json_begin(&json, '{');
 *     json_key(&json, "line");
 *     json_uint(&json, 7);
 *     json_end(&json, '}');
 */
#ifndef WEFT_BASE_JSON_H
#define WEFT_BASE_JSON_H

#include "base/str.h"

typedef struct Json {
    Text *out;
    bool needs_comma; /* a value stands before, in the same object or array */
} Json;

void json_begin(Json *json, char bracket); /* '{' or '[' */
void json_end(Json *json, char bracket);
void json_key(Json *json, const char *key);
void json_string(Json *json, const char *chars);
void json_chars(Json *json, const char *chars, size_t len); /* what is not UTF-8 becomes U+FFFD */
void json_int(Json *json, int64_t value);
void json_uint(Json *json, uint64_t value);
void json_real(Json *json, double value); /* inf and nan have no JSON: null */
void json_bool(Json *json, bool value);
void json_null(Json *json);

#endif
