/*
 * What a message is about and how grave it is: BIND's categories and severities.
 * Numbers only; any thread.
 */
#ifndef KZ_BASE_LOG_CATEGORY_H
#define KZ_BASE_LOG_CATEGORY_H

/* One row per category: identifier, BIND's name, short description. */
enum log_category {
#define LOG_CATEGORY(id, name, what) LOGC_##id,
#include "base/log_category.def"
#undef LOG_CATEGORY
    LOGC_COUNT
};

/* BIND's severities; debug levels are 1, 2, 3 … */
enum {
    LVL_CRITICAL = -5,
    LVL_ERROR = -4,
    LVL_WARNING = -3,
    LVL_NOTICE = -2,
    LVL_INFO = -1,
    LVL_DYNAMIC = 0
};

#endif
