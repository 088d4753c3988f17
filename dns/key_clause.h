/*
 * New TSIG keys, and the clause of named.conf that defines one: what the server's session key
 * and the programs that make keys share.  Any thread.
 */
#ifndef KZ_DNS_KEY_CLAUSE_H
#define KZ_DNS_KEY_CLAUSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"

/* `len` bytes that nobody can guess.  RES_FAILURE when the system has none. */
enum result key_clause_draw(uint8_t *secret, size_t len);

/* `key "NAME" { algorithm …; secret "…"; };` in four lines, each behind `prefix`; NULL without
 * memory.  Give it to key_clause_free(). */
char *key_clause_text(const char *prefix, const char *name, const char *algorithm,
                      const uint8_t *secret, size_t len);

/* Forgets the secret in it, too.  NULL is fine. */
void key_clause_free(char *text);

#endif
