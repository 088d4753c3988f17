#include "tools/message_print.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "dns/message.h"
#include "dns/rdata.h"

enum { TEXT_ROOM = 4 * RDATA_MAX_LEN, TAB = 8, TTL_COLUMN = 24, CLASS_COLUMN = 32,
       TYPE_COLUMN = 40, RDATA_COLUMN = 48 };

struct printer {
    FILE *out;
    const uint8_t *msg;
    size_t len, at;
    unsigned column;
    bool update;                /* the sections have the names of RFC 2136 */
};

static void put_word(struct printer *p, const char *text)
{
    p->column += (unsigned)strlen(text);
    fputs(text, p->out);
}

/* White space up to a column; a space at least. */
static void go_to(struct printer *p, unsigned column)
{
    if (p->column >= column)
        column = p->column + 1;
    for (; p->column / TAB < column / TAB; p->column = (p->column / TAB + 1) * TAB)
        fputc('\t', p->out);
    for (; p->column < column; p->column++)
        fputc(' ', p->out);
}

static void put_header(struct printer *p, bool draft)
{
    static const struct {
        uint16_t bit;
        const char *text;
    } flags[] = {{FLAG_QR, "qr"}, {FLAG_AA, "aa"}, {FLAG_TC, "tc"}, {FLAG_RD, "rd"},
                 {FLAG_RA, "ra"}, {FLAG_AD, "ad"}, {FLAG_CD, "cd"}};
    static const char *const counts[2][SECTION_COUNT] = {
        {"QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"},
        {"ZONE", "PREREQ", "UPDATE", "ADDITIONAL"}};
    char opcode[RRTYPE_TEXT], rcode[RRTYPE_TEXT];
    uint16_t word = get_u16(p->msg + 2);

    fprintf(p->out, ";; ->>HEADER<<- opcode: %s, status: %s, id: %6u\n;; flags:",
            opcode_text(word >> 11 & 15, opcode), rcode_text(word & 15, rcode),
            draft ? 0u : get_u16(p->msg));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (word & flags[i].bit)
            fprintf(p->out, " %s", flags[i].text);
    for (unsigned s = 0; s < SECTION_COUNT; s++)
        fprintf(p->out, "%s %s: %u", s == 0 ? ";" : ",", counts[p->update][s],
                draft ? 0u : get_u16(p->msg + 4 + 2 * s));
    fputc('\n', p->out);
}

static bool put_question(struct printer *p)
{
    char text[NAME_TEXT_MAX], word[RRTYPE_TEXT];
    struct name name;

    if (name_from_message(&name, p->msg, p->len, &p->at) != RES_OK || p->len - p->at < 4)
        return false;
    name_to_text(name.wire, text, NAME_FINAL_DOT);
    fputc(';', p->out);
    p->column = 0;
    put_word(p, text);
    go_to(p, CLASS_COLUMN);
    put_word(p, rrclass_text(get_u16(p->msg + p->at + 2), word));
    go_to(p, TYPE_COLUMN);
    put_word(p, rrtype_text(get_u16(p->msg + p->at), word));
    fputc('\n', p->out);
    p->at += 4;
    return true;
}

static void put_columns(struct printer *p, const struct message_record *rr)
{
    char text[NAME_TEXT_MAX], word[RRTYPE_TEXT];

    name_to_text(rr->owner.wire, text, NAME_FINAL_DOT);
    p->column = 0;
    put_word(p, text);
    go_to(p, TTL_COLUMN);
    snprintf(word, sizeof word, "%u", rr->ttl);
    put_word(p, word);
    go_to(p, CLASS_COLUMN);
    put_word(p, rrclass_text(rr->rrclass, word));
    go_to(p, TYPE_COLUMN);
    put_word(p, rrtype_text(rr->type, word));
    go_to(p, RDATA_COLUMN);
}

/* Records of the classes NONE and ANY have the RDATA of the zone's class, or none (RFC 2136
 * §2.4, §2.5). */
static bool put_rdata(struct printer *p, const struct message_record *rr)
{
    static const struct rdata_style style = {0};
    uint16_t rrclass = rr->rrclass >= CLASS_NONE ? CLASS_IN : rr->rrclass;
    uint8_t *plain = malloc(RDATA_MAX_LEN);
    char *text = malloc(TEXT_ROOM);
    size_t len;
    bool ok = plain != NULL && text != NULL &&
              rdata_from_message(rr->type, rrclass, p->msg, p->len, rr->rdata_at, rr->rdata_len,
                                 plain, &len) == RES_OK &&
              rdata_to_text(rr->type, rrclass, plain, len, &style, text, TEXT_ROOM, &len) == RES_OK;

    if (ok)
        fputs(text, p->out);
    free(plain);
    free(text);
    return ok;
}

