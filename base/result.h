/*
 * Results: what a function that can fail returns, and the text for each.
 * Any thread; no state.
 */
#ifndef KZ_BASE_RESULT_H
#define KZ_BASE_RESULT_H

enum result {
#define RESULT(name, text) RES_##name,
#include "base/result.def"
#undef RESULT
    RES_COUNT
};

/* The text of a result, as BIND words it; static storage, never NULL. */
const char *result_text(enum result r);

/* The result that says what an errno value means (ENOENT is RES_FILENOTFOUND …);
 * RES_UNEXPECTED where no row fits. */
enum result result_from_errno(int err);

#endif
