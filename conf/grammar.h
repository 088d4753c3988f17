/*
 * The language in which the option table says what values look like, and its matching
 * against statements:
 *
 *     word            that word
 *     <type>          a value of a type (conf/value.c has a row for each)
 *     [ … ]           may be left out; several such in a row come in any order
 *     ( … | … )       one of these
 *     { …; ... }      braces around any number of such statements
 *     { … }           braces around one
 *     { @name }       braces around options, those of the table for that block
 *
 * One thread per context.
 */
#ifndef KZ_CONF_GRAMMAR_H
#define KZ_CONF_GRAMMAR_H

#include "conf/context.h"

/* Checks every statement of a block that holds the options of `places`: known? allowed?
 * of the right form?  Mistakes are reported; statements that are right get their row of
 * the option table as conf_stmt.note, those that are not keep NULL, and the block of such
 * a one is marked (conf_block_is_bad). */
void conf_check_block(struct conf_context *c, struct conf_block *block, uint32_t places);

static inline bool conf_block_is_bad(const struct conf_block *block)
{
    return block->note != NULL;
}

#endif
