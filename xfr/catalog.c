#include "xfr/catalog.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "dns/rrtype.h"

enum { VERSION_BIND = 1, VERSION_RFC = 2, LABELS_MAX = NAME_MAX_LABELS };

/* A reading at work. */
struct reading {
    const struct contents *c;
    const struct catalog_report *report;
    struct catalog *k;
    size_t room;
};

/* The labels of a node before the origin, the one next to it first. */
struct labels {
    const uint8_t *at[LABELS_MAX];
    unsigned n;
};

static void say(const struct reading *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const struct reading *r, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->report->message(r->report->arg, text);
}

static void labels_of(const struct znode *n, struct labels *out)
{
    const uint8_t *forward[LABELS_MAX];
    unsigned count = 0;

    for (size_t at = 0; at < n->name_len; at += 1u + n->name[at])
        forward[count++] = n->name + at;
    out->n = count;
    for (unsigned i = 0; i < count; i++)
        out->at[i] = forward[count - 1 - i];
}

static bool label_is(const uint8_t *label, const char *word)
{
    size_t len = strlen(word);
    uint8_t folded[LABEL_MAX_LEN];

    if (label[0] != len)
        return false;
    name_fold(folded, label + 1, len);
    return memcmp(folded, word, len) == 0;
}

static uint8_t *fold_copy(struct region *m, const uint8_t *wire, size_t len)
{
    uint8_t *p = region_alloc(m, len);

    if (p != NULL)
        name_fold(p, wire, len);
    return p;
}

/* --- values --- */

/* The only RR of a type; NULL, with a message, when there are several. */
static const uint8_t *only_rr(const struct reading *r, const struct znode *n, uint16_t type)
{
    const struct zrrset *s = node_rrset(r->c, n, type);
    char owner[NAME_TEXT_MAX], text[RRTYPE_TEXT];

    if (s == NULL)
        return NULL;
    if (s->count == 1)
        return rrset_data(s) + 2;
    name_labels_to_text(n->name, n->name_len, owner);
    say(r, "'%s' has %u %s records and is ignored", owner, s->count, rrtype_text(type, text));
    return NULL;
}

/* The first string of a TXT record, as text. */
static char *txt_value(struct reading *r, const struct znode *n)
{
    const uint8_t *rdata = only_rr(r, n, TYPE_TXT);

    return rdata != NULL ? region_text(r->k->memory, (const char *)rdata + 1, rdata[0]) : NULL;
}

static bool grow_primaries(struct reading *r, struct catalog_options *o)
{
    struct catalog_primary *p;

    if ((o->nprimaries & (o->nprimaries - 1)) != 0)
        return true;        /* room doubles at each power of two */
    p = region_zalloc(r->k->memory, (o->nprimaries > 0 ? o->nprimaries * 2 : 1) * sizeof *p);
    if (p == NULL)
        return false;
    if (o->nprimaries > 0)
        memcpy(p, o->primaries, o->nprimaries * sizeof *p);
    o->primaries = p;
    return true;
}

static void add_addresses(struct reading *r, const struct znode *n, uint16_t type,
                          const uint8_t *label, const char *key, struct catalog_options *o)
{
    const struct zrrset *s = node_rrset(r->c, n, type);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        struct catalog_primary *p;

        if (!grow_primaries(r, o))
            return;
        p = &o->primaries[o->nprimaries++];
        memset(p, 0, sizeof *p);
        p->label = label;
        p->key = key;
        if (type == TYPE_A) {
            p->addr.v4.sin_family = AF_INET;
            memcpy(&p->addr.v4.sin_addr, rr + 2, 4);
        } else {
            p->addr.v6.sin6_family = AF_INET6;
            memcpy(&p->addr.v6.sin6_addr, rr + 2, 16);
        }
    }
}

/* Addresses, and beside them under a label of their own the name of a TSIG key. */
static void read_primaries(struct reading *r, const struct znode *n, const uint8_t *label,
                           struct catalog_options *o)
{
    const uint8_t *own = NULL;
    const char *key = NULL;

    if (label != NULL) {
        own = fold_copy(r->k->memory, label, 1u + label[0]);
        key = txt_value(r, n);
    }
    add_addresses(r, n, TYPE_A, own, key, o);
    add_addresses(r, n, TYPE_AAAA, own, key, o);
}

