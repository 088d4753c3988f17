#include "server/changes.h"

#include <assert.h>

void changes_init(struct changes *c, struct net_loop *loop)
{
    *c = (struct changes){.loop = loop};
    pthread_mutex_init(&c->lock, NULL);
}

static struct zone *take_first(struct changes *c)
{
    struct zone *z;

    pthread_mutex_lock(&c->lock);
    z = c->first;
    if (z != NULL) {
        c->first = z->change.next;
        z->change.posted = false;
    }
    pthread_mutex_unlock(&c->lock);
    return z;
}

void changes_free(struct changes *c)
{
    while (c->first != NULL)
        zone_release(take_first(c));
    pthread_mutex_destroy(&c->lock);
}

void changes_watch(struct changes *c, void (*changed)(void *arg, struct zone *z), void *arg)
{
    assert(c->nwatchers < CHANGES_WATCHERS);
    c->watchers[c->nwatchers].changed = changed;
    c->watchers[c->nwatchers++].arg = arg;
}

void changes_post(struct changes *c, struct zone *z)
{
    struct zone_change *link = &z->change;
    bool was_empty;

    pthread_mutex_lock(&c->lock);
    was_empty = c->first == NULL;
    if (!link->posted) {
        *link = (struct zone_change){.next = c->first, .posted = true};
        c->first = z;
        zone_hold(z);
    }
    pthread_mutex_unlock(&c->lock);
    if (was_empty)
        net_loop_wake(c->loop);
}

static void tell(const struct changes *c, struct zone *z)
{
    for (unsigned i = 0; i < c->nwatchers && !zone_is_dropped(z); i++)
        c->watchers[i].changed(c->watchers[i].arg, z);
}

void changes_deliver(struct changes *c)
{
    struct zone *z;

    while ((z = take_first(c)) != NULL) {
        tell(c, z);
        zone_release(z);
    }
}
