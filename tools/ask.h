/*
 * A message to a server and its answer, for a program that may wait: by UDP, sent again while
 * nothing comes and once more by TCP when the answer was cut, or by TCP alone.
 *
 * An answer has the message's id and opcode; what else comes is passed over.  One thread.
 */
#ifndef KZ_TOOLS_ASK_H
#define KZ_TOOLS_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "dns/message.h"
#include "dns/tsig.h"
#include "net/addr.h"

struct ask {
    union net_addr to, from;    /* from of family AF_UNSPEC: any; of another family: any, too */
    const uint8_t *msg;
    size_t len;
    struct tsig_session *tsig;  /* how msg was signed; NULL: it was not */
    bool tcp;                   /* by TCP; messages above ASK_UDP_MAX always are */
    unsigned tries;             /* UDP: how often it is sent, at least once */
    uint32_t udp_wait_ms;       /* after each sending */
    uint32_t tcp_wait_ms;       /* for everything; 0: as long as it takes */
};

enum { ASK_UDP_MAX = 512 };     /* bytes that every server takes (RFC 1035 §4.2.1) */

struct ask_answer {
    size_t len;
    enum result tsig;           /* what verifying said; RES_OK when nothing was signed */
    bool tcp;                   /* it came by TCP */
    uint8_t msg[MESSAGE_MAX_LEN];
};

/* RES_OK: there is an answer, whatever it says.  RES_TIMEDOUT, RES_CONNREFUSED, RES_EOF … */
enum result ask_server(const struct ask *a, struct ask_answer *answer);

#endif