/* An item of an APL record (RFC 3123 §4) as an element of an ACL. */
static const uint8_t *apl_item(const uint8_t *p, char *out, size_t room)
{
    union net_addr a = {.sa.sa_family = get_u16(p) == 1 ? AF_INET : AF_INET6};
    uint8_t *to = get_u16(p) == 1 ? (uint8_t *)&a.v4.sin_addr : (uint8_t *)&a.v6.sin6_addr;
    size_t most = get_u16(p) == 1 ? 4 : 16, len = p[3] & 0x7f;
    char text[NET_ADDR_TEXT];

    out[0] = '\0';
    if ((get_u16(p) == 1 || get_u16(p) == 2) && len <= most) {
        memset(to, 0, most);
        memcpy(to, p + 4, len);
        snprintf(out, room, "%s%s/%u; ", p[3] & 0x80 ? "!" : "", net_addr_format_host(&a, text),
                 p[2]);
    }
    return p + 4 + len;
}

static char *apl_value(struct reading *r, const struct znode *n)
{
    const uint8_t *rdata = only_rr(r, n, TYPE_APL), *end;
    char item[NET_ADDR_TEXT + 16], *out = NULL;

    if (rdata == NULL)
        return NULL;
    end = rdata + get_u16(rdata - 2);
    out = region_text(r->k->memory, "", 0);
    while (rdata < end && out != NULL) {
        rdata = apl_item(rdata, item, sizeof item);
        out = region_printf(r->k->memory, "%s%s", out, item);
    }
    return out;
}

/* --- properties --- */

/* `labels` from `i` on name a property (BIND's version 1 without "ext" before it). */
static void read_option(struct reading *r, const struct znode *n, const struct labels *l,
                        unsigned i, struct catalog_options *o)
{
    const uint8_t *word = l->at[i], *more = i + 1 < l->n ? l->at[i + 1] : NULL;
    char *value;

    if (i + 2 < l->n)
        return;
    if (label_is(word, "primaries") || label_is(word, "masters"))
        read_primaries(r, n, more, o);
    else if (more == NULL && label_is(word, "allow-query") && (value = apl_value(r, n)) != NULL)
        o->allow_query = value;
    else if (more == NULL && label_is(word, "allow-transfer") && (value = apl_value(r, n)) != NULL)
        o->allow_transfer = value;
}

static void read_custom(struct reading *r, const struct znode *n, const struct labels *l,
                        unsigned i, struct catalog_options *o)
{
    if (label_is(l->at[i], "ext")) {
        if (i + 1 < l->n)
            read_option(r, n, l, i + 1, o);
    } else if (r->k->version == VERSION_BIND) {
        read_option(r, n, l, i, o);
    }
}

static struct catalog_member *find_unique(struct catalog *k, const uint8_t *label)
{
    struct catalog_member *last = k->nmembers > 0 ? &k->members[k->nmembers - 1] : NULL;

    /* canonical order: a member's properties come right behind it */
    return last != NULL && labels_equal(last->unique, label, 1u + label[0]) ? last : NULL;
}

static struct catalog_member *add_member(struct reading *r, const uint8_t *label)
{
    struct catalog *k = r->k;
    struct catalog_member *m = find_unique(k, label);

    if (m != NULL)
        return m;
    if (!ARRAY_ROOM(k->members, k->nmembers, r->room))
        return NULL;
    m = &k->members[k->nmembers++];
    *m = (struct catalog_member){.unique = fold_copy(k->memory, label, 1u + label[0])};
    return m;
}

/* NAME.zones, and what stands below it. */
static void read_member(struct reading *r, const struct znode *n, const struct labels *l)
{
    struct catalog_member *m = add_member(r, l->at[1]);
    const uint8_t *rdata;

    if (m == NULL)
        return;
    if (l->n == 2) {
        if ((rdata = only_rr(r, n, TYPE_PTR)) != NULL)
            m->zone = fold_copy(r->k->memory, rdata, name_length(rdata));
    } else if (l->n == 3 && label_is(l->at[2], "coo")) {
        if ((rdata = only_rr(r, n, TYPE_PTR)) != NULL)
            m->coo = fold_copy(r->k->memory, rdata, name_length(rdata));
    } else if (l->n == 3 && label_is(l->at[2], "group")) {
        m->group = txt_value(r, n);
    } else {
        read_custom(r, n, l, 2, &m->options);
    }
}

