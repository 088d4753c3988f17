#include "server/command_channel.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
#include "base/log.h"
#include "base/rcu.h"
#include "control/rndc_conf.h"
#include "net/socket.h"

enum { BACKLOG = 32, ACCEPTS_PER_EVENT = 16, ACCEPT_PAUSE_MS = 250, DEFAULT_PORT = 953 };

#define KEY_FILE SYSCONFDIR "/rndc.key"

struct listener {
    struct net_event event;
    struct net_timer pause;             /* after an error of accept() that repeats itself */
    struct command_channel *channel;
    struct listener *next;
    union net_addr addr;
    const struct acl *allow;
    struct command_keys keys;
    bool wanted;
    bool applied;                       /* by this configuration: its second one is too many */
};

struct command_channel {
    struct net_loop *loop;
    struct acl_env *const *env;
    struct command_conns *conns;
    struct listener *listeners, *closed;
};

/* ---- Accepting ---- */

static bool may_talk(const struct listener *l, const union net_addr *peer)
{
    const struct acl_who who = {.peer = peer,
                                .env = rcu_read(*l->channel->env),
                                .local_port = net_addr_port(&l->addr),
                                .transport = ACL_TCP};

    return acl_allows(l->allow, &who);
}

static void take_client(struct listener *l, int fd, const union net_addr *peer)
{
    char text[NET_ADDR_TEXT];

    if (may_talk(l, peer)) {
        command_conns_add(l->channel->conns, fd, peer, &l->keys);
        return;
    }
    log_write(LOGC_GENERAL, LVL_WARNING, "rejected command channel message from %s",
              net_addr_format(peer, text));
    close(fd);
}

static void resume(struct net_timer *t, int64_t now_ms)
{
    struct listener *l = CONTAINER_OF(t, struct listener, pause);

    (void)now_ms;
    net_loop_watch(l->channel->loop, &l->event, EPOLLIN);
}

/* Without descriptors or memory the client stays in the queue: look again a little later. */
static void pause_accepting(struct listener *l)
{
    struct net_loop *loop = l->channel->loop;

    if (net_timer_set(&loop->timers, &l->pause, net_now_ms() + ACCEPT_PAUSE_MS) == RES_OK)
        net_loop_unwatch(loop, &l->event);
}

static void accept_clients(struct net_event *e, uint32_t events)
{
    struct listener *l = CONTAINER_OF(e, struct listener, event);

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        union net_addr peer;
        socklen_t len = sizeof peer;
        int fd = accept4(e->fd, &peer.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_client(l, fd, &peer);
        } else if (errno != ECONNABORTED && errno != EINTR) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                pause_accepting(l);
            return;
        }
    }
}

/* ---- Listeners ---- */

static void close_listener(struct command_channel *ch, struct listener **link)
{
    struct listener *l = *link;
    char text[NET_ADDR_TEXT];

    log_write(LOGC_GENERAL, LVL_NOTICE, "stopping command channel on %s",
              net_addr_format(&l->addr, text));
    *link = l->next;
    net_timer_stop(&ch->loop->timers, &l->pause);
    net_loop_unwatch(ch->loop, &l->event);
    close(l->event.fd);
    command_conns_detach(ch->conns, &l->keys);
    free(l->keys.keys);
    l->keys.keys = NULL;
    l->next = ch->closed;
    ch->closed = l;
}

static bool open_listener(struct command_channel *ch, struct listener *l)
{
    static const struct net_socket_options options = {.backlog = BACKLOG};
    char text[NET_ADDR_TEXT];
    enum result res;
    int fd = net_socket_tcp(&l->addr, &options);

    res = fd >= 0 ? RES_OK : result_from_errno(errno);
    l->event = (struct net_event){.ready = accept_clients, .fd = fd};
    if (res == RES_OK)
        res = net_loop_watch(ch->loop, &l->event, EPOLLIN);
    net_addr_format(&l->addr, text);
    if (res == RES_OK) {
        log_write(LOGC_GENERAL, LVL_NOTICE, "command channel listening on %s", text);
        return true;
    }
    if (fd >= 0)
        close(fd);
    log_write(LOGC_GENERAL, LVL_WARNING, "couldn't add command channel %s: %s", text,
              result_text(res));
    return false;
}

static struct listener *find_listener(const struct command_channel *ch,
                                      const union net_addr *addr)
{
    struct listener *l = ch->listeners;

    while (l != NULL && !net_addr_equal(&l->addr, addr))
        l = l->next;
    return l;
}

/* A listener at `addr` that is there already, or a new one; NULL: it was logged why. */
static struct listener *want_listener(struct command_channel *ch, const union net_addr *addr)
{
    struct listener *l = find_listener(ch, addr);

    if (l == NULL) {
        l = calloc(1, sizeof *l);
        if (l == NULL)
            return NULL;
        l->channel = ch;
        l->addr = *addr;
        l->pause.fire = resume;
        if (!open_listener(ch, l)) {
            free(l);
            return NULL;
        }
        l->next = ch->listeners;
        ch->listeners = l;
    }
    l->wanted = true;
    return l;
}

/* ---- Keys ---- */

/* Without memory there are none, and nobody gets in. */
static void make_keys(struct command_keys *out, const struct tsig_key *const *keys,
                      unsigned nkeys)
{
    out->keys = calloc(nkeys + 1, sizeof *out->keys);
    for (unsigned i = 0; i < nkeys && out->keys != NULL; i++)
        control_key_init(&out->keys[out->nkeys++], keys[i]);
}

