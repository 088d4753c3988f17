/*
 * rndc.conf and rndc.key: the keys, servers and defaults by which rndc reaches a server, and
 * the key by which a server without `controls` knows it.
 *
 *     key NAME { algorithm ALGORITHM; secret "BASE64"; };
 *     options { default-server NAME; default-key KEY; default-port PORT;
 *               default-source-address ADDR; default-source-address-v6 ADDR; };
 *     server NAME { key KEY; port PORT; addresses { HOST [port PORT]; … };
 *                   source-address ADDR; source-address-v6 ADDR; };
 *
 * A value that belongs to who had it read; one thread.
 */
#ifndef KZ_CONTROL_RNDC_CONF_H
#define KZ_CONTROL_RNDC_CONF_H

#include "base/result.h"
#include "dns/tsig.h"
#include "net/addr.h"

struct rndc_key {
    const char *name;           /* as written */
    struct tsig_key key;        /* its name_text is `name`, it has no wire name */
};

struct rndc_address {
    const char *host;           /* a name or an address */
    uint16_t port;              /* 0: the server's */
};

struct rndc_server {
    const char *name, *key;     /* NULL: not said, here and below */
    uint16_t port;              /* 0: not said */
    struct rndc_address *addresses;
    unsigned naddresses;
    union net_addr source, source_v6;   /* family AF_UNSPEC: not said */
};

struct rndc_conf {
    struct rndc_key *keys;
    struct rndc_server *servers;
    unsigned nkeys, nservers;
    /* options: */
    const char *default_server, *default_key;
    uint16_t default_port;      /* 0: not said */
    union net_addr source, source_v6;
    struct conf_tree *tree;     /* owner of it all */
};

/* Where mistakes go: "FILE:LINE: TEXT". */
struct rndc_conf_report {
    void (*message)(void *arg, const char *text);
    void *arg;
};

/* RES_OK; RES_FAILURE after mistakes in the file; RES_FILENOTFOUND, RES_NOPERM … with nothing
 * told. */
enum result rndc_conf_read(const char *path, const struct rndc_conf_report *report,
                           struct rndc_conf **out);
void rndc_conf_free(struct rndc_conf *c);

/* The key / server of a name, without regard to case; NULL: none. */
const struct rndc_key *rndc_conf_key(const struct rndc_conf *c, const char *name);
const struct rndc_server *rndc_conf_server(const struct rndc_conf *c, const char *name);

#endif
