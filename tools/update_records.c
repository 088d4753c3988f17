#include "tools/update_records.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/hostname.h"
#include "dns/rdata.h"
#include "dns/rrtype.h"

enum { MAX_TOKENS = 4096, NSEC3_ITERATIONS_MAX = 150 };

/* A record that a line describes. */
struct draft {
    struct name owner;
    uint16_t type;
    uint16_t form;              /* the class whose RDATA it has */
    uint32_t ttl;
    bool has_rdata;
    size_t rdata_len;
    uint8_t *rdata;             /* RDATA_MAX_LEN bytes */
};

static enum script_step no_memory(struct update_script *s)
{
    return script_mistake(s, "%s", result_text(RES_NOMEM));
}

static enum script_step read_owner(struct update_script *s, char **at, struct draft *d)
{
    char *word = script_word(at);
    enum result r;

    if (word == NULL)
        return script_mistake(s, "could not read owner name");
    r = name_from_text(&d->owner, word, strlen(word), (const uint8_t *)"");
    return r == RES_OK ? SCRIPT_MORE
                       : script_mistake(s, "invalid owner name: %s", result_text(r));
}

/* The token at fault, for the message. */
static enum script_step bad_rdata(struct update_script *s, enum result r,
                                  const struct rdata_token *tok, unsigned ntok, unsigned bad)
{
    if (bad >= ntok)
        return script_mistake(s, "invalid rdata format: %s", result_text(r));
    return script_mistake(s, "invalid rdata format: %s, near '%.*s'", result_text(r),
                          (int)(tok[bad].len < 200 ? tok[bad].len : 200), tok[bad].text);
}

/* What is left of the line as RDATA; nothing is none. */
static enum script_step read_rdata(struct update_script *s, char *at, struct draft *d)
{
    char *text = script_rest(at);
    struct rdata_token *tok;
    unsigned ntok = 0, bad = UINT32_MAX;
    enum result r;

    d->has_rdata = *text != '\0';
    if (!d->has_rdata)
        return SCRIPT_MORE;
    tok = malloc(MAX_TOKENS * sizeof *tok);
    if (tok == NULL || (d->rdata = malloc(RDATA_MAX_LEN)) == NULL) {
        free(tok);
        return no_memory(s);
    }
    r = rdata_flags(d->type) & RRT_META ? RES_METATYPE
                                        : rdata_text_tokens(text, false, tok, MAX_TOKENS, &ntok);
    if (r == RES_OK)
        r = rdata_from_tokens(d->type, d->form, tok, ntok, (const uint8_t *)"", d->rdata,
                              &d->rdata_len, &bad);
    if (r != RES_OK)
        bad_rdata(s, r, tok, ntok, bad);
    free(tok);
    return r == RES_OK ? SCRIPT_MORE : SCRIPT_ERROR;
}

/* Puts the record in, and ends the draft. */
static enum script_step put(struct update_script *s, enum message_section section,
                            struct draft *d, uint16_t rrclass)
{
    const struct update_record rr = {.owner = d->owner.wire,
                                     .rdata = d->rdata,
                                     .type = d->type,
                                     .rrclass = rrclass,
                                     .rdata_len = (uint16_t)d->rdata_len,
                                     .ttl = d->ttl};
    enum result r = update_message_add(&s->message, section, &rr);

    if (r == RES_NOSPACE)
        return script_mistake(s, "the message has 65535 records already: send it first");
    return r == RES_OK ? SCRIPT_MORE : no_memory(s);
}

/* ---- Prerequisites ---- */

static enum script_step name_prereq(struct update_script *s, char *at, uint16_t rrclass)
{
    struct draft d = {.type = TYPE_ANY};

    if (read_owner(s, &at, &d) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    return put(s, SECTION_PREREQUISITE, &d, rrclass);
}

enum script_step script_nxdomain(struct update_script *s, char *at)
{
    return name_prereq(s, at, CLASS_NONE);
}

enum script_step script_yxdomain(struct update_script *s, char *at)
{
    return name_prereq(s, at, CLASS_ANY);
}

/* [CLASS] TYPE */
static enum script_step read_prereq_type(struct update_script *s, char **at, struct draft *d)
{
    char *word = script_word(at);
    uint16_t rrclass;

    if (word == NULL)
        return script_mistake(s, "could not read class or type");
    if (rrclass_from_text(&rrclass, word, strlen(word)) == RES_OK) {
        if (!script_set_class(s, rrclass))
            return script_mistake(s, "class mismatch: %s", word);
        if ((word = script_word(at)) == NULL)
            return script_mistake(s, "could not read type");
    }
    d->form = script_take_class(s);
    if (rrtype_from_text(&d->type, word, strlen(word)) != RES_OK)
        return script_mistake(s, "invalid type: %s", word);
    return SCRIPT_MORE;
}

enum script_step script_nxrrset(struct update_script *s, char *at)
{
    struct draft d = {0};

    if (read_owner(s, &at, &d) == SCRIPT_ERROR || read_prereq_type(s, &at, &d) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    return put(s, SECTION_PREREQUISITE, &d, CLASS_NONE);
}

enum script_step script_yxrrset(struct update_script *s, char *at)
{
    struct draft d = {0};
    enum script_step step = SCRIPT_ERROR;