static void log_key_mistake(void *arg, const char *text)
{
    (void)arg;
    log_write(LOGC_GENERAL, LVL_ERROR, "%s", text);
}

/* The key of the file that rndc reads when it has no rndc.conf. */
static enum result read_default_key(struct command_keys *out)
{
    const struct rndc_conf_report report = {.message = log_key_mistake};
    struct rndc_conf *file;
    enum result res;

    log_write(LOGC_GENERAL, LVL_INFO, "configuring command channel from '%s'", KEY_FILE);
    res = rndc_conf_read(KEY_FILE, &report, &file);
    if (res != RES_OK)
        return res;
    const struct tsig_key *key = file->nkeys > 0 ? &file->keys[0].key : NULL;
    if (key != NULL)
        make_keys(out, &key, 1);
    rndc_conf_free(file);
    return key != NULL ? RES_OK : RES_NOTFOUND;
}

/* ---- What is wanted ---- */

static void set_listener(struct listener *l, const struct acl *allow,
                         const struct command_keys *keys)
{
    free(l->keys.keys);
    l->keys = *keys;
    l->allow = allow;
}

static void apply_control(struct command_channel *ch, const struct conf_control *control)
{
    struct listener *l = want_listener(ch, &control->addr);
    struct command_keys keys = {.read_only = control->read_only};
    char text[NET_ADDR_TEXT];
    enum result res = RES_OK;

    if (l == NULL)
        return;
    if (l->applied) {
        log_write(LOGC_GENERAL, LVL_WARNING, "%s:%u: couldn't add command channel %s: %s",
                  control->file, control->line, net_addr_format(&l->addr, text),
                  result_text(RES_ADDRINUSE));
        return;
    }
    if (control->nkeys > 0)
        make_keys(&keys, control->keys, control->nkeys);
    else
        res = read_default_key(&keys);
    if (res != RES_OK)
        log_write(LOGC_GENERAL, LVL_WARNING,
                  "%s:%u: couldn't install keys for command channel %s: %s", control->file,
                  control->line, net_addr_format(&l->addr, text), result_text(res));
    set_listener(l, control->allow, &keys);
    l->applied = true;
}

/* Without a key there is nothing to listen for. */
static void apply_default(struct command_channel *ch, const char *address)
{
    struct command_keys keys = {.read_only = false};
    char text[NET_ADDR_TEXT];
    union net_addr addr;
    struct listener *l;
    enum result res = read_default_key(&keys);

    net_addr_parse(&addr, address);
    net_addr_set_port(&addr, DEFAULT_PORT);
    if (res != RES_OK)
        log_write(LOGC_GENERAL, LVL_WARNING, "couldn't add command channel %s: %s: %s",
                  net_addr_format(&addr, text), KEY_FILE, result_text(res));
    l = res == RES_OK ? want_listener(ch, &addr) : NULL;
    if (l != NULL)
        set_listener(l, acl_any(), &keys);
    else
        free(keys.keys);
}

static void close_unwanted(struct command_channel *ch)
{
    struct listener **link = &ch->listeners;

    while (*link != NULL) {
        if ((*link)->wanted)
            link = &(*link)->next;
        else
            close_listener(ch, link);
    }
}

/* What goes is closed first: another one may want the same port of all addresses. */
static void mark_wanted(struct command_channel *ch, const struct conf_snapshot *conf)
{
    for (struct listener *l = ch->listeners; l != NULL; l = l->next)
        l->wanted = l->applied = false;
    for (unsigned i = 0; i < conf->ncontrols; i++) {
        struct listener *l = find_listener(ch, &conf->controls[i].addr);
        if (l != NULL)
            l->wanted = true;
    }
}

void command_channel_configure(struct command_channel *ch, const struct conf_snapshot *conf)
{
    if (conf->has_controls) {
        mark_wanted(ch, conf);
        close_unwanted(ch);
        for (unsigned i = 0; i < conf->ncontrols; i++)
            apply_control(ch, &conf->controls[i]);
        return;
    }
    for (struct listener *l = ch->listeners; l != NULL; l = l->next)
        l->wanted = false;
    apply_default(ch, "127.0.0.1");
    apply_default(ch, "::1");
    close_unwanted(ch);
}

/* ---- Life ---- */

struct command_channel *command_channel_new(struct net_loop *loop, struct acl_env *const *env,
                                            command_conn_run *run, void *arg)
{
    struct command_channel *ch = calloc(1, sizeof *ch);

    if (ch == NULL)
        return NULL;
    ch->loop = loop;
    ch->env = env;
    ch->conns = command_conns_new(loop, run, arg);
    if (ch->conns != NULL)
        return ch;
    free(ch);
    return NULL;
}

void command_channel_sweep(struct command_channel *ch)
{
    command_conns_sweep(ch->conns);
    while (ch->closed != NULL) {
        struct listener *l = ch->closed;
        ch->closed = l->next;
        free(l);
    }
}

void command_channel_stop(struct command_channel *ch)
{
    while (ch != NULL && ch->listeners != NULL)
        close_listener(ch, &ch->listeners);
}

void command_channel_free(struct command_channel *ch)
{
    if (ch == NULL)
        return;
    command_channel_stop(ch);
    command_conns_free(ch->conns);
    ch->conns = NULL;
    while (ch->closed != NULL) {
        struct listener *l = ch->closed;
        ch->closed = l->next;
        free(l);
    }
    free(ch);
}
