/*
 * From a part to the whole: events, timers and jobs are embedded in what they belong to,
 * and its functions are given the part.
 */
#ifndef KZ_BASE_CONTAINER_H
#define KZ_BASE_CONTAINER_H

#include <stddef.h>

/* The struct `type` whose `member` the pointer leads to. */
#define CONTAINER_OF(pointer, type, member) \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

#endif
