/* The serial of the next version (serial-update-method).  Pure; any thread. */
#ifndef KZ_UPDATE_SERIAL_H
#define KZ_UPDATE_SERIAL_H

#include <stdint.h>

/* `method` as in struct zone_options.  unixtime: the time; date: YYYYMMDD00 by the local clock;
 * where that is not above the old serial (RFC 1982), and by default, the old one plus one. */
uint32_t serial_after(uint32_t old, unsigned method, uint64_t now_s);

#endif
