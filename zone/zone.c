#include "zone/zone.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "dns/serial.h"
#include "zone/journals.h"

struct zone *zone_new(const struct conf_zone *conf, const char *view)
{
    size_t len = name_length(conf->name), view_len = strlen(view) + 1;
    struct zone *z = calloc(1, sizeof *z + len + view_len);
    uint8_t *own;

    if (z == NULL)
        return NULL;
    own = (uint8_t *)(z + 1);
    z->conf = conf;
    z->name = memcpy(own, conf->name, len);
    z->name_len = (uint8_t)len;
    z->view = memcpy(own + len, view, view_len);
    z->hash = name_hash(conf->name);
    z->rrclass = conf->rrclass;
    z->last_result = RES_NOTLOADED;
    z->holds = 1;
    pthread_mutex_init(&z->writer, NULL);
    return z;
}

static void free_strings(char **list)
{
    for (char **p = list; p != NULL && *p != NULL; p++)
        free(*p);
    free(list);
}

void zone_set_includes(struct zone *z, char **list)
{
    free_strings(z->includes);
    z->includes = list;
}

bool zone_owns_data(const struct zone *z)
{
    return z->conf->type == ZONE_SECONDARY || (z->conf->options->is_dynamic &&
            !__atomic_load_n(&z->frozen, __ATOMIC_ACQUIRE));
}

char *zone_journal_path(const struct conf_zone *conf)
{
    char *path;

    if (conf->journal != NULL)
        return strdup(conf->journal);
    if (conf->file == NULL || asprintf(&path, "%s.jnl", conf->file) < 0)
        return NULL;
    return path;
}

bool zone_needs_flush(const struct zone *z, const struct contents *c)
{
    return c != NULL && z->conf->file != NULL &&
           (__atomic_load_n(&z->newer_than_file, __ATOMIC_RELAXED) ||
            c->serial != __atomic_load_n(&z->file_serial, __ATOMIC_RELAXED));
}

void zone_note_file(struct zone *z, uint32_t serial, bool newer)
{
    __atomic_store_n(&z->file_serial, serial, __ATOMIC_RELAXED);
    __atomic_store_n(&z->newer_than_file, newer, __ATOMIC_RELAXED);
    if (zone_has_gap(z) && !newer &&
        serial_ge(serial, __atomic_load_n(&z->journal_from, __ATOMIC_RELAXED)))
        __atomic_store_n(&z->has_gap, false, __ATOMIC_RELEASE);
}

bool zone_note_journal(struct zone *z, uint32_t serial)
{
    if (!__atomic_load_n(&z->newer_than_file, __ATOMIC_RELAXED) &&
        serial == __atomic_load_n(&z->file_serial, __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&z->journal_from, serial, __ATOMIC_RELAXED);
    __atomic_store_n(&z->has_gap, true, __ATOMIC_RELEASE);
    return true;
}

bool zone_has_gap(const struct zone *z)
{
    return __atomic_load_n(&z->has_gap, __ATOMIC_ACQUIRE);
}

void zone_set_load_error(struct zone *z, char *text)
{
    free(z->load_error);
    z->load_error = text;
}

void zone_hold(struct zone *z)
{
    __atomic_add_fetch(&z->holds, 1, __ATOMIC_RELAXED);
}

void zone_release(struct zone *z)
{
    if (__atomic_sub_fetch(&z->holds, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    zone_journal_close(&z->journal);    /* long work may have opened it once more */
    contents_free(z->contents);
    pthread_mutex_destroy(&z->writer);
    free_strings(z->includes);
    free(z->load_error);
    free(z->notify);
    free(z);
}

void zone_free(struct zone *z)
{
    if (z == NULL)
        return;
    rcu_publish(z->conf, NULL);
    zone_journal_close(&z->journal);
    zone_release(z);
}

bool zone_is_dropped(const struct zone *z)
{
    return rcu_read(z->conf) == NULL;
}

const char *zone_text(const struct zone *z, char out[ZONE_TEXT])
{
    char name[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT];
    bool hide = strcmp(z->view, "_default") == 0 || strcmp(z->view, "_bind") == 0;

    name_to_text(z->name, name, NAME_OMIT_FINAL_DOT);
    snprintf(out, ZONE_TEXT, "%s/%s%s%.64s", name, rrclass_text(z->rrclass, rrclass),
             hide ? "" : "/", hide ? "" : z->view);
    return out;
}

void zone_log(const struct zone *z, int cat, int level, const char *fmt, ...)
{
    char zone[ZONE_TEXT], text[2048];
    va_list ap;

    if (!log_wants((enum log_category)cat, level))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    log_write((enum log_category)cat, level, "zone %s: %s", zone_text(z, zone), text);
}

const struct contents *zone_pin(const struct zone *z)
{
    const struct contents *c;

    rcu_online();
    if ((c = rcu_read(z->contents)) != NULL)
        contents_pin(c);
    rcu_offline();
    return c;
}

/* A version that waits for its last reader. */
struct contents_grave {
    struct rcu_head head;
    struct contents *contents;
};

static void free_old(struct rcu_head *head)
{
    struct contents_grave *grave = CONTAINER_OF(head, struct contents_grave, head);

    rcu_grace_passed();
    contents_free(grave->contents);
    free(grave);
}

void zone_swap(struct zone *z, struct contents *c)
{
    struct contents *old = z->contents;
    struct contents_grave *grave;

    rcu_publish(z->contents, c);
    if (old == NULL)
        return;
    if ((grave = malloc(sizeof *grave)) == NULL) {
        rcu_wait();      /* no memory to wait in the background: wait here */
        contents_free(old);
        return;
    }
    grave->contents = old;
    rcu_defer(&grave->head, free_old);
}

void zone_publish(struct zone *z, struct contents *c)
{
    pthread_mutex_lock(&z->writer);
    zone_swap(z, c);
    pthread_mutex_unlock(&z->writer);
}
