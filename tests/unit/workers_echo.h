/*
 * For tests of the workers: an answer pipeline that sends the request back as a response.
 *
 * It takes the place of answer/ at link time.  The first byte after the header chooses
 * what happens to a TCP request: see enum echo.  Any thread.
 */
#ifndef KZ_TESTS_WORKERS_ECHO_H
#define KZ_TESTS_WORKERS_ECHO_H

#include <stdbool.h>

#include "answer/worker.h"

enum echo {
    ECHO_SAME = 0,
    ECHO_LARGE = 'L',       /* 65535 bytes of response */
    ECHO_CLOSE = 'C',       /* no response, the stream closes */
    ECHO_KEEP = 'K',        /* as if the client had sent edns-tcp-keepalive */
    ECHO_STREAM = 'S',      /* a producer makes 100 messages of 60000 bytes */
    ECHO_TOTAL = 'T',       /* the same, but all must be sent within a second */
    ECHO_IDLE = 'I',        /* the same, but may stop for a second only */
    ECHO_HAND = 'H'         /* also over UDP: handed over, the test answers */
};

/* A request that was handed over. */
struct echo_handed {
    union net_addr peer, local;
    struct answer_stream stream;
    uint8_t msg[512];
    size_t len;
};

/* Waits for the next one, `wait_ms` at most; false: none came. */
bool echo_take_handed(struct echo_handed *out, int wait_ms);

#endif
