/* What a check of a delegation found: a table for people, JSON for programs. */
#include <string.h>

#include "dns/rrtype.h"
#include "xfr/delegation.h"

/* ---- Both ---- */

static const char *zone_name(const struct name *n, char out[NAME_TEXT_MAX])
{
    name_to_text(n->wire, out, NAME_OMIT_FINAL_DOT);
    return out;
}

static const struct delegation_host *host_of(const struct delegation *d,
                                             const struct delegation_server *s)
{
    for (unsigned i = 0; s->name.len > 0 && i < d->nhosts; i++)
        if (name_equal(d->hosts[i].name.wire, s->name.wire))
            return &d->hosts[i];
    return NULL;
}

static const char *listed_by(const struct delegation *d, const struct delegation_server *s)
{
    const struct delegation_host *h = host_of(d, s);

    if (s->is_parent)
        return "(parent)";
    if (h == NULL)
        return "(given)";
    if (h->at_parent && h->at_child)
        return "both";
    return h->at_parent ? "parent" : h->at_child ? "zone" : "-";
}

static const struct delegation_probe *serial_probe(const struct delegation_server *s)
{
    return s->is_parent ? NULL : s->udp.has_soa ? &s->udp : s->tcp.has_soa ? &s->tcp : NULL;
}

/* ---- The table ---- */

enum { COLUMNS = 7, CELL = NAME_TEXT_MAX };

static void fill_row(const struct delegation *d, unsigned i, char row[COLUMNS][CELL])
{
    const struct delegation_server *s = &d->servers[i];
    const struct delegation_probe *p = serial_probe(s);
    char text[DELEGATION_PROBE_TEXT], addr[NET_ADDR_TEXT];

    if (s->name.len > 0)
        zone_name(&s->name, row[0]);
    else
        snprintf(row[0], CELL, "-");
    snprintf(row[1], CELL, "%s", net_addr_format(&s->addr, addr));
    snprintf(row[2], CELL, "%s", listed_by(d, s));
    snprintf(row[3], CELL, "%s", delegation_probe_text(&s->udp, s->is_parent, text));
    snprintf(row[4], CELL, "%s", delegation_probe_text(&s->tcp, s->is_parent, text));
    if (s->udp.asked && s->udp.result == RES_OK)
        snprintf(row[5], CELL, "%lld ms", (long long)s->udp.ms);
    else
        snprintf(row[5], CELL, "-");
    if (p != NULL)
        snprintf(row[6], CELL, "%u", p->serial);
    else
        snprintf(row[6], CELL, "-");
}

static void put_row(FILE *out, char row[COLUMNS][CELL], const int width[COLUMNS])
{
    for (unsigned c = 0; c + 1 < COLUMNS; c++)
        fprintf(out, "%-*s  ", width[c], row[c]);
    fprintf(out, "%s\n", row[COLUMNS - 1]);
}

static void widen(int width[COLUMNS], char row[COLUMNS][CELL])
{
    for (unsigned c = 0; c < COLUMNS; c++)
        if (width[c] < (int)strlen(row[c]))
            width[c] = (int)strlen(row[c]);
}

static void put_servers(const struct delegation *d, FILE *out)
{
    static const char head[COLUMNS][16] = {"SERVER", "ADDRESS", "LISTED BY", "UDP",
                                           "TCP",    "TIME",    "SERIAL"};
    char row[COLUMNS][CELL];
    int width[COLUMNS] = {0};

    if (d->nservers == 0)
        return;
    for (unsigned i = 0; i < d->nservers; i++) {
        fill_row(d, i, row);
        widen(width, row);
    }
    for (unsigned c = 0; c < COLUMNS; c++)
        memcpy(row[c], head[c], sizeof head[c]);
    widen(width, row);
    put_row(out, row, width);
    for (unsigned i = 0; i < d->nservers; i++) {
        fill_row(d, i, row);
        put_row(out, row, width);
    }
    fputc('\n', out);
}

static void put_finding(const struct delegation *d, const struct delegation_finding *f, FILE *out)
{
    char name[NAME_TEXT_MAX], addr[NET_ADDR_TEXT];

    fprintf(out, "%s: ", delegation_kind_is_problem(f->kind) ? "problem" : "note");
    if (f->server >= 0) {
        const struct delegation_server *s = &d->servers[f->server];

        if (s->name.len > 0)
            fprintf(out, "%s (%s) ", zone_name(&s->name, name), net_addr_format(&s->addr, addr));
        else
            fprintf(out, "%s ", net_addr_format(&s->addr, addr));
    }
    fprintf(out, "%s\n  to do: %s\n", f->text, delegation_kind_advice(f->kind));
}

static void put_verdict(const struct delegation *d, FILE *out)
{
    char name[NAME_TEXT_MAX];

    fprintf(out, "%s: ", zone_name(&d->zone, name));
    if (d->verdict == DELEGATION_UNKNOWN)
        fprintf(out, "cannot be checked: %s\n", d->trouble);
    else if (d->problems > 0)
        fprintf(out, "%u problem%s\n", d->problems, d->problems == 1 ? "" : "s");
    else
        fprintf(out, "the delegation is fine\n");
}

void delegation_print_table(const struct delegation *d, FILE *out)
{
    char zone[NAME_TEXT_MAX], parent[NAME_TEXT_MAX];

    fprintf(out, "Delegation of %s", zone_name(&d->zone, zone));
    if (d->parent.len > 0)
        fprintf(out, " in %s", zone_name(&d->parent, parent));
    if (d->has_newest)
        fprintf(out, ", newest serial %u", d->newest);
    fprintf(out, "\n\n");
    put_servers(d, out);
    for (unsigned i = 0; i < d->nfindings; i++)
        put_finding(d, &d->findings[i], out);
    if (d->is_cut)
        fprintf(out, "note: there are more servers than were looked at\n");
    if (d->nfindings > 0 || d->is_cut)
        fputc('\n', out);
    put_verdict(d, out);
}