static void read_node(struct reading *r, const struct znode *n)
{
    struct labels l;

    labels_of(n, &l);
    if (l.n == 0)
        return;
    if (!label_is(l.at[0], "zones"))
        read_custom(r, n, &l, 0, &r->k->options);
    else if (l.n >= 2)
        read_member(r, n, &l);
}

/* --- the whole --- */

static unsigned read_version(const struct reading *r)
{
    static const uint8_t label[] = {7, 'v', 'e', 'r', 's', 'i', 'o', 'n'};
    struct name name;
    const struct znode *n;
    const uint8_t *rdata;

    if (name_join(&name, label, sizeof label, r->c->origin) != RES_OK ||
        (n = contents_find_name(r->c, name.wire)) == NULL ||
        (rdata = only_rr(r, n, TYPE_TXT)) == NULL || rdata[0] != 1)
        return 0;
    return rdata[1] == '1' ? VERSION_BIND : rdata[1] == '2' ? VERSION_RFC : 0;
}

static int by_zone(const void *a, const void *b)
{
    const struct catalog_member *x = a, *y = b;
    int d = name_compare(x->zone, y->zone);

    return d != 0 ? d : memcmp(x->unique, y->unique, 1u + (x->unique[0] < y->unique[0]
                                                               ? x->unique[0] : y->unique[0]));
}

/* Members without a zone and second members with one are no members (RFC 9432 §4.1). */
static void sort_out(struct reading *r)
{
    struct catalog *k = r->k;
    size_t kept = 0;

    for (size_t i = 0; i < k->nmembers; i++)
        if (k->members[i].zone != NULL)
            k->members[kept++] = k->members[i];
    k->nmembers = kept;
    if (kept > 0)
        qsort(k->members, kept, sizeof *k->members, by_zone);
    kept = 0;
    for (size_t i = 0; i < k->nmembers; i++) {
        char zone[NAME_TEXT_MAX];

        if (kept > 0 && name_equal(k->members[kept - 1].zone, k->members[i].zone)) {
            name_to_text(k->members[i].zone, zone, NAME_OMIT_FINAL_DOT);
            say(r, "zone '%s' is listed twice; the first counts", zone);
            continue;
        }
        k->members[kept++] = k->members[i];
    }
    k->nmembers = kept;
}

void catalog_free(struct catalog *k)
{
    if (k == NULL)
        return;
    region_free(k->memory);
    free(k->members);
    free(k);
}

enum result catalog_read(const struct contents *c, const struct catalog_report *report,
                         struct catalog **out)
{
    struct reading r = {.c = c, .report = report, .k = calloc(1, sizeof *r.k)};
    struct contents_walk w;
    const struct znode *n;

    *out = NULL;
    if (r.k == NULL || (r.k->memory = region_new()) == NULL) {
        catalog_free(r.k);
        return RES_NOMEM;
    }
    r.k->serial = c->serial;
    if ((r.k->version = read_version(&r)) == 0) {
        say(&r, "has no 'version' record that says 1 or 2 and is not in force");
        catalog_free(r.k);
        return RES_BADZONE;
    }
    contents_walk_begin(&w, c);
    while ((n = contents_walk_next(&w)) != NULL)
        read_node(&r, n);
    if (region_failed(r.k->memory)) {
        catalog_free(r.k);
        return RES_NOMEM;
    }
    sort_out(&r);
    *out = r.k;
    return RES_OK;
}

const struct catalog_member *catalog_find(const struct catalog *k, const uint8_t *zone)
{
    size_t low = 0, high = k->nmembers;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = name_compare(k->members[mid].zone, zone);

        if (d == 0)
            return &k->members[mid];
        if (d < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static bool text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool catalog_options_equal(const struct catalog_options *a, const struct catalog_options *b)
{
    if (a->nprimaries != b->nprimaries || !text_equal(a->allow_query, b->allow_query) ||
        !text_equal(a->allow_transfer, b->allow_transfer))
        return false;
    for (size_t i = 0; i < a->nprimaries; i++)
        if (!net_addr_equal(&a->primaries[i].addr, &b->primaries[i].addr) ||
            !text_equal(a->primaries[i].key, b->primaries[i].key))
            return false;
    return true;
}
