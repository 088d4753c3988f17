#include "zone/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dns/nsec3.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"
#include "dns/svcb.h"

/* What the zone itself knows of a name and type (RFC 1034 §4.3.2). */
enum found {
    FOUND, FOUND_GLUE, FOUND_CNAME, FOUND_DNAME, FOUND_DELEGATION, NO_RRSET, NO_NAME
};

struct check {
    const struct contents *c;
    const struct zone_check *k;
    const struct znode *node;   /* at hand */
    struct name owner;          /* its name */
    struct name dname;          /* where the last FOUND_DNAME was */
    uint16_t type;              /* of the RRset at hand */
    const uint8_t *rr;          /* the RR at hand; NULL: none */
    bool refused;
};

/* "ns.example.com" without its final dot becomes ns.example.com.example.com. */
static bool lacks_dot(const struct check *c)
{
    int at = rdata_target(c->type, c->rr + 2, rr_len(c->rr));
    size_t origin_len = c->c->origin_len - 1u, rel_len;
    const uint8_t *target = c->rr + 2 + at;

    return at >= 0 && origin_len > 0 && name_is_below(target, c->c->origin, &rel_len) &&
           rel_len > origin_len &&
           labels_equal(target + rel_len - origin_len, c->c->origin, origin_len);
}

/* Hands a text on, with the record at hand. */
static void say(void *arg, int level, const char *text)
{
    struct check *c = arg;
    struct zone_place place = {.owner = c->owner.wire, .type = c->type};

    if (c->rr != NULL) {
        place.rdata = c->rr + 2;
        place.rdlen = rr_len(c->rr);
        place.dot_missing = lacks_dot(c);
    }
    c->k->message(c->k->arg, level, text, c->rr != NULL ? &place : NULL);
}

