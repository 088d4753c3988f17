#include "answer/server_data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answer/builtin.h"
#include "answer/cookie.h"

/* The zone an in-view zone stands for: of the same name, in the view it names, which is one
 * of the `nviews` before its own. */
static struct zone *resolve_in_view(const struct answer_server *s, unsigned nviews,
                                    const struct conf_zone *z)
{
    for (unsigned i = 0; i < nviews; i++)
        if (strcmp(s->views[i].conf->name, z->in_view) == 0)
            return zone_table_get(s->views[i].zones, z->name);
    return NULL;
}

static struct zone_table *view_table(const struct answer_server *s, struct zone ***zones,
                                     unsigned i)
{
    const struct conf_view *v = &s->conf->views[i];
    struct zone **list = calloc(v->nzones + 1u, sizeof *list);
    struct zone_table *t;

    if (list == NULL)
        return NULL;
    for (unsigned j = 0; j < v->nzones; j++)
        list[j] = v->zones[j].type == ZONE_IN_VIEW ? resolve_in_view(s, i, &v->zones[j])
                                                   : zones[i][j];
    t = zone_table_new(list, v->nzones);
    free(list);
    return t;
}

static bool fill_views(struct answer_server *s, struct zone ***zones)
{
    for (unsigned i = 0; i < s->conf->nviews; i++) {
        const struct conf_view *v = &s->conf->views[i];

        s->views[i].conf = v;
        s->views[i].everyone = acl_is_any(v->match_clients) && acl_is_any(v->match_destinations) &&
                               !v->match_recursive_only;
        if ((s->views[i].zones = view_table(s, zones, i)) == NULL)
            return false;
    }
    return true;
}

/* Without a configured secret a process keeps one it drew itself, over all reloads. */
static uint8_t own_secret[1][COOKIE_SECRET_LEN];
static pthread_once_t own_secret_once = PTHREAD_ONCE_INIT;
static enum result own_secret_result;

static void draw_secret(void)
{
    own_secret_result = cookie_random_secret(own_secret[0]);
}

/* False: there is none, and one that can be guessed is worse. */
static bool set_secrets(struct answer_server *s)
{
    s->cookie_secrets = s->conf->cookie_secrets;
    s->ncookie_secrets = s->conf->ncookie_secrets;
    if (s->ncookie_secrets > 0)
        return true;
    pthread_once(&own_secret_once, draw_secret);
    s->cookie_secrets = (const uint8_t (*)[COOKIE_SECRET_LEN])own_secret;
    s->ncookie_secrets = 1;
    return own_secret_result == RES_OK;
}

/* The last view, which everyone matches. */
static bool add_builtin_view(struct answer_server *s)
{
    struct answer_view *view = &s->views[s->nviews - 1];

    view->everyone = true;
    s->builtin = builtin_view_new(s->conf, &view->conf, &view->zones);
    return s->builtin != NULL;
}

struct answer_server *answer_server_new(const struct conf_snapshot *conf, struct zone ***zones,
                                        struct acl_env *const *acl_env, bool *querylog)
{
    struct answer_server *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->conf = conf;
    s->acl_env = acl_env;
    s->advertised_ms = conf->tcp_advertised_timeout_ms;
    s->querylog = querylog;
    s->nviews = conf->nviews + 1;
    if ((s->views = calloc(s->nviews, sizeof *s->views)) == NULL || !fill_views(s, zones) ||
        !add_builtin_view(s) || !set_secrets(s)) {
        answer_server_free(s);
        return NULL;
    }
    return s;
}

const struct answer_view *answer_server_view(const struct answer_server *s, const char *name)
{
    for (unsigned i = 0; i < s->nviews; i++)
        if (strcmp(s->views[i].conf->name, name) == 0)
            return &s->views[i];
    return NULL;
}

void answer_server_free(struct answer_server *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; s->views != NULL && i < s->nviews; i++)
        zone_table_free(s->views[i].zones);
    free(s->views);
    builtin_view_free(s->builtin);
    free(s);
}
