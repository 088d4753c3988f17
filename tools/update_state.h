/*
 * What a script of nsupdate has said so far: the message that is being put together and the
 * settings with which it will be sent; and what its commands share, words and mistakes.
 *
 * One thread.  The owner is who calls update_script_init() and update_script_free().
 */
#ifndef KZ_TOOLS_UPDATE_STATE_H
#define KZ_TOOLS_UPDATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/update_message.h"
#include "net/addr.h"
#include "tools/client_key.h"

enum { SCRIPT_SERVERS_MAX = 16, SCRIPT_ERROR_ROOM = 2048 };

struct update_script {
    struct update_message message;
    struct name zone;               /* of length 0: not said */
    uint16_t default_class;         /* CLASS_IN at first */
    uint16_t zone_class;            /* of this message; 0: nothing has fixed it */
    bool has_ttl;
    uint32_t ttl;
    bool check_names, debug;
    bool local_only;                /* the server is this host, and stays it */
    bool has_key;
    struct client_key key;
    uint16_t port;                  /* of servers that are named without one */
    union net_addr servers[SCRIPT_SERVERS_MAX];
    unsigned nservers;              /* 0: not said */
    union net_addr local4, local6;  /* of family AF_UNSPEC: any */
    /* The addresses of a host, at most `max`; returns how many.  NULL: addresses only. */
    unsigned (*resolve)(const char *host, uint16_t port, union net_addr *out, unsigned max);
    char error[SCRIPT_ERROR_ROOM];
    const char *form;               /* of the command that was wrong, or NULL */
};

/* What the caller does next. */
enum script_step {
    SCRIPT_MORE, SCRIPT_ERROR, SCRIPT_SEND, SCRIPT_SHOW, SCRIPT_ANSWER, SCRIPT_HELP,
    SCRIPT_VERSION, SCRIPT_QUIT
};

/* A command does what stands behind its word. */
typedef enum script_step script_command(struct update_script *s, char *at);

/* The next word of the line, NUL terminated, and steps behind it; NULL at the end. */
char *script_word(char **at);

/* What is left of the line, without white space around it. */
char *script_rest(char *at);

/* A mistake in the line; returns SCRIPT_ERROR. */
enum script_step script_mistake(struct update_script *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Fixes the class of the message; false when it is another one already. */
bool script_set_class(struct update_script *s, uint16_t rrclass);
/* The class of records that name none, which it fixes. */
uint16_t script_take_class(struct update_script *s);

#endif
