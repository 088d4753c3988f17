#include "base/log.h"

#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log_config.h"
#include "base/log_file.h"

struct log_channel {
    struct log_channel_spec spec;
    char *path;                 /* own copy of spec.path */
    struct log_file *file;      /* NULL: not needed (yet) */
    bool used;                  /* some category writes to it */
};

struct log_route {
    const uint16_t *channels;
    unsigned nchannels;
};

struct log_state {
    unsigned nchannels;
    struct log_channel *channels;
    uint16_t *indexes;                      /* what the routes point into */
    struct log_route routes[LOGC_COUNT];
};

/* Room before the message for time, category and level: they are written backwards from
 * it, for each channel as it wants them, while the message is formatted only once. */
enum { PREFIX_ROOM = 128, LEVEL_TEXT = 24 };

int log_threshold[LOGC_COUNT] = {[0 ... LOGC_COUNT - 1] = LVL_INFO};

static const char *const category_names[] = {
#define LOG_CATEGORY(id, name, what) name,
#include "base/log_category.def"
#undef LOG_CATEGORY
};

/* Writers of lines hold it for reading, who configures for writing; a waiting
 * configuration goes first, so that a busy query log cannot starve it. */
static pthread_rwlock_t state_lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static struct log_state *state;
static int debug_level;

const char *log_category_text(enum log_category cat)
{
    return category_names[cat];
}

/* BIND's word for a level: "info"; "debug 3" is written to `buf`. */
static const char *level_text(int level, char buf[LEVEL_TEXT])
{
    static const char *const names[] = {"critical", "error", "warning", "notice", "info"};

    if (level < 0)
        return names[level < LVL_CRITICAL ? 0 : level - LVL_CRITICAL];
    snprintf(buf, LEVEL_TEXT, "debug %d", level);
    return buf;
}

/* The parts of a stamp that change once a second, kept per thread: localtime_r() takes a
 * lock of the C library. */
struct second_text {
    time_t second;
    size_t len;
    char text[LOG_STAMP_TEXT];
    char zone[8];
};

static void format_second(enum log_stamp stamp, struct second_text *t)
{
    struct tm tm;

    if (stamp == LOG_STAMP_ISO8601_UTC)
        gmtime_r(&t->second, &tm);
    else
        localtime_r(&t->second, &tm);
    t->len = strftime(t->text, sizeof t->text,
                      stamp == LOG_STAMP_LOCAL ? "%d-%b-%Y %H:%M:%S" : "%Y-%m-%dT%H:%M:%S", &tm);
    t->zone[0] = '\0';
    if (stamp == LOG_STAMP_ISO8601_UTC)
        strcpy(t->zone, "Z");
}

size_t log_format_stamp(enum log_stamp stamp, const struct timespec *now, char out[LOG_STAMP_TEXT])
{
    static _Thread_local struct second_text cache[LOG_STAMP_ISO8601_UTC + 1];
    struct second_text *t = &cache[stamp];
    int n;

    if (stamp == LOG_STAMP_NONE)
        return 0;
    if (t->second != now->tv_sec || t->len == 0) {
        t->second = now->tv_sec;
        format_second(stamp, t);
    }
    n = snprintf(out, LOG_STAMP_TEXT, "%s.%03ld%s ", t->text, now->tv_nsec / 1000000, t->zone);
    return n < LOG_STAMP_TEXT ? (size_t)n : LOG_STAMP_TEXT - 1;
}

/* What stands before the message, as the channel wants it: "time category: level: ". */
static size_t format_prefix(const struct log_channel_spec *spec, enum log_category cat, int level,
                            const struct timespec *now, char out[PREFIX_ROOM])
{
    char buf[LEVEL_TEXT];
    size_t n = spec->sink == LOG_SINK_SYSLOG ? 0 : log_format_stamp(spec->stamp, now, out);

    if (spec->print_category)
        n += (size_t)snprintf(out + n, PREFIX_ROOM - n, "%s: ", category_names[cat]);
    if (spec->print_level)
        n += (size_t)snprintf(out + n, PREFIX_ROOM - n, "%s: ", level_text(level, buf));
    return n;
}

