#include "server/notify.h"

#include <string.h>

#include "server/server.h"

static bool place_of(void *arg, const struct zone *z, struct notify_place *out)
{
    const struct server *s = arg;

    for (unsigned i = 0; s->data != NULL && i < s->data->nviews; i++) {
        const struct answer_view *v = &s->data->views[i];

        if (strcmp(v->conf->name, z->view) == 0) {
            *out = (struct notify_place){.view = v->conf, .zones = v->zones};
            return true;
        }
    }
    return false;
}

static bool is_self(void *arg, const union net_addr *a)
{
    const struct server *s = arg;

    return listen_has(s->listen, a);
}

static void zone_changed(void *arg, struct zone *z)
{
    notifier_tell(arg, z);
}

/* In the pool. */
static void zone_loaded(void *arg, struct zone *z)
{
    changes_post(arg, z);
}

struct notifier *notify_new(struct server *s)
{
    const struct notifier_server server = {.arg = s, .place = place_of, .is_self = is_self};
    struct notifier *n = notifier_new(&s->loop, &server);

    if (n == NULL)
        return NULL;
    changes_watch(&s->changes, zone_changed, n);
    loader_watch(s->loader, zone_loaded, &s->changes);
    return n;
}