static void tell(struct check *c, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct check *c, int level, const char *fmt, ...)
{
    char text[4 * NAME_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say(c, level, text);
}

/* The node of the name or the nearest above it; *exact says which. */
static const struct znode *closest(const struct contents *c, const uint8_t *name, bool *exact)
{
    const struct znode *n = contents_find_name(c, name);

    *exact = n != NULL;
    while (n == NULL) {
        name = name_parent(name);
        n = contents_find_name(c, name);
    }
    return n;
}

/* The wildcard that answers for what does not exist below `n` (RFC 4592 §3.3.1). */
static const struct znode *wildcard_of(const struct check *c, const struct znode *n)
{
    struct name above, wild;

    if (!(n->flags & ZN_HAS_WILD))
        return NULL;
    contents_node_name(c->c, n, &above);
    if (name_join(&wild, (const uint8_t *)"\1*", 2, above.wire) != RES_OK)
        return NULL;
    return contents_find_name(c->c, wild.wire);
}

/* The cut or DNAME that hides the name, NULL when none does. */
static const struct znode *hidden_by(const struct check *c, const struct znode *n, bool exact)
{
    const struct znode *cut = contents_cut_above(c->c, n);

    if (cut == NULL && !exact && n->flags & ZN_DNAME)
        return n;               /* below the apex' DNAME */
    if (cut == n && exact && !(cut->flags & ZN_CUT))
        return NULL;            /* a DNAME hides what is below it, not itself */
    return cut;
}

static enum found look_up(struct check *c, const uint8_t *name, uint16_t type, bool glue,
                          const struct zrrset **rrset)
{
    bool exact;
    const struct znode *n = closest(c->c, name, &exact), *cut = hidden_by(c, n, exact);

    *rrset = exact ? node_rrset(c->c, n, type) : NULL;
    if (cut != NULL && cut->flags & ZN_CUT)
        return glue && *rrset != NULL ? FOUND_GLUE : FOUND_DELEGATION;
    if (cut != NULL) {
        contents_node_name(c->c, cut, &c->dname);
        return FOUND_DNAME;
    }
    if (!exact && (n = wildcard_of(c, n)) == NULL)
        return NO_NAME;
    if ((*rrset = node_rrset(c->c, n, type)) != NULL)
        return FOUND;
    return n->flags & ZN_CNAME ? FOUND_CNAME : NO_RRSET;
}

/* Has the name an address?  FOUND, or why not. */
static enum found find_address(struct check *c, const uint8_t *name)
{
    const struct zrrset *s;
    enum found f = look_up(c, name, TYPE_A, false, &s);

    return f == NO_RRSET ? look_up(c, name, TYPE_AAAA, false, &s) : f;
}

static bool is_out_of_zone(const struct check *c, const uint8_t *name)
{
    return !name_is_below(name, c->c->origin, NULL);
}

static void ask_outside(struct check *c, struct zone_check_outside *o)
{
    o->say = say;
    o->say_arg = c;
    if (c->k->outside != NULL && !c->k->outside(c->k->arg, o))
        c->refused = true;
}

/* An NS of the apex must have an address, or nobody finds the zone. */
static void check_apex_ns(struct check *c, const uint8_t *target)
{
    char name[NAME_TEXT_MAX], dname[NAME_TEXT_MAX];
    enum found f;

    if (is_out_of_zone(c, target))
        return;
    f = find_address(c, target);
    if (f == FOUND || f == FOUND_DELEGATION)
        return;
    c->refused = true;
    name_to_text(target, name, NAME_OMIT_FINAL_DOT);
    if (f == FOUND_CNAME) {
        tell(c, LVL_ERROR, "NS '%s' is a CNAME (illegal)", name);
    } else if (f == FOUND_DNAME) {
        name_to_text(c->dname.wire, dname, NAME_OMIT_FINAL_DOT);
        tell(c, LVL_ERROR, "NS '%s' is below a DNAME '%s' (illegal)", name, dname);
    } else {
        tell(c, LVL_ERROR, "NS '%s' has no address records (A or AAAA)", name);
    }
}

/* Where a target may not lead: "OWNER/KIND 'TARGET' …". */
static void tell_target(struct check *c, const char *kind, const uint8_t *target, enum found f,
                        const char *what)
{
    char owner[NAME_TEXT_MAX], name[NAME_TEXT_MAX], dname[NAME_TEXT_MAX];

    name_to_text(c->owner.wire, owner, NAME_OMIT_FINAL_DOT);
    name_to_text(target, name, NAME_OMIT_FINAL_DOT);
    if (f == FOUND_CNAME) {
        tell(c, LVL_ERROR, "%s/%s '%s' is a CNAME (illegal)", owner, kind, name);
    } else if (f == FOUND_DNAME) {
        name_to_text(c->dname.wire, dname, NAME_OMIT_FINAL_DOT);
        tell(c, LVL_ERROR, "%s/%s '%s' is below a DNAME '%s' (illegal)", owner, kind, name, dname);
    } else {
        tell(c, LVL_ERROR, "%s/%s '%s' has no %saddress records (A or AAAA)", owner, kind, name,
             what);
    }
}

/* The addresses are known only by way of a delegation: is what must stand here here? */
static void check_missing_glue(struct check *c, const uint8_t *target, enum found f)
{
    struct zone_check_outside o = {.kind = "NS", .owner = c->owner.wire, .target = target};
    bool required = name_is_below(target, c->owner.wire, NULL);

    if (f == FOUND_DELEGATION && !required && !c->k->opt->check_sibling)
        return;
    tell_target(c, "NS", target, f, required ? "REQUIRED GLUE "
                                    : f == FOUND_DELEGATION ? "SIBLING GLUE " : "");
    if (f == FOUND_DELEGATION)
        ask_outside(c, &o);
}

/* An NS of a delegation. */
static void check_delegation_ns(struct check *c, const uint8_t *target)
{
    struct zone_check_outside o = {.kind = "NS", .owner = c->owner.wire, .target = target};
    enum found a, aaaa = NO_NAME;

    if (is_out_of_zone(c, target)) {
        ask_outside(c, &o);
        return;
    }
    a = look_up(c, target, TYPE_A, true, &o.a);
    if (a == NO_RRSET || a == FOUND_DELEGATION || a == FOUND_GLUE)
        aaaa = look_up(c, target, TYPE_AAAA, true, &o.aaaa);
    if (a == FOUND || aaaa == FOUND)
        return;
    if (a == FOUND_GLUE || aaaa == FOUND_GLUE) {
        o.has_glue = true;
        ask_outside(c, &o);
        return;
    }
    check_missing_glue(c, target, a);
}

/* MX and SRV alike; "." says that there is no such service. */
static void check_service(struct check *c, const char *kind, const uint8_t *target,
                          bool fatal_missing, enum check_severity alias)
{
    struct zone_check_outside o = {.kind = kind, .owner = c->owner.wire, .target = target};
    enum found f;

    if (*target == 0)
        return;
    if (is_out_of_zone(c, target)) {
        ask_outside(c, &o);
        return;
    }
    f = find_address(c, target);
    if (f == FOUND_DELEGATION) {
        ask_outside(c, &o);
    } else if (f == FOUND_CNAME || f == FOUND_DNAME) {
        if (alias != CHECK_IGNORE)
            tell_target(c, kind, target, f, "");
        c->refused |= alias == CHECK_FAIL;
    } else if (f != FOUND) {
        tell_target(c, kind, target, f, "");
        c->refused |= fatal_missing;
    }
}

static void check_target(struct check *c, uint16_t type, const uint8_t *rdata)
{
    const struct zone_options *opt = c->k->opt;

    switch (type) {
    case TYPE_NS:
        check_delegation_ns(c, rdata);
        break;
    case TYPE_MX:
        check_service(c, "MX", rdata + 2, opt->check_mx == CHECK_FAIL, opt->check_mx_cname);
        break;
    default:
        check_service(c, "SRV", rdata + 6, false, opt->check_srv_cname);
        break;
    }
}

static void check_rrset(struct check *c, uint16_t type)
{
    const struct zrrset *s = node_rrset(c->c, c->node, type);
    const uint8_t *rr;

    if (s == NULL)
        return;
    rr = rrset_data(s);
    c->type = type;
    for (unsigned i = 0; i < s->count; i++, rr = rr_next(rr)) {
        c->rr = rr;
        check_target(c, type, rr + 2);
    }
    c->rr = NULL;
}

/* Does the RRset hold a policy of RFC 7208: "v=spf1", alone or before a blank? */
static bool has_spf(const struct zrrset *s)
{
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        const uint8_t *text = rr + 2;

        if (rr_len(rr) > 6 && text[0] >= 6 && memcmp(text + 1, "v=spf1", 6) == 0 &&
            (text[0] == 6 || text[7] == ' '))
            return true;
    }
    return false;
}

