/*
 * The TSIG key of a client: from a command line, from a file with a `key` clause (what
 * tsig-keygen prints, what a server with `update-policy local` leaves), or from a pair of files
 * K*.key and K*.private as old dnssec-keygens made them.  One thread.
 */
#ifndef KZ_TOOLS_CLIENT_KEY_H
#define KZ_TOOLS_CLIENT_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/tsig.h"

enum { CLIENT_SECRET_MAX = 1024, CLIENT_KEY_WHY = 512 };

/* Must not be moved once it is set: `key` points into it. */
struct client_key {
    struct tsig_key key;
    struct name name;
    char name_text[NAME_TEXT_MAX];
    uint8_t secret[CLIENT_SECRET_MAX];
};

/* The algorithm of who names none, as BIND has it. */
#define CLIENT_KEY_ALGORITHM "hmac-md5"

/* On an error `why` says what is wrong, in words of its own; the key is as it was. */
enum result client_key_set(struct client_key *k, const char *algorithm, const char *name,
                           const char *secret, char why[CLIENT_KEY_WHY]);

/* "[hmac:]name:secret".  RES_SYNTAX when it has no colon. */
enum result client_key_from_text(struct client_key *k, const char *text,
                                 char why[CLIENT_KEY_WHY]);

/* A file with a `key` clause, or the name of a pair: "Kname.+163+12345", with or without
 * ".key" or ".private". */
enum result client_key_read(struct client_key *k, const char *path, char why[CLIENT_KEY_WHY]);

#endif