/* ---- JSON (RFC 8259) ---- */

static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 0x20 || *p >= 0x7f)
            fprintf(out, "\\u%04x", *p);
        else
            fputc(*p, out);
    fputc('"', out);
}

static void put_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, "\"%s\": ", name);
    if (text != NULL)
        put_string(out, text);
    else
        fputs("null", out);
}

static void put_name(FILE *out, const char *member, const struct name *n)
{
    char text[NAME_TEXT_MAX];

    put_member(out, member, n->len > 0 ? zone_name(n, text) : NULL);
}

static const char *bool_text(bool b)
{
    return b ? "true" : "false";
}

static void put_addrs(FILE *out, const char *member, const struct delegation_addrs *list)
{
    char text[NET_ADDR_TEXT];

    fprintf(out, "\"%s\": [", member);
    for (unsigned i = 0; i < list->n; i++) {
        fputs(i > 0 ? ", " : "", out);
        put_string(out, net_addr_format_host(&list->at[i], text));
    }
    fputc(']', out);
}

static void put_host(FILE *out, const struct delegation_host *h)
{
    fputc('{', out);
    put_name(out, "name", &h->name);
    fprintf(out, ", \"at_parent\": %s, \"at_zone\": %s, \"alias\": %s, ", bool_text(h->at_parent),
            bool_text(h->at_child), bool_text(h->is_alias));
    put_addrs(out, "glue", &h->glue);
    fputs(", ", out);
    put_addrs(out, "addresses", &h->own);
    fputc('}', out);
}

static void put_probe(FILE *out, const char *member, const struct delegation_probe *p,
                      bool is_parent)
{
    char text[DELEGATION_PROBE_TEXT];

    fprintf(out, "\"%s\": ", member);
    if (!p->asked) {
        fputs("null", out);
        return;
    }
    fputc('{', out);
    put_member(out, "state", delegation_probe_text(p, is_parent, text));
    if (p->result == RES_OK) {
        fputs(", ", out);
        put_member(out, "rcode", rcode_text(p->rcode, text));
        fprintf(out, ", \"aa\": %s, \"ms\": %lld", bool_text(p->aa), (long long)p->ms);
    }
    if (p->has_soa)
        fprintf(out, ", \"serial\": %u", p->serial);
    fputc('}', out);
}

static void put_address(FILE *out, const struct delegation_server *s)
{
    char addr[NET_ADDR_TEXT];

    put_name(out, "name", &s->name);
    fputs(", ", out);
    put_member(out, "address", net_addr_format_host(&s->addr, addr));
    fprintf(out, ", \"port\": %u", net_addr_port(&s->addr));
}

static void put_server(FILE *out, const struct delegation_server *s)
{
    fputc('{', out);
    put_address(out, s);
    fprintf(out, ", \"role\": \"%s\", ", s->is_parent ? "parent" : "zone");
    put_probe(out, "udp", &s->udp, s->is_parent);
    fputs(", ", out);
    put_probe(out, "tcp", &s->tcp, s->is_parent);
    fputc('}', out);
}

static void put_json_finding(const struct delegation *d, const struct delegation_finding *f,
                             FILE *out)
{
    fputc('{', out);
    put_member(out, "kind", delegation_kind_name(f->kind));
    fprintf(out, ", \"problem\": %s, \"server\": ", bool_text(delegation_kind_is_problem(f->kind)));
    if (f->server >= 0) {
        fputc('{', out);
        put_address(out, &d->servers[f->server]);
        fputc('}', out);
    } else {
        fputs("null", out);
    }
    fputs(", ", out);
    put_name(out, "nameserver", f->host >= 0 ? &d->hosts[f->host].name : &(struct name){.len = 0});
    fputs(", ", out);
    put_member(out, "text", f->text);
    fputs(", ", out);
    put_member(out, "advice", delegation_kind_advice(f->kind));
    fputc('}', out);
}

static void put_head(const struct delegation *d, FILE *out)
{
    static const char *const verdicts[] = {
        [DELEGATION_FINE] = "fine", [DELEGATION_WRONG] = "wrong", [DELEGATION_UNKNOWN] = "unknown"};

    fputs("{", out);
    put_name(out, "zone", &d->zone);
    fputs(", ", out);
    put_name(out, "parent", &d->parent);
    fputs(", ", out);
    put_member(out, "verdict", verdicts[d->verdict]);
    fputs(", ", out);
    put_member(out, "trouble", d->trouble[0] != '\0' ? d->trouble : NULL);
    fprintf(out, ", \"problems\": %u, \"complete\": %s, \"newest_serial\": ", d->problems,
            bool_text(!d->is_cut));
    if (d->has_newest)
        fprintf(out, "%u", d->newest);
    else
        fputs("null", out);
}

void delegation_print_json(const struct delegation *d, FILE *out)
{
    put_head(d, out);
    fputs(",\n \"nameservers\": [", out);
    for (unsigned i = 0; i < d->nhosts; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        put_host(out, &d->hosts[i]);
    }
    fputs("],\n \"servers\": [", out);
    for (unsigned i = 0; i < d->nservers; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        put_server(out, &d->servers[i]);
    }
    fputs("],\n \"findings\": [", out);
    for (unsigned i = 0; i < d->nfindings; i++) {
        fputs(i > 0 ? ",\n  " : "\n  ", out);
        put_json_finding(d, &d->findings[i], out);
    }
    fputs("]}\n", out);
}