static void check_spf(struct check *c)
{
    const struct zrrset *spf = node_rrset(c->c, c->node, TYPE_SPF);
    char owner[NAME_TEXT_MAX];

    if (!c->k->opt->check_spf || !has_spf(spf) ||
        has_spf(node_rrset(c->c, c->node, TYPE_TXT)))
        return;
    c->type = TYPE_SPF;
    c->rr = rrset_data(spf);
    name_to_text(c->owner.wire, owner, NAME_OMIT_FINAL_DOT);
    tell(c, LVL_WARNING,
         "'%s' found type SPF record but no SPF TXT record found, add matching type TXT record",
         owner);
    c->rr = NULL;
}

/* check-svcb: a record that a DNS client cannot use is told; the zone loads. */
static void check_svcb(struct check *c)
{
    const struct zrrset *s = node_rrset(c->c, c->node, TYPE_SVCB);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;
    char owner[NAME_TEXT_MAX];

    if (!c->k->opt->check_svcb)
        return;
    c->type = TYPE_SVCB;
    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        const char *mistake = svcb_dns_mistake(c->owner.wire, rr + 2, rr_len(rr));

        if (mistake == NULL)
            continue;
        c->rr = rr;
        name_to_text(c->owner.wire, owner, NAME_OMIT_FINAL_DOT);
        tell(c, LVL_WARNING, "%s/SVCB has %s", owner, mistake);
    }
    c->rr = NULL;
}

/* A node is checked as long as the zone answers for it: at a cut only its NS. */
static void check_node(struct check *c, const struct znode *n)
{
    if (n->nrrsets == 0 || n->flags & ZN_OCCLUDED)
        return;
    c->node = n;
    contents_node_name(c->c, n, &c->owner);
    if (n->flags & ZN_CUT) {
        check_rrset(c, TYPE_NS);
        return;
    }
    check_rrset(c, TYPE_MX);
    check_rrset(c, TYPE_SRV);
    check_spf(c);
    check_svcb(c);
}

static void check_integrity(struct check *c)
{
    struct contents_walk w;
    const struct znode *n;

    contents_walk_begin(&w, c->c);
    while ((n = contents_walk_next(&w)) != NULL)
        check_node(c, n);
}

static void fold_name_at(void *rdata, size_t offset)
{
    uint8_t *name = (uint8_t *)rdata + offset;

    name_fold(name, name, name_length(name));
}

/* The same with every name folded, though DNSSEC tells its cases apart? */
static bool same_meaning(uint16_t type, const uint8_t *x, const uint8_t *y)
{
    uint8_t a[NAME_MAX_LEN * 4], b[NAME_MAX_LEN * 4];
    size_t len = rr_len(x);

    /* cheap and nearly always enough: bytes that differ by more than case */
    if (len != rr_len(y) || len > sizeof a || !labels_equal(x + 2, y + 2, len))
        return false;
    memcpy(a, x + 2, len);
    memcpy(b, y + 2, len);
    rdata_names(type, x + 2, len, fold_name_at, a);
    rdata_names(type, y + 2, len, fold_name_at, b);
    return memcmp(a, b, len) == 0;
}

