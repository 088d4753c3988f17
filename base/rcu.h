/*
 * Read-copy-update for the whole server: liburcu's QSBR flavour behind names of
 * our own.  A thread that reads shared versions registers, and says between two
 * batches of work that it holds none (rcu_quiescent); around a blocking call it
 * goes offline.  Writers publish with rcu_publish() and free what they replaced
 * with rcu_defer() or after rcu_wait().
 */
#ifndef KZ_BASE_RCU_H
#define KZ_BASE_RCU_H

#define URCU_INLINE_SMALL_FUNCTIONS
#define URCU_API_MAP 1
#include <urcu/urcu-qsbr.h>
#include <urcu/pointer.h>

#define rcu_read(ptr) rcu_dereference(ptr)
#define rcu_publish(ptr, value) rcu_assign_pointer(ptr, value)

#endif
