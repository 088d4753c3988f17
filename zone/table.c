#include "zone/table.h"

#include <stdlib.h>

static bool depth_is_set(const struct zone_table *t, unsigned n)
{
    return t->depths[n / 64] >> (n % 64) & 1;
}

static void table_add(struct zone_table *t, struct zone *z)
{
    unsigned depth = name_count_labels(z->name);
    uint32_t i;

    if (zone_table_find(t, z->name, z->name_len, z->hash, depth) != NULL)
        return;
    i = (uint32_t)((z->hash >> 32) * t->nslots >> 32);
    while (t->slots[i].index != 0)
        i = i + 1 == t->nslots ? 0 : i + 1;
    t->zones[t->nzones++] = z;
    t->slots[i] = (struct zone_table_slot){(uint32_t)z->hash, t->nzones};
    t->depths[depth / 64] |= 1ULL << (depth % 64);
}

struct zone_table *zone_table_new(struct zone *const *zones, uint32_t n)
{
    struct zone_table *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->nslots = n + n / 2 + 1;
    t->slots = calloc(t->nslots, sizeof *t->slots);
    t->zones = calloc(n + 1u, sizeof *t->zones);
    if (t->slots == NULL || t->zones == NULL) {
        zone_table_free(t);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++)
        if (zones[i] != NULL)
            table_add(t, zones[i]);
    return t;
}

void zone_table_free(struct zone_table *t)
{
    if (t == NULL)
        return;
    free(t->slots);
    free(t->zones);
    free(t);
}

struct zone *zone_table_find(const struct zone_table *t, const uint8_t *name, size_t len,
                             uint64_t hash, unsigned nlabels)
{
    uint32_t i;

    if (!depth_is_set(t, nlabels))
        return NULL;
    i = (uint32_t)((hash >> 32) * t->nslots >> 32);
    for (; t->slots[i].index != 0; i = i + 1 == t->nslots ? 0 : i + 1) {
        struct zone *z;

        if (t->slots[i].tag != (uint32_t)hash)
            continue;
        z = t->zones[t->slots[i].index - 1];
        if (z->name_len == len && labels_equal(z->name, name, len))
            return z;
    }
    return NULL;
}

struct zone *zone_table_get(const struct zone_table *t, const uint8_t *name)
{
    return zone_table_find(t, name, name_length(name), name_hash(name), name_count_labels(name));
}
