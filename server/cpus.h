/*
 * How many processors there are for us.  Any thread; no state.
 */
#ifndef KZ_SERVER_CPUS_H
#define KZ_SERVER_CPUS_H

/* Those that our affinity mask allows; at least 1. */
unsigned cpus_available(void);

#endif
