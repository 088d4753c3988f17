/* catalog-zones: which zones are catalogs, and what holds for their members. */
#include <string.h>

#include "conf/build.h"
#include "conf/print.h"
#include "dns/rrtype.h"

enum { MIN_UPDATE_INTERVAL_S = 5 };     /* unless said otherwise */

/* What stands behind `zone NAME`: pairs, but for the lists, which end with a block. */
static void read_details(struct conf_context *c, const struct conf_item *i,
                         struct conf_catalog *k)
{
    unsigned count;

    for (; i != NULL && i->next != NULL; i = i->next) {
        if (value_is(i, "default-primaries") || value_is(i, "default-masters")) {
            unsigned errors = c->errors;
            if (k->primaries != NULL)
                conf_error(c, i, "catalog zone '%s': 'default-primaries' and 'default-masters' "
                           "cannot both be used", k->name_text);
            if (remotes_build(c, i->next, &count) != NULL || c->errors == errors)
                k->primaries = count > 0 ? conf_print_value(c, i->next) : NULL;
            while (i->next != NULL && i->kind != CONF_BLOCK)
                i = i->next;
            if (i->next == NULL)
                return;
        } else if (value_is(i, "zone-directory")) {
            k->zone_directory = conf_share_text(c, (i = i->next)->text);
        } else if (value_is(i, "in-memory")) {
            value_boolean(i = i->next, &k->in_memory);
        } else if (value_is(i, "min-update-interval")) {
            value_duration(i = i->next, &k->min_update_s);
        }
    }
}

static bool is_listed(const struct conf_view *v, unsigned n, const uint8_t *name)
{
    for (unsigned i = 0; i < n; i++)
        if (name_equal(v->catalogs[i].name, name))
            return true;
    return false;
}

/* False for a name that is none: that is told where the zones are checked. */
static bool read_name(struct conf_context *c, const struct conf_item *item,
                      struct conf_catalog *k)
{
    struct name name;
    char text[NAME_TEXT_MAX];

    if (name_from_text(&name, item->text, strlen(item->text), (const uint8_t *)"") != RES_OK)
        return false;
    name_to_text(name.wire, text, NAME_OMIT_FINAL_DOT);
    k->name = conf_share(c, name.wire, name.len);
    k->name_text = conf_share_text(c, text);
    return k->name != NULL && k->name_text != NULL;
}

void catalogs_build(struct conf_context *c, const struct conf_stmt *stmt, void *view)
{
    struct conf_view *v = view;
    struct conf_catalog *k;
    unsigned n = 0;

    if (v->rrclass != CLASS_IN) {
        conf_error(c, stmt->first,
                   "'catalog-zones' option is only supported for views with class IN");
        return;
    }
    for (const struct conf_stmt *s = stmt_block(stmt)->first; s != NULL; s = s->next)
        n++;
    v->ncatalogs = 0;
    v->catalogs = k = region_zalloc(c->memory, n * sizeof *k + 1);
    for (const struct conf_stmt *s = stmt_block(stmt)->first; k != NULL && s != NULL;
         s = s->next) {
        k->min_update_s = MIN_UPDATE_INTERVAL_S;
        if (!read_name(c, s->first->next, k))
            continue;
        if (is_listed(v, v->ncatalogs, k->name))
            conf_error(c, s->first->next, "catalog zone '%s' is listed twice", k->name_text);
        read_details(c, s->first->next->next, k);
        k++;
        v->ncatalogs++;
    }
}
