/*
 * Tells the service manager how we are (sd_notify(3)'s protocol: a datagram of lines to
 * the socket that $NOTIFY_SOCKET names).  Without that variable nothing happens.
 *
 * Main and the maintenance thread.  The socket is looked up before a chroot.
 */
#ifndef KZ_SERVER_READINESS_H
#define KZ_SERVER_READINESS_H

/* Opens the socket; call before chroot(2). */
void readiness_open(void);
void readiness_close(void);

void readiness_starting(const char *status);    /* asks for 30 more seconds, too */
void readiness_reloading(void);
void readiness_ready(const char *status);
void readiness_stopping(void);

#endif
