#include "zone/sort.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PARALLEL_FROM = 50000 };     /* names from which a second thread pays */

void sort_key_set(struct sort_key *k, const struct zone_builder *b, uint32_t node)
{
    const struct bnode *n = &b->nodes[node];

    k->prefix = name_labels_prefix(bnode_name(b, n), n->name_len);
    k->node = node;
}

static int key_compare(const struct zone_builder *b, const struct sort_key *x,
                       const struct sort_key *y)
{
    const struct bnode *m, *n;

    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    m = &b->nodes[x->node];
    n = &b->nodes[y->node];
    return name_labels_compare(bnode_name(b, m), m->name_len, bnode_name(b, n), n->name_len);
}

/* The end of the ascending run that begins at `at`. */
static uint32_t run_end(const struct zone_builder *b, const struct sort_key *k, uint32_t at,
                        uint32_t n)
{
    while (++at < n && key_compare(b, &k[at - 1], &k[at]) < 0)
        ;
    return at;
}

static void merge(const struct zone_builder *b, const struct sort_key *x, uint32_t nx,
                  const struct sort_key *y, uint32_t ny, struct sort_key *out)
{
    while (nx > 0 && ny > 0) {
        if (key_compare(b, x, y) <= 0) {
            *out++ = *x++;
            nx--;
        } else {
            *out++ = *y++;
            ny--;
        }
    }
    memcpy(out, x, nx * sizeof *x);
    memcpy(out + nx, y, ny * sizeof *y);
}

/* Merges neighbouring runs from `k` to `t`; returns how many runs are left. */
static uint32_t merge_pass(const struct zone_builder *b, const struct sort_key *k,
                           struct sort_key *t, uint32_t n)
{
    uint32_t at = 0, runs = 0;

    while (at < n) {
        uint32_t mid = run_end(b, k, at, n);
        uint32_t end = mid < n ? run_end(b, k, mid, n) : n;

        merge(b, k + at, mid - at, k + mid, end - mid, t + at);
        at = end;
        runs++;
    }
    return runs;
}

static void natural_sort(const struct zone_builder *b, struct sort_key *k, struct sort_key *t,
                         uint32_t n)
{
    struct sort_key *from = k, *to = t;
    uint32_t runs;

    if (n < 2 || run_end(b, k, 0, n) == n)
        return;
    do {
        struct sort_key *swap = from;

        runs = merge_pass(b, from, to, n);
        from = to;
        to = swap;
    } while (runs > 1);
    if (from != k)
        memcpy(k, from, n * sizeof *k);
}

struct half {
    const struct zone_builder *b;
    struct sort_key *k, *t;
    uint32_t n;
};

static void *sort_half(void *arg)
{
    struct half *h = arg;

    natural_sort(h->b, h->k, h->t, h->n);
    return NULL;
}

static void sort_in_two(const struct zone_builder *b, struct sort_key *k, struct sort_key *t,
                        uint32_t n)
{
    struct half second = {b, k + n / 2, t + n / 2, n - n / 2};
    pthread_t thread;

    if (pthread_create(&thread, NULL, sort_half, &second) != 0) {
        natural_sort(b, k, t, n);
        return;
    }
    natural_sort(b, k, t, n / 2);
    pthread_join(thread, NULL);
    if (key_compare(b, &k[n / 2 - 1], &k[n / 2]) < 0)
        return;
    merge(b, k, n / 2, k + n / 2, n - n / 2, t);
    memcpy(k, t, n * sizeof *k);
}

enum result sort_keys(const struct zone_builder *b, struct sort_key *keys, uint32_t n)
{
    struct sort_key *t;

    if (n < 2 || run_end(b, keys, 0, n) == n)
        return RES_OK;
    if ((t = malloc(n * sizeof *t)) == NULL)
        return RES_NOMEM;
    if (n >= PARALLEL_FROM)
        sort_in_two(b, keys, t, n);
    else
        natural_sort(b, keys, t, n);
    free(t);
    return RES_OK;
}
