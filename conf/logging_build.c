/* logging { … }: channels and categories. */
#include <string.h>
#include <syslog.h>

#include "base/log_config.h"
#include "conf/build.h"

#define AT(field) offsetof(struct conf_channel, field)

static const struct field_word time_words[] = {
    {"no", LOG_TIME_NO},           {"yes", LOG_TIME_LOCAL},
    {"local", LOG_TIME_LOCAL},     {"iso8601", LOG_TIME_ISO8601},
    {"iso8601-utc", LOG_TIME_ISO8601_UTC}, {NULL}};

static const struct field_word severities[] = {
    {"critical", LVL_CRITICAL}, {"error", LVL_ERROR}, {"warning", LVL_WARNING},
    {"notice", LVL_NOTICE},     {"info", LVL_INFO},   {"dynamic", LVL_DYNAMIC},
    {"debug", 1},               {NULL}};

static const struct field_word facilities[] = {
    {"kern", LOG_KERN},     {"user", LOG_USER},     {"mail", LOG_MAIL},
    {"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},     {"syslog", LOG_SYSLOG},
    {"lpr", LOG_LPR},       {"news", LOG_NEWS},     {"uucp", LOG_UUCP},
    {"cron", LOG_CRON},     {"authpriv", LOG_AUTHPRIV}, {"ftp", LOG_FTP},
    {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}, {NULL}};

static void set_severity(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_channel *channel = target;
    const struct conf_item *word = stmt->first->next;
    uint32_t n;

    (void)c;
    for (const struct field_word *w = severities; w->word != NULL; w++)
        if (value_is(word, w->word))
            channel->severity = w->value;
    if (word->next != NULL && value_number(word->next, &n))
        channel->severity = n > 99 ? 99 : (int)n;
}

static void set_file(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_channel *channel = target;
    const struct conf_item *path = stmt->first->next;
    uint32_t n;

    channel->kind = CHANNEL_FILE;
    channel->file = conf_share_text(c, path->text);
    for (const struct conf_item *i = path->next; i != NULL && i->next != NULL; i = i->next) {
        if (value_is(i, "versions"))
            channel->versions = value_number(i->next, &n) ? (n > INT16_MAX ? INT16_MAX : (int)n)
                                                          : -1;
        if (value_is(i, "size") && !value_size(i->next, &channel->size))
            channel->size = 0;
        if (value_is(i, "suffix"))
            channel->suffix_timestamp = value_is(i->next, "timestamp");
    }
}

static void set_syslog(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    struct conf_channel *channel = target;
    const struct conf_item *word = stmt->first->next;
    const struct field_word *w = facilities;

    channel->kind = CHANNEL_SYSLOG;
    if (word == NULL)
        return;
    while (w->word != NULL && !value_is(word, w->word))
        w++;
    if (w->word == NULL)
        conf_error(c, word, "unknown syslog facility '%s'", word->text);
    else
        channel->facility = w->value;
}

static void set_stderr(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    (void)c;
    (void)stmt;
    ((struct conf_channel *)target)->kind = CHANNEL_STDERR;
}

static void set_null(struct conf_context *c, const struct conf_stmt *stmt, void *target)
{
    (void)c;
    (void)stmt;
    ((struct conf_channel *)target)->kind = CHANNEL_NULL;
}

static const struct conf_field fields[] = {
    {"file", FIELD_CALL, 0, 0, NULL, set_file},
    {"syslog", FIELD_CALL, 0, 0, NULL, set_syslog},
    {"stderr", FIELD_CALL, 0, 0, NULL, set_stderr},
    {"null", FIELD_CALL, 0, 0, NULL, set_null},
    {"severity", FIELD_CALL, 0, 0, NULL, set_severity},
    {"print-time", FIELD_WORDS, AT(print_time), sizeof(enum log_time), time_words},
    {"print-category", FIELD_BOOL, AT(print_category)},
    {"print-severity", FIELD_BOOL, AT(print_severity)},
    {"buffered", FIELD_BOOL, AT(buffered)},
};

/* The channels that are always there (BIND's reference, "The channel Phrase"). */
static const struct conf_channel built_in[] = {
    {.name = "default_syslog", .kind = CHANNEL_SYSLOG, .facility = LOG_DAEMON,
     .severity = LVL_INFO},
    {.name = "default_debug", .kind = CHANNEL_FILE, .file = "named.run",
     .severity = LVL_DYNAMIC, .print_time = LOG_TIME_LOCAL},
    {.name = "default_stderr", .kind = CHANNEL_STDERR, .severity = LVL_INFO},
    {.name = "null", .kind = CHANNEL_NULL, .severity = LVL_INFO},
};
enum { BUILT_IN = sizeof built_in / sizeof *built_in };

struct logging_work {
    struct conf_context *c;
    struct conf_channel *channels;
    struct conf_logging *out;
};

static void check_kind(struct conf_context *c, const struct conf_stmt *s)
{
    static const char *const kinds[] = {"file", "syslog", "null", "stderr"};
    const struct conf_block *b = stmt_block(s);
    unsigned n = 0;

    for (unsigned i = 0; i < 4; i++)
        n += block_find(b, kinds[i]) != NULL;
    if (n != 1 && b->note == NULL)
        conf_error(c, s->first, "channel '%s': exactly one of file, syslog, null, and stderr must "
                                "be present", s->first->next->text);
}

static void channel_build(struct logging_work *w, const struct field_map *map,
                          const struct conf_stmt *s)
{
    const char *name = s->first->next->text;
    struct conf_channel *channel = NULL;

    for (unsigned i = 0; i < w->out->nchannels; i++)
        if (strcasecmp(w->channels[i].name, name) == 0)
            channel = &w->channels[i];      /* the last definition holds */
    if (channel == NULL)
        channel = &w->channels[w->out->nchannels++];
    *channel = (struct conf_channel){.name = conf_share_text(w->c, name),
                                     .facility = LOG_DAEMON,
                                     .severity = LVL_INFO};
    check_kind(w->c, s);
    field_apply_block(w->c, map, stmt_block(s), channel);
}

static int channel_index(const struct logging_work *w, const char *name)
{
    for (unsigned i = 0; i < w->out->nchannels; i++)
        if (strcasecmp(w->channels[i].name, name) == 0)
            return (int)i;
    return -1;
}

static void category_build(struct logging_work *w, const struct conf_stmt *s)
{
    struct conf_category *category = &w->out->categories[w->out->ncategories];
    const struct conf_item *name = s->first->next;
    const struct conf_block *block = stmt_block(s);
    unsigned n = 0;

    while (category->category < LOGC_COUNT &&
           strcasecmp(log_category_text((enum log_category)category->category), name->text) != 0)
        category->category++;
    if (category->category == LOGC_COUNT)
        conf_error(w->c, s->first, "undefined category: '%s'", name->text);
    for (const struct conf_stmt *i = block->first; i != NULL; i = i->next)
        n++;
    uint16_t *channels = region_zalloc(w->c->memory, n * sizeof *channels + 1);
    for (const struct conf_stmt *i = block->first; channels && i != NULL; i = i->next) {
        int index = channel_index(w, i->first->text);
        if (index < 0)
            conf_error(w->c, i->first, "undefined channel: '%s'", i->first->text);
        channels[category->nchannels++] = (uint16_t)(index < 0 ? 0 : index);
    }
    category->channels = channels;
    w->out->ncategories += category->category < LOGC_COUNT;
}

static unsigned count_named(const struct conf_block *b, const char *name)
{
    unsigned n = 0;

    for (const struct conf_stmt *s = b ? b->first : NULL; s != NULL; s = s->next)
        n += strcmp(stmt_name(s), name) == 0;
    return n;
}

void logging_build(struct conf_context *c, const struct conf_block *block)
{
    struct logging_work w = {c, NULL, &c->snapshot->logging};
    static struct field_map fields_map = {fields, sizeof fields / sizeof *fields, false, {NULL}};
    const struct field_map *map = field_map_ready(&fields_map);
    unsigned channels = BUILT_IN + count_named(block, "channel");
    unsigned categories = count_named(block, "category");

    w.channels = region_zalloc(c->memory, channels * sizeof *w.channels);
    w.out->categories = region_zalloc(c->memory, categories * sizeof *w.out->categories + 1);
    if (w.channels == NULL || w.out->categories == NULL)
        return;
    memcpy(w.channels, built_in, sizeof built_in);
    w.out->channels = w.channels;
    w.out->nchannels = BUILT_IN;
    for (const struct conf_stmt *s = block ? block->first : NULL; s != NULL; s = s->next)
        if (strcmp(stmt_name(s), "channel") == 0)
            channel_build(&w, map, s);
    for (const struct conf_stmt *s = block ? block->first : NULL; s != NULL; s = s->next)
        if (strcmp(stmt_name(s), "category") == 0)
            category_build(&w, s);
}