static bool channel_takes(const struct log_channel_spec *spec, int level)
{
    int debug = __atomic_load_n(&debug_level, __ATOMIC_RELAXED);

    if (spec->sink == LOG_SINK_NULL || (spec->debug_only && debug == 0))
        return false;
    return level <= (spec->level == LVL_DYNAMIC ? debug : spec->level);
}

static int syslog_priority(int level)
{
    static const int map[] = {LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO};

    return level >= 0 ? LOG_DEBUG : map[level < LVL_CRITICAL ? 0 : level - LVL_CRITICAL];
}

/* A terminal or pipe that is gone or full is no reason to stop: the line is lost. */
static void write_stderr(const char *line, size_t len)
{
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}

/* `text` is the message with a newline after it, PREFIX_ROOM writable bytes before it. */
static void channel_put(const struct log_channel *c, enum log_category cat, int level,
                        const struct timespec *now, char *text, size_t len)
{
    char prefix[PREFIX_ROOM];
    size_t n = format_prefix(&c->spec, cat, level, now, prefix);
    char *line = text - n;

    memcpy(line, prefix, n);
    if (c->spec.sink == LOG_SINK_FILE && c->file != NULL)
        log_file_write(c->file, line, n + len);
    else if (c->spec.sink == LOG_SINK_STDERR)
        write_stderr(line, n + len);
    else if (c->spec.sink == LOG_SINK_SYSLOG)
        syslog(c->spec.facility | syslog_priority(level), "%.*s", (int)(n + len - 1), line);
}

static void route_put(const struct log_state *s, enum log_category cat, int level, char *text,
                      size_t len)
{
    const struct log_route *route = &s->routes[cat];
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    for (unsigned i = 0; i < route->nchannels; i++) {
        const struct log_channel *c = &s->channels[route->channels[i]];
        if (channel_takes(&c->spec, level))
            channel_put(c, cat, level, &now, text, len);
    }
}

static void mask_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = text[i] == '\t' ? ' ' : '?';
}

void log_write(enum log_category cat, int level, const char *fmt, ...)
{
    static _Thread_local char line[PREFIX_ROOM + LOG_MESSAGE + 2];
    char *text = line + PREFIX_ROOM;
    va_list args;
    int n;

    if (!log_wants(cat, level))
        return;
    va_start(args, fmt);
    n = vsnprintf(text, LOG_MESSAGE + 1, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    if (n > LOG_MESSAGE)
        n = LOG_MESSAGE;
    mask_controls(text, (size_t)n);
    text[n++] = '\n';
    pthread_rwlock_rdlock(&state_lock);
    if (state != NULL)
        route_put(state, cat, level, text, (size_t)n);
    else
        write_stderr(text, (size_t)n);
    pthread_rwlock_unlock(&state_lock);
}

static int route_threshold(const struct log_state *s, int cat)
{
    int most = INT_MIN;

    for (unsigned i = 0; i < s->routes[cat].nchannels; i++) {
        const struct log_channel_spec *spec = &s->channels[s->routes[cat].channels[i]].spec;
        int level = spec->level == LVL_DYNAMIC ? debug_level : spec->level;
        if (spec->sink != LOG_SINK_NULL && !(spec->debug_only && debug_level == 0) && level > most)
            most = level;
    }
    return most;
}

/* The caller holds the lock for writing. */
static void set_thresholds(void)
{
    for (int cat = 0; cat < LOGC_COUNT; cat++) {
        int level = state != NULL ? route_threshold(state, cat) : LVL_INFO;
        __atomic_store_n(&log_threshold[cat], level, __ATOMIC_RELAXED);
    }
}

static bool is_open_in(const struct log_state *s, const char *path)
{
    for (unsigned i = 0; s != NULL && i < s->nchannels; i++)
        if (s->channels[i].file != NULL && strcmp(log_file_path(s->channels[i].file), path) == 0)
            return true;
    return false;
}

/* Opens the files that a category writes to; those for debugging when there is something
 * to debug.  `before` are the channels that had been open until now. */
static bool open_files(struct log_state *s, const struct log_state *before)
{
    for (unsigned i = 0; i < s->nchannels; i++) {
        struct log_channel *c = &s->channels[i];
        if (c->spec.sink != LOG_SINK_FILE || c->file != NULL || !c->used ||
            (c->spec.debug_only && debug_level == 0))
            continue;
        c->file = log_file_open(&c->spec, !is_open_in(before, c->spec.path));
        if (c->file == NULL)
            return false;
    }
    return true;
}

void log_set_debug_level(int level)
{
    pthread_rwlock_wrlock(&state_lock);
    __atomic_store_n(&debug_level, level < 0 ? 0 : level, __ATOMIC_RELAXED);
    if (state != NULL)
        open_files(state, state);
    set_thresholds();
    pthread_rwlock_unlock(&state_lock);
}

static void channel_close(struct log_channel *c)
{
    log_file_close(c->file);
    free(c->path);
}

static void state_free(struct log_state *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->nchannels; i++)
        channel_close(&s->channels[i]);
    free(s->channels);
    free(s->indexes);
    free(s);
}

