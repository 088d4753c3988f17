#include "base/rcu.h"

#ifdef RCU_TSAN
char rcu_tsan_order;
#endif
