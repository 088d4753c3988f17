/*
 * Where an update goes, and its sending: the zone by SOA queries when nobody named it, the
 * primary by the SOA's MNAME, then the message and its answer (RFC 2136 §4).  One thread.
 */
#ifndef KZ_TOOLS_UPDATE_SEND_H
#define KZ_TOOLS_UPDATE_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/ask.h"
#include "tools/update_script.h"

struct update_sender {
    struct update_script *script;
    const char *resolv_conf;        /* whose servers are asked for SOA records */
    bool tcp;
    bool no_v4, no_v6;
    unsigned retries;               /* of UDP */
    uint32_t udp_s, timeout_s;      /* 0: from the other one; no limit */
    struct ask_answer *answer;      /* the last one; NULL: none yet */
};

enum update_outcome {
    UPDATE_DONE,                    /* the server said NOERROR, or there was nothing to send */
    UPDATE_FAILED,                  /* it did not; a message says so */
    UPDATE_FATAL                    /* nobody to send it to, or it cannot be sent */
};

/* Sends the script's message.  Messages go to standard error. */
enum update_outcome update_send(struct update_sender *u);

/* The addresses of a host of the families that are wanted; for update_script.resolve. */
unsigned update_resolve(const char *host, uint16_t port, union net_addr *out, unsigned max);
/* The families that update_resolve() leaves out. */
void update_resolve_without(bool v4, bool v6);

#endif
