/* The numbers of SOA: the serial, and four times that may be written with units. */
#include <stdio.h>

#include "base/timefmt.h"
#include "dns/rdata_field.h"

static enum result parse_timer(struct field_in *in)
{
    const struct rdata_token *tok;
    uint32_t v;
    enum result r = in_word(in, &tok);

    if (r == RES_OK)
        r = duration_from_text(&v, tok->text, tok->len);
    if (r == RES_OK)
        writer_u32(&in->w, v);
    return in_done(in, r);
}

static enum result parse_soa_timers(struct field_in *in)
{
    enum result r = field_u32.parse(in);

    for (unsigned i = 0; i < 4 && r == RES_OK; i++)
        r = parse_timer(in);
    return r;
}

static void print_commented(struct field_out *out, unsigned i, uint32_t v)
{
    static const char *const names[] = {"serial", "refresh", "retry", "expire", "minimum"};
    char text[40 + TIMEFMT_DURATION_TEXT], duration[TIMEFMT_DURATION_TEXT];

    duration_to_text(v, duration);
    if (i == 0)
        snprintf(text, sizeof text, "%-10u ; %s", v, names[i]);
    else
        snprintf(text, sizeof text, "%-10u ; %s (%s)", v, names[i], duration);
    out_word(out, text);
    out_break(out);
}

static void print_soa_timers(struct field_out *out, const uint8_t *p, size_t len)
{
    bool comments = out->style->multiline && out->style->comments;

    (void)len;
    layout_open.print(out, p, 0);
    for (unsigned i = 0; i < 5; i++) {
        uint32_t v = get_u32(p + 4 * i);

        if (comments) {
            print_commented(out, i, v);
            continue;
        }
        out_space(out);
        out_number(out, v);
        if (i < 4)
            out_break(out);
    }
    layout_close.print(out, p, 0);
}

static enum result scan_soa_timers(const uint8_t *rdata, const uint8_t *p, size_t left, size_t *len)
{
    (void)rdata;
    (void)p;
    return scan_fixed(20, left, len);
}

const struct field field_soa_timers = {parse_soa_timers, print_soa_timers, scan_soa_timers};
