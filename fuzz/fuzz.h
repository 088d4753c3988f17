/*
 * What the fuzzers share: libFuzzer's and AFL++'s entry points, and how a promise that was
 * not kept ends.
 */
#ifndef KZ_FUZZ_FUZZ_H
#define KZ_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Once, before the first input; a fuzzer may have it. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline void must(bool holds)
{
    if (!holds)
        abort();
}

#endif
