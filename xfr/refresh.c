#include "xfr/refresh.h"

#include <stddef.h>

static const uint8_t warn_at_pct[] = {50, 75, 90};
enum { WARNINGS = sizeof warn_at_pct };

static uint32_t clip(uint32_t v, uint32_t low, uint32_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* `span_s` less a part of it that is chosen by chance, at most part_num/part_den. */
static int64_t jittered_ms(uint32_t span_s, uint32_t random, unsigned part_num, unsigned part_den)
{
    int64_t span_ms = (int64_t)span_s * 1000, most = span_ms * part_num / part_den;

    return span_ms - (int64_t)((uint64_t)most * random >> 32);
}

/* EXPIRE is never below one REFRESH and one RETRY: else it struck before anybody asked. */
static void set_timers(struct refresh *r, const struct refresh_timers *t)
{
    const struct refresh_bounds *b = &r->bounds;
    uint64_t least;

    r->timers.refresh_s = clip(t->refresh_s, b->min_refresh_s, b->max_refresh_s);
    r->timers.retry_s = clip(t->retry_s, b->min_retry_s, b->max_retry_s);
    least = (uint64_t)r->timers.refresh_s + r->timers.retry_s;
    r->timers.expire_s = t->expire_s > REFRESH_EXPIRE_MAX_S ? REFRESH_EXPIRE_MAX_S : t->expire_s;
    if (r->timers.expire_s < least)
        r->timers.expire_s = least < REFRESH_EXPIRE_MAX_S ? (uint32_t)least : REFRESH_EXPIRE_MAX_S;
}

/* The version was good at `at_ms`; a primary that is a secondary itself may know less. */
static void set_good(struct refresh *r, const struct refresh_input *in, int64_t at_ms)
{
    int64_t span_ms = (int64_t)r->timers.expire_s * 1000;

    if (in->has_expire_option && (int64_t)in->expire_option_s * 1000 < span_ms)
        span_ms = (int64_t)in->expire_option_s * 1000;
    r->good_at_ms = at_ms;
    r->expire_at_ms = at_ms + span_ms;
    r->has_version = true;
    r->expired = false;
    r->warned_pct = 0;
    r->unloaded_retry_s = REFRESH_FIRST_RETRY_S;
}

static unsigned begin_round(struct refresh *r)
{
    r->is_asking = true;
    r->ask_again = false;
    return REFRESH_ASK;
}

/* A round has ended: the next one at once when something was heard meanwhile. */
static unsigned end_round(struct refresh *r, int64_t now_ms, int64_t delay_ms)
{
    r->is_asking = false;
    r->ask_at_ms = now_ms + delay_ms;
    return r->ask_again ? begin_round(r) : 0;
}

static int64_t retry_delay_ms(struct refresh *r, uint32_t random)
{
    uint32_t retry_s = r->timers.retry_s;

    if (!r->has_version) {
        retry_s = r->unloaded_retry_s;
        r->unloaded_retry_s *= 2;
        if (r->unloaded_retry_s > REFRESH_LAST_RETRY_S)
            r->unloaded_retry_s = REFRESH_LAST_RETRY_S;
        /* what has expired comes back as soon as its RETRY allows */
        if (r->expired && retry_s > r->timers.retry_s)
            retry_s = r->timers.retry_s;
    }
    return jittered_ms(retry_s, random, 1, 4);
}

/* How much of EXPIRE has passed, in percent. */
static unsigned passed_pct(const struct refresh *r, int64_t now_ms)
{
    int64_t span = r->expire_at_ms - r->good_at_ms;

    if (span <= 0 || now_ms >= r->expire_at_ms)
        return 100;
    return (unsigned)((now_ms - r->good_at_ms) * 100 / span);
}

/* Warnings and the end; of several warnings that have come due only the last is given. */
static unsigned check_expiry(struct refresh *r, int64_t now_ms)
{
    unsigned pct, actions = 0;

    if (!r->has_version || r->expired)
        return 0;
    pct = passed_pct(r, now_ms);
    if (pct >= 100) {
        r->expired = true;
        r->has_version = false;
        return REFRESH_EXPIRE;
    }
    for (unsigned i = 0; i < WARNINGS; i++)
        if (pct >= warn_at_pct[i] && r->warned_pct < warn_at_pct[i]) {
            r->warned_pct = warn_at_pct[i];
            actions = REFRESH_WARN;
        }
    return actions;
}

/* The first question comes soon, but a thousand zones do not ask at once. */
static unsigned take_loaded(struct refresh *r, const struct refresh_input *in)
{
    set_timers(r, &in->timers);
    set_good(r, in, in->now_ms - in->age_ms);
    r->is_asking = false;
    r->ask_at_ms = in->now_ms + jittered_ms(r->timers.retry_s, in->random, 3, 4);
    if (r->ask_at_ms >= r->expire_at_ms)
        r->ask_at_ms = in->now_ms;
    return 0;
}

static unsigned take_due(struct refresh *r, const struct refresh_input *in)
{
    return !r->is_asking && in->now_ms >= r->ask_at_ms ? begin_round(r) : 0;
}

static unsigned take_order(struct refresh *r)
{
    if (!r->is_asking)
        return begin_round(r);
    r->ask_again = true;
    return REFRESH_QUEUED;
}

static unsigned take_good(struct refresh *r, const struct refresh_input *in)
{
    if (in->event == REFRESH_TRANSFERRED)
        set_timers(r, &in->timers);
    set_good(r, in, in->now_ms);
    return end_round(r, in->now_ms, jittered_ms(r->timers.refresh_s, in->random, 1, 4));
}

void refresh_init(struct refresh *r, const struct refresh_bounds *bounds)
{
    *r = (struct refresh){.bounds = *bounds, .unloaded_retry_s = REFRESH_FIRST_RETRY_S};
    set_timers(r, &(struct refresh_timers){0});
}

static unsigned take(struct refresh *r, const struct refresh_input *in)
{
    switch (in->event) {
    case REFRESH_START:
        r->ask_at_ms = in->now_ms;
        return take_due(r, in);
    case REFRESH_LOADED:
        return take_loaded(r, in);
    case REFRESH_DUE:
        return take_due(r, in);
    case REFRESH_NOTIFIED:
    case REFRESH_ORDERED:
        return take_order(r);
    case REFRESH_UP_TO_DATE:
    case REFRESH_TRANSFERRED:
        return take_good(r, in);
    case REFRESH_FAILED:
        return end_round(r, in->now_ms, retry_delay_ms(r, in->random));
    case REFRESH_NEWER:     /* the round goes on until its transfer has ended */
    default:
        return 0;
    }
}

unsigned refresh_step(struct refresh *r, const struct refresh_input *in)
{
    unsigned actions = take(r, in);

    return actions | check_expiry(r, in->now_ms);
}

int64_t refresh_wake_ms(const struct refresh *r)
{
    int64_t at = r->is_asking ? INT64_MAX : r->ask_at_ms;
    int64_t span = r->expire_at_ms - r->good_at_ms;

    if (!r->has_version)
        return at;
    for (unsigned i = 0; i < WARNINGS; i++)
        if (r->warned_pct < warn_at_pct[i]) {
            int64_t warn = r->good_at_ms + (span * warn_at_pct[i] + 99) / 100;

            at = warn < at ? warn : at;
            break;
        }
    return r->expire_at_ms < at ? r->expire_at_ms : at;
}

bool refresh_is_urgent(const struct refresh *r, int64_t now_ms)
{
    return r->has_version && passed_pct(r, now_ms) >= 90;
}