/* Base64 in words, as RDATA has it. */
static void put_base64(struct printer *p, const uint8_t *data, size_t len)
{
    enum { PIECE = 42 };
    char text[PIECE / 3 * 4 + 1];

    for (size_t n; len > 0; data += n, len -= n) {
        n = len < PIECE ? len : PIECE;
        base64_encode(data, n, text);
        fprintf(p->out, "%s ", text);
    }
}

/* The fields of RFC 8945 §4.2. */
static bool put_tsig(struct printer *p, const struct message_record *rr)
{
    size_t at = rr->rdata_at, end = at + rr->rdata_len;
    char text[NAME_TEXT_MAX], error[RRTYPE_TEXT];
    const uint8_t *time_s, *mac, *other;
    uint16_t fudge, mac_len, id, code, other_len;
    struct name algorithm;
    struct reader in;

    if (name_from_message(&algorithm, p->msg, end, &at) != RES_OK)
        return false;
    in = reader_of(p->msg + at, end - at);
    time_s = reader_bytes(&in, 6);
    fudge = reader_u16(&in);
    mac_len = reader_u16(&in);
    mac = reader_bytes(&in, mac_len);
    id = reader_u16(&in);
    code = reader_u16(&in);
    other_len = reader_u16(&in);
    other = reader_bytes(&in, other_len);
    if (!in.ok)
        return false;
    name_to_text(algorithm.wire, text, NAME_FINAL_DOT);
    fprintf(p->out, "%s %llu %u %u ", text, (unsigned long long)get_u48(time_s), fudge, mac_len);
    put_base64(p, mac, mac_len);
    fprintf(p->out, "%u %s %u ", id, tsig_error_text(code, error), other_len);
    put_base64(p, other, other_len);
    return true;
}

static bool put_opt(struct printer *p, const struct message_record *rr)
{
    fprintf(p->out, "; EDNS: version: %u, flags:%s; udp: %u\n", rr->ttl >> 16 & 0xff,
            rr->ttl & 0x8000 ? " do" : "", rr->rrclass);
    return true;
}

static bool put_record(struct printer *p, const struct message_record *rr)
{
    bool ok = true;

    if (rr->type == TYPE_OPT)
        return put_opt(p, rr);
    put_columns(p, rr);
    if (rr->type == TYPE_TSIG)
        ok = put_tsig(p, rr);
    else if (rr->rdata_len > 0)
        ok = put_rdata(p, rr);
    fputc('\n', p->out);
    return ok;
}

/* OPT and TSIG stand in sections of their own. */
static const char *pseudo_title(const struct message_record *rr)
{
    if (rr->type == TYPE_OPT)
        return "OPT PSEUDOSECTION";
    return rr->type == TYPE_TSIG ? "TSIG PSEUDOSECTION" : NULL;
}

static bool put_records(struct printer *p, unsigned section)
{
    static const char *const titles[2][SECTION_COUNT] = {
        {NULL, "ANSWER SECTION", "AUTHORITY SECTION", "ADDITIONAL SECTION"},
        {NULL, "PREREQUISITE SECTION", "UPDATE SECTION", "ADDITIONAL SECTION"}};
    const char *open = NULL;

    for (unsigned i = get_u16(p->msg + 4 + 2 * section); i > 0; i--) {
        struct message_record rr;
        const char *title;

        if (message_read_record(&rr, p->msg, p->len, &p->at) != RES_OK)
            return false;
        title = pseudo_title(&rr);
        if (title == NULL)
            title = titles[p->update][section];
        if (title != open)
            fprintf(p->out, "%s;; %s:\n", open != NULL ? "\n" : "", title);
        open = title;
        if (!put_record(p, &rr))
            return false;
    }
    if (open != NULL)
        fputc('\n', p->out);
    return true;
}

static bool put_questions(struct printer *p)
{
    unsigned n = get_u16(p->msg + 4);

    if (n == 0)
        return true;
    fprintf(p->out, ";; %s SECTION:\n", p->update ? "ZONE" : "QUESTION");
    for (; n > 0; n--)
        if (!put_question(p))
            return false;
    fputc('\n', p->out);
    return true;
}

void message_print(FILE *out, const uint8_t *msg, size_t len, bool draft)
{
    struct printer p = {.out = out, .msg = msg, .len = len, .at = MESSAGE_HEADER_LEN};
    bool ok;

    if (len < MESSAGE_HEADER_LEN) {
        fprintf(out, ";; a message of %zu bytes has no header\n", len);
        return;
    }
    p.update = (get_u16(msg + 2) >> 11 & 15) == OPCODE_UPDATE;
    put_header(&p, draft);
    ok = put_questions(&p);
    for (unsigned s = SECTION_ANSWER; ok && s < SECTION_COUNT; s++)
        ok = put_records(&p, s);
    if (!ok)
        fprintf(out, ";; the message is malformed behind byte %zu\n\n", p.at);
}