/* Only of these types two RRs can differ in the case of a name: the names of others are
 * folded when RRs are compared (RFC 4034 §6.2, RFC 6840 §5.1). */
static bool has_duplicates(const struct zrrset *s)
{
    const uint8_t *x = rrset_data(s);

    if (s->type != TYPE_NSEC && s->type != TYPE_LP)
        return false;
    for (unsigned i = 0; i < s->count; i++, x = rr_next(x)) {
        const uint8_t *y = rr_next(x);

        for (unsigned j = i + 1; j < s->count; j++, y = rr_next(y))
            if (same_meaning(s->type, x, y))
                return true;
    }
    return false;
}

static void check_duplicates(struct check *c)
{
    char owner[NAME_TEXT_MAX], type[RRTYPE_TEXT];
    struct contents_walk w;
    const struct znode *n;

    contents_walk_begin(&w, c->c);
    while ((n = contents_walk_next(&w)) != NULL) {
        NODE_FOR_EACH_RRSET(c->c, n, s) {
            if (!has_duplicates(s))
                continue;
            contents_node_name(c->c, n, &c->owner);
            c->type = s->type;
            c->rr = rrset_data(s);
            name_to_text(c->owner.wire, owner, NAME_OMIT_FINAL_DOT);
            tell(c, c->k->opt->check_dup_records == CHECK_FAIL ? LVL_ERROR : LVL_WARNING,
                 "%s/%s has semantically identical records", owner, rrtype_text(s->type, type));
            c->refused |= c->k->opt->check_dup_records == CHECK_FAIL;
        }
    }
}

/* Of the NSEC3 chains one at least must be of an algorithm we can follow (RFC 5155 §11). */
static void check_nsec3param(struct check *c)
{
    const struct zrrset *s = node_rrset(c->c, contents_apex(c->c), TYPE_NSEC3PARAM);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;
    bool supported = s == NULL;

    c->type = TYPE_NSEC3PARAM;
    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        uint16_t iterations = get_u16(rr + 4);

        c->rr = rr;
        supported |= rr[2] == NSEC3_SHA1;
        if (rr[2] != NSEC3_SHA1)
            tell(c, LVL_WARNING, "unsupported nsec3 hash algorithm: %u", rr[2]);
        if (iterations > ZONE_CHECK_MAX_ITERATIONS)
            tell(c, LVL_WARNING, "excessive NSEC3PARAM iterations %u > %u", iterations,
                 ZONE_CHECK_MAX_ITERATIONS);
    }
    c->rr = NULL;
    if (supported)
        return;
    tell(c, LVL_ERROR, "no supported nsec3 hash algorithm");
    c->refused = true;
}

static void check_apex(struct check *c)
{
    const struct zrrset *s = node_rrset(c->c, contents_apex(c->c), TYPE_NS);
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    name_copy(&c->owner, c->c->origin);
    c->type = TYPE_NS;
    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr)) {
        c->rr = rr;
        check_apex_ns(c, rr + 2);
    }
    c->rr = NULL;
}

enum result zone_check(const struct contents *c, const struct zone_check *k)
{
    struct check check = {.c = c, .k = k};

    if (k->rrclass == CLASS_IN)     /* the others' addresses are no A or AAAA */
        check_apex(&check);
    if (!check.refused)
        check_nsec3param(&check);
    if (!check.refused && k->opt->check_integrity)
        check_integrity(&check);
    if (!check.refused && k->opt->check_dup_records != CHECK_IGNORE)
        check_duplicates(&check);
    return check.refused ? RES_BADZONE : RES_OK;
}

enum result zone_check_apex_ns(const struct contents *c, const struct zone_check *k)
{
    struct check check = {.c = c, .k = k};

    if (k->rrclass == CLASS_IN)
        check_apex(&check);
    return check.refused ? RES_BADZONE : RES_OK;
}

enum result zone_check_mx(const struct contents *c, const struct zone_check *k,
                          const uint8_t *owner, const uint8_t *target)
{
    struct check check = {.c = c, .k = k, .type = TYPE_MX};

    name_copy(&check.owner, owner);
    check_service(&check, "MX", target, true, CHECK_FAIL);
    return check.refused ? RES_BADZONE : RES_OK;
}