    if (read_owner(s, &at, &d) != SCRIPT_ERROR && read_prereq_type(s, &at, &d) != SCRIPT_ERROR)
        step = read_rdata(s, at, &d);
    if (step != SCRIPT_ERROR)
        step = put(s, SECTION_PREREQUISITE, &d, d.has_rdata ? d.form : CLASS_ANY);
    free(d.rdata);
    return step;
}

/* ---- Updates ---- */

/* A word that is a TTL.  Deleting needs none, and what stands there is passed over; adding needs
 * one, here or from `ttl`.  *taken: the word was one. */
static enum script_step read_ttl(struct update_script *s, const char *word, bool deleting,
                                 struct draft *d, bool *taken)
{
    char *end;
    unsigned long n = strtoul(word, &end, 10);

    d->ttl = deleting ? 0 : s->ttl;
    *taken = *end == '\0' && *word >= '0' && *word <= '9' && (n <= UINT32_MAX || !deleting);
    if (!*taken)
        return deleting || s->has_ttl
                   ? SCRIPT_MORE
                   : script_mistake(s, "ttl '%s': %s", word, result_text(RES_BADNUMBER));
    if (!deleting && n > INT32_MAX)
        return script_mistake(s, "ttl '%s' is out of range (0 to %d)", word, INT32_MAX);
    d->ttl = deleting ? 0 : (uint32_t)n;
    return SCRIPT_MORE;
}

/* "[CLASS] TYPE", the first word given; deleting may end before the type. */
static enum script_step read_type(struct update_script *s, char *word, char **at, bool deleting,
                                  struct draft *d)
{
    uint16_t rrclass;
    bool named = rrclass_from_text(&rrclass, word, strlen(word)) == RES_OK && rrclass != CLASS_ANY;
    enum result r;

    if (named) {
        if (!script_set_class(s, rrclass))
            return script_mistake(s, "class mismatch: %s", word);
        if ((word = script_word(at)) == NULL)
            return deleting ? SCRIPT_MORE : script_mistake(s, "could not read type");
    }
    d->form = script_take_class(s);
    r = rrtype_from_text(&d->type, word, strlen(word));
    if (r == RES_OK)
        return SCRIPT_MORE;
    return script_mistake(s, named ? "'%s' is not a valid type: %s"
                                   : "'%s' is not a valid class or type: %s", word,
                          result_text(r));
}

/* NAME [TTL] [CLASS] TYPE [DATA] */
static enum script_step read_update(struct update_script *s, char *at, bool deleting,
                                    struct draft *d)
{
    char *word;
    bool taken;

    if (read_owner(s, &at, d) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    if ((word = script_word(&at)) == NULL)
        return deleting ? SCRIPT_MORE : script_mistake(s, "could not read owner ttl");
    if (read_ttl(s, word, deleting, d, &taken) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    if (taken && (word = script_word(&at)) == NULL)
        return deleting ? SCRIPT_MORE : script_mistake(s, "could not read class or type");
    if (read_type(s, word, &at, deleting, d) == SCRIPT_ERROR)
        return SCRIPT_ERROR;
    return read_rdata(s, at, d);
}

static enum script_step check_names(struct update_script *s, const struct draft *d)
{
    char text[NAME_TEXT_MAX];
    const uint8_t *bad = NULL;
    unsigned field = 0;

    if (!hostname_owner_is_good(d->owner.wire, d->type)) {
        name_to_text(d->owner.wire, text, NAME_OMIT_FINAL_DOT);
        return script_mistake(s, "check-names failed: bad owner '%s'", text);
    }
    bad = hostname_bad_target(d->type, d->rdata, d->owner.wire, &field);
    if (bad == NULL)
        return SCRIPT_MORE;
    name_to_text(bad, text, NAME_OMIT_FINAL_DOT);
    return script_mistake(s, "check-names failed: bad name '%s'", text);
}

static enum script_step check_add(struct update_script *s, const struct draft *d)
{
    if (!d->has_rdata)
        return script_mistake(s, "could not read rdata");
    if (d->type == TYPE_NSEC3PARAM && d->rdata_len >= 4 &&
        get_u16(d->rdata + 2) > NSEC3_ITERATIONS_MAX)
        return script_mistake(s, "NSEC3PARAM has excessive iterations (> %d)",
                              NSEC3_ITERATIONS_MAX);
    return s->check_names && d->form == CLASS_IN && d->rdata_len > 0 ? check_names(s, d)
                                                                     : SCRIPT_MORE;
}

enum script_step script_add(struct update_script *s, char *at)
{
    struct draft d = {0};
    enum script_step step = read_update(s, at, false, &d);

    if (step != SCRIPT_ERROR)
        step = check_add(s, &d);
    if (step != SCRIPT_ERROR)
        step = put(s, SECTION_UPDATE, &d, d.form);
    free(d.rdata);
    return step;
}

enum script_step script_delete(struct update_script *s, char *at)
{
    struct draft d = {.type = TYPE_ANY};
    enum script_step step = read_update(s, at, true, &d);

    if (step != SCRIPT_ERROR)
        step = put(s, SECTION_UPDATE, &d, d.has_rdata ? CLASS_NONE : CLASS_ANY);
    free(d.rdata);
    return step;
}
