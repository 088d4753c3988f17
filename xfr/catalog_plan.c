#include "xfr/catalog_plan.h"

#include <string.h>

#include "dns/name.h"

enum { MASS_REMOVAL_MIN = 10 };

static enum catalog_step compare(const struct catalog_entry *held,
                                 const struct catalog_entry *wanted)
{
    if (held->unique[0] != wanted->unique[0] ||
        !labels_equal(held->unique + 1, wanted->unique + 1, held->unique[0]))
        return CATALOG_RESET;
    return strcmp(held->settings, wanted->settings) == 0 ? CATALOG_KEEP : CATALOG_MODIFY;
}

size_t catalog_plan(const struct catalog_entry *held, size_t nheld,
                    const struct catalog_entry *wanted, size_t nwanted, struct catalog_move *out)
{
    size_t h = 0, w = 0, n = 0;

    while (h < nheld || w < nwanted) {
        int d = h == nheld ? 1 : w == nwanted ? -1 : name_compare(held[h].zone, wanted[w].zone);

        if (d < 0) {
            out[n++] = (struct catalog_move){CATALOG_DELETE, h++, CATALOG_NONE};
        } else if (d > 0) {
            out[n++] = (struct catalog_move){CATALOG_ADD, CATALOG_NONE, w++};
        } else {
            out[n++] = (struct catalog_move){compare(&held[h], &wanted[w]), h, w};
            h++;
            w++;
        }
    }
    return n;
}

bool catalog_is_mass_removal(size_t held, size_t removed)
{
    return removed >= MASS_REMOVAL_MIN && removed > held / 2;
}
