/*
 * For tests of the workers: an answer pipeline that sends the request back as a response.
 *
 * It takes the place of answer/ at link time.  The first byte after the header chooses
 * what happens to a TCP request: see enum echo.  Any thread.
 */
#ifndef KZ_TESTS_WORKERS_ECHO_H
#define KZ_TESTS_WORKERS_ECHO_H

enum echo {
    ECHO_SAME = 0,
    ECHO_LARGE = 'L',       /* 65535 bytes of response */
    ECHO_CLOSE = 'C',       /* no response, the stream closes */
    ECHO_KEEP = 'K',        /* as if the client had sent edns-tcp-keepalive */
    ECHO_STREAM = 'S'       /* a producer makes 100 messages of 60000 bytes */
};

#endif