static bool copy_channels(struct log_state *s, const struct log_spec *spec)
{
    s->channels = calloc(spec->nchannels + 1, sizeof *s->channels);
    if (s->channels == NULL)
        return false;
    for (; s->nchannels < spec->nchannels; s->nchannels++) {
        struct log_channel *c = &s->channels[s->nchannels];
        c->spec = spec->channels[s->nchannels];
        if (c->spec.sink != LOG_SINK_FILE)
            continue;
        c->path = strdup(c->spec.path);
        if (c->path == NULL)
            return false;
        c->spec.path = c->path;
    }
    return true;
}

static bool copy_routes(struct log_state *s, const struct log_spec *spec)
{
    size_t total = 0, at = 0;
    bool listed[LOGC_COUNT] = {false};

    for (unsigned i = 0; i < spec->nroutes; i++)
        total += spec->routes[i].nchannels;
    s->indexes = calloc(total + 1, sizeof *s->indexes);
    if (s->indexes == NULL)
        return false;
    for (unsigned i = 0; i < spec->nroutes; i++) {
        const struct log_route_spec *r = &spec->routes[i];
        for (unsigned j = 0; j < r->nchannels; j++) {
            s->indexes[at + j] = r->channels[j];
            s->channels[r->channels[j]].used = true;
        }
        s->routes[r->category] = (struct log_route){s->indexes + at, r->nchannels};
        listed[r->category] = true;
        at += r->nchannels;
    }
    for (int cat = 0; cat < LOGC_COUNT; cat++)
        if (!listed[cat])
            s->routes[cat] = s->routes[LOGC_DEFAULT];
    return true;
}

static void install(struct log_state *s)
{
    struct log_state *old;

    pthread_rwlock_wrlock(&state_lock);
    old = state;
    state = s;
    set_thresholds();
    pthread_rwlock_unlock(&state_lock);
    state_free(old);
}

enum result log_configure(const struct log_spec *spec)
{
    struct log_state *s = calloc(1, sizeof *s);

    if (s == NULL || !copy_channels(s, spec) || !copy_routes(s, spec) ||
        !open_files(s, state)) {
        state_free(s);
        return RES_NOMEM;
    }
    install(s);
    return RES_OK;
}

static void for_each_file(void (*act)(struct log_file *f))
{
    pthread_rwlock_rdlock(&state_lock);
    for (unsigned i = 0; state != NULL && i < state->nchannels; i++)
        if (state->channels[i].file != NULL)
            act(state->channels[i].file);
    pthread_rwlock_unlock(&state_lock);
}

void log_reopen(void)
{
    for_each_file(log_file_reopen);
}

void log_roll(void)
{
    for_each_file(log_file_roll);
}

void log_close(void)
{
    install(NULL);
}

int log_debug_level(void)
{
    return __atomic_load_n(&debug_level, __ATOMIC_RELAXED);
}
