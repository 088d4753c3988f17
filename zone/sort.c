#include "zone/sort.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PARALLEL_FROM = 50000 };     /* siblings from which a second thread pays */

/* One name among its siblings; `prefix` decides mostly. */
struct sort_key {
    uint64_t prefix;        /* the first bytes of its own label, folded */
    uint32_t node;
};

static struct sort_key make_key(const struct zone_builder *b, uint32_t node)
{
    const uint8_t *label = bnode_name(b, &b->nodes[node]);
    uint8_t bytes[8] = {0};

    name_fold(bytes, label + 1, *label < 8 ? *label : 8);
    return (struct sort_key){(uint64_t)get_u32(bytes) << 32 | get_u32(bytes + 4), node};
}

/* Siblings differ in their first label; owners of NSEC3 that are no children of the apex,
 * and so no use, may not. */
static int key_compare(const struct zone_builder *b, const struct sort_key *x,
                       const struct sort_key *y)
{
    const struct bnode *m = &b->nodes[x->node], *n = &b->nodes[y->node];
    const uint8_t *p, *q;
    int d;

    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    p = bnode_name(b, m);
    q = bnode_name(b, n);
    d = name_labels_compare(p, 1u + *p, q, 1u + *q);
    return d != 0 ? d : name_labels_compare(p, m->name_len, q, n->name_len);
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

static void sort_siblings(const struct zone_builder *b, struct sort_key *k, struct sort_key *t,
                          uint32_t n)
{
    if (n < 2 || run_end(b, k, 0, n) == n)
        return;
    if (n >= PARALLEL_FROM)
        sort_in_two(b, k, t, n);
    else
        natural_sort(b, k, t, n);
}

/* Keys side by side with their siblings: those below node `g` are keys[first[g]] up to
 * keys[first[g + 1]].  Group 0 is the owners of NSEC3, who are outside the tree. */
static void group_keys(const struct zone_builder *b, struct sort_key *keys, uint32_t *first)
{
    for (uint32_t i = APEX_NODE + 1; i < b->nnodes; i++)
        first[(b->nodes[i].nsec3 ? 0 : b->nodes[i].parent) + 2]++;
    for (uint32_t g = 0; g < b->nnodes; g++)
        first[g + 2] += first[g + 1];
    for (uint32_t i = APEX_NODE + 1; i < b->nnodes; i++)    /* each step moves a group's end */
        keys[first[(b->nodes[i].nsec3 ? 0 : b->nodes[i].parent) + 1]++] = make_key(b, i);
}

/* Every node before what is below it, siblings in order: that is canonical order. */
static uint32_t walk_tree(const struct sort_key *keys, const uint32_t *first, uint32_t *order)
{
    struct {
        uint32_t at, end;
    } stack[NAME_MAX_LABELS + 1];
    uint32_t n = 0, node = APEX_NODE;
    unsigned depth = 0;

    for (;;) {
        order[n++] = node;
        stack[depth].at = first[node];
        stack[depth++].end = first[node + 1];
        while (depth > 0 && stack[depth - 1].at == stack[depth - 1].end)
            depth--;
        if (depth == 0)
            return n;
        node = keys[stack[depth - 1].at++].node;
    }
}

static uint32_t *sort_groups(const struct zone_builder *b, struct sort_key *keys,
                             uint32_t *first, uint32_t *ntree)
{
    struct sort_key *t = malloc(b->nnodes * sizeof *t);
    uint32_t *order;

    if (t == NULL)
        return NULL;
    group_keys(b, keys, first);
    for (uint32_t g = 0; g < b->nnodes; g++)
        sort_siblings(b, keys + first[g], t, first[g + 1] - first[g]);
    free(t);
    if ((order = malloc(b->nnodes * sizeof *order)) == NULL)
        return NULL;
    *ntree = walk_tree(keys, first, order);
    for (uint32_t i = 0; i < first[1]; i++)
        order[*ntree + i] = keys[i].node;
    return order;
}

uint32_t *sort_nodes(const struct zone_builder *b, uint32_t *ntree)
{
    struct sort_key *keys = malloc(b->nnodes * sizeof *keys);
    uint32_t *first = calloc(b->nnodes + 2u, sizeof *first), *order = NULL;

    if (keys != NULL && first != NULL)
        order = sort_groups(b, keys, first, ntree);
    free(keys);
    free(first);
    return order;
}
