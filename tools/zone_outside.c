#include "tools/zone_outside.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

enum told_what {
    TOLD_NO_ADDRESS, TOLD_LOOKUP_FAILED, TOLD_CNAME, TOLD_EXTRA_A, TOLD_EXTRA_AAAA, TOLD_MISSING
};

struct told {
    struct told *next;
    enum told_what what;
    char name[];
};

/* One question. */
struct question {
    struct zone_outside *z;
    const struct zone_check_outside *o;
    char owner[NAME_TEXT_MAX], target[NAME_TEXT_MAX];
};

/* True once for each name and matter. */
static bool first_time(struct question *q, enum told_what what)
{
    struct told *t;

    for (t = q->z->told; t != NULL; t = t->next)
        if (t->what == what && strcasecmp(t->name, q->target) == 0)
            return false;
    t = malloc(sizeof *t + strlen(q->target) + 1);
    if (t != NULL) {
        t->what = what;
        strcpy(t->name, q->target);
        t->next = q->z->told;
        q->z->told = t;
    }
    return true;
}

static void tell(struct question *q, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct question *q, int level, const char *fmt, ...)
{
    char *what = NULL, *text = NULL;
    va_list args;

    va_start(args, fmt);
    if (vasprintf(&what, fmt, args) < 0)
        what = NULL;
    va_end(args);
    if (what != NULL &&
        asprintf(&text, "%s/%s '%s' %s", q->owner, q->o->kind, q->target, what) < 0)
        text = NULL;
    if (text != NULL)
        q->o->say(q->o->say_arg, level, text);
    free(what);
    free(text);
}

/* RES_OK with *list to be freed. */
static bool look_up(struct question *q, struct addrinfo **list)
{
    const struct addrinfo hints = {.ai_flags = AI_CANONNAME,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_protocol = IPPROTO_TCP};
    char text[NAME_TEXT_MAX];
    int r;

    name_to_text(q->o->target, text, NAME_FINAL_DOT);  /* the dot keeps search lists away */
    r = getaddrinfo(text, NULL, &hints, list);
    if (r == 0)
        return true;
    if (r == EAI_NONAME || r == EAI_NODATA) {
        if (first_time(q, TOLD_NO_ADDRESS))
            tell(q, LVL_ERROR, "(out of zone) has no addresses records (A or AAAA)");
    } else if (first_time(q, TOLD_LOOKUP_FAILED)) {
        tell(q, LVL_WARNING, "(out of zone) could not be looked up: %s", gai_strerror(r));
    }
    return false;
}

static bool is_alias(const struct question *q, const struct addrinfo *list)
{
    size_t n;

    if (list->ai_canonname == NULL)
        return false;
    n = strlen(list->ai_canonname);
    if (n > 0 && list->ai_canonname[n - 1] == '.')
        n--;
    return n != strlen(q->target) || strncasecmp(list->ai_canonname, q->target, n) != 0;
}

/* Says that a target is an alias; false when that refuses the zone. */
static bool check_alias(struct question *q, const struct addrinfo *list, enum check_severity how)
{
    if (how == CHECK_IGNORE || !is_alias(q, list))
        return true;
    if (first_time(q, TOLD_CNAME))
        tell(q, how == CHECK_FAIL ? LVL_ERROR : LVL_WARNING,
             "(out of zone) is a CNAME '%s' (illegal)", list->ai_canonname);
    return how != CHECK_FAIL;
}

static const void *address_of(const struct addrinfo *ai)
{
    if (ai->ai_family == AF_INET6)
        return &((const struct sockaddr_in6 *)(const void *)ai->ai_addr)->sin6_addr;
    return &((const struct sockaddr_in *)(const void *)ai->ai_addr)->sin_addr;
}

static bool list_has(const struct addrinfo *list, int family, const void *addr, size_t len)
{
    for (; list != NULL; list = list->ai_next)
        if (list->ai_family == family && memcmp(address_of(list), addr, len) == 0)
            return true;
    return false;
}

static bool glue_has(const struct zrrset *s, const void *addr, size_t len)
{
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr))
        if (rr_len(rr) == len && memcmp(rr + 2, addr, len) == 0)
            return true;
    return false;
}

/* Glue that the child zone does not know of. */
static void check_extra(struct question *q, const struct addrinfo *list, const struct zrrset *s,
                        int family)
{
    size_t len = family == AF_INET ? 4 : 16;
    const uint8_t *rr = s != NULL ? rrset_data(s) : NULL;
    char text[INET6_ADDRSTRLEN];

    for (unsigned i = 0; s != NULL && i < s->count; i++, rr = rr_next(rr))
        if (rr_len(rr) == len && !list_has(list, family, rr + 2, len) &&
            first_time(q, family == AF_INET ? TOLD_EXTRA_A : TOLD_EXTRA_AAAA))
            tell(q, LVL_ERROR, "extra GLUE %s record (%s)", family == AF_INET ? "A" : "AAAA",
                 inet_ntop(family, rr + 2, text, sizeof text));
}

/* Addresses of the child that are no glue here. */
static void check_missing(struct question *q, const struct addrinfo *list)
{
    char text[INET6_ADDRSTRLEN];
    bool first = true, wanted = true;

    for (const struct addrinfo *ai = list; ai != NULL && wanted; ai = ai->ai_next) {
        bool v4 = ai->ai_family == AF_INET;

        if (glue_has(v4 ? q->o->a : q->o->aaaa, address_of(ai), v4 ? 4 : 16))
            continue;
        if (first)
            wanted = first_time(q, TOLD_MISSING);
        first = false;
        if (wanted)
            tell(q, LVL_ERROR, "missing GLUE %s record (%s)", v4 ? "A" : "AAAA",
                 inet_ntop(ai->ai_family, address_of(ai), text, sizeof text));
    }
}

bool zone_outside_ask(struct zone_outside *z, const struct zone_check_outside *o)
{
    struct question q = {.z = z, .o = o};
    struct addrinfo *list;
    bool ok = true;

    name_to_text(o->owner, q.owner, NAME_OMIT_FINAL_DOT);
    name_to_text(o->target, q.target, NAME_OMIT_FINAL_DOT);
    if (!look_up(&q, &list))
        return true;
    if (strcmp(o->kind, "NS") == 0) {
        check_alias(&q, list, CHECK_WARN);
        if (o->has_glue) {
            check_extra(&q, list, o->a, AF_INET);
            check_extra(&q, list, o->aaaa, AF_INET6);
            check_missing(&q, list);
        }
    } else {
        ok = check_alias(&q, list, strcmp(o->kind, "MX") == 0 ? z->mx_cname : z->srv_cname);
    }
    freeaddrinfo(list);
    return ok;
}

void zone_outside_free(struct zone_outside *z)
{
    while (z->told != NULL) {
        struct told *t = z->told;

        z->told = t->next;
        free(t);
    }
}
