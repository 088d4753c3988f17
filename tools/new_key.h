/*
 * A new key for the programs that make them: rndc-confgen, tsig-keygen, ddns-confgen.  What
 * cannot be done ends the program with a message.  One thread.
 */
#ifndef KZ_TOOLS_NEW_KEY_H
#define KZ_TOOLS_NEW_KEY_H

#include <stdint.h>

#include "dns/tsig.h"

struct new_key {
    const char *name, *algorithm;   /* texts */
    unsigned len;
    uint8_t secret[TSIG_MAC_MAX];
};

/* The program's name, without its directory. */
const char *tool_name(const char *argv0);

/* "PROGRAM: MESSAGE" on standard error, and exit with 1. */
void tool_fail(const char *program, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* "hmac-sha256" or "sha256", any case; another one ends the program. */
enum tsig_algorithm new_key_algorithm(const char *program, const char *text);

/* Draws a secret of `bits` bits; 0: as long as the digest (RFC 8945 §8).  A name that is none
 * ends the program. */
void new_key_draw(struct new_key *k, const char *program, const char *name,
                  enum tsig_algorithm algorithm, unsigned bits);

/* Its clause, every line behind `prefix`; give it to key_clause_free(). */
char *new_key_clause(const struct new_key *k, const char *program, const char *prefix);

#endif
