/* rndc: the keys that the server knows, and what it knows of signing. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/rndc.h"

static void say_keys(struct rndc_call *call, const struct conf_view *v)
{
    for (unsigned i = 0; i < v->nkeys; i++)
        rndc_say(call, "view \"%s\"; type \"static\"; key \"%s\";", v->name,
                 v->keys[i].name_text);
}

enum result rndc_tsig_list(struct rndc_call *call)
{
    const struct answer_server *data = call->server->data;

    for (unsigned i = 0; i < data->nviews; i++)
        say_keys(call, data->views[i].conf);
    if (call->text_len == 0)
        rndc_say(call, "no tsig keys found.");
    return RES_OK;
}

/* It deletes keys that were negotiated (TKEY), of which there are none. */
enum result rndc_tsig_delete(struct rndc_call *call)
{
    if (call->argc > 2 && rndc_find_view(call, call->argv[2]) == NULL)
        return RES_NOTFOUND;
    rndc_say(call, "0 tsig keys deleted.");
    return RES_OK;
}

/* As many characters as are asked for, for tests of long answers. */
enum result rndc_testgen(struct rndc_call *call)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned long count = 26;
    char *end = NULL, *text;

    if (call->argc > 1) {
        count = strtoul(call->argv[1], &end, 10);
        if (*end != '\0' || end == call->argv[1])
            return RES_BADNUMBER;
    }
    if (count > RNDC_TEXT_MAX)
        return RES_RANGE;
    text = malloc(count + 1);
    if (text == NULL)
        return RES_NOMEM;
    for (unsigned long i = 0; i < count; i++)
        text[i] = alphabet[i % (sizeof alphabet - 1)];
    text[count] = '\0';
    rndc_say(call, "%s", text);
    free(text);
    return RES_OK;
}

/* ---- Zones that are not ours to sign ---- */

static bool has_policy(const struct zone *z)
{
    const char *policy = z->conf->options->dnssec_policy;

    return policy != NULL && strcmp(policy, "none") != 0;
}

static enum result refuse_signing(struct rndc_call *call, const struct zone *z)
{
    char text[ZONE_TEXT];

    rndc_say(call, "zone '%s': this server does not sign zones", zone_text(z, text));
    return RES_NOTIMPLEMENTED;
}

static enum result say_policy(struct rndc_call *call, const struct zone *z)
{
    if (has_policy(z))
        return refuse_signing(call, z);
    rndc_say(call, "Zone does not have dnssec-policy");
    return RES_OK;
}

/* Steps over the options at argv[*at], each with a value; *key is set when -key is one. */
static enum result skip_options(const struct rndc_call *call, int *at, bool *key)
{
    static const char *const options[] = {"-key", "-alg", "-when"};

    while (*at < call->argc && call->argv[*at][0] == '-') {
        unsigned i = 0;
        while (i < 3 && strcasecmp(call->argv[*at], options[i]) != 0)
            i++;
        if (i == 3)
            return RES_SYNTAX;
        if (*at + 1 == call->argc)
            return RES_UNEXPECTEDEND;
        *key |= i == 0;
        *at += 2;
    }
    return RES_OK;
}

/* -status ZONE, -rollover -key ID … ZONE, -checkds … published|withdrawn ZONE. */
enum result rndc_dnssec(struct rndc_call *call)
{
    const char *what = call->argv[1];
    bool rollover = strcasecmp(what, "-rollover") == 0, key = false;
    bool checkds = strcasecmp(what, "-checkds") == 0;
    struct zone *z;
    int at = 2;
    enum result res;

    if (!rollover && !checkds && strcasecmp(what, "-status") != 0)
        return RES_SYNTAX;
    res = rollover || checkds ? skip_options(call, &at, &key) : RES_OK;
    if (res != RES_OK)
        return res;
    if (checkds && at < call->argc && strcasecmp(call->argv[at], "published") != 0 &&
        strcasecmp(call->argv[at], "withdrawn") != 0)
        return RES_SYNTAX;
    if (rollover && !key) {
        rndc_say(call, "Key id is required when scheduling rollover");
        return RES_SYNTAX;
    }
    res = rndc_find_zone(call, at + checkds, &z);
    if (res != RES_OK)
        return res == RES_NOMORE ? RES_UNEXPECTEDEND : res;
    return say_policy(call, z);
}

/* Only zones with a policy take keys; of others BIND says that it may not. */
static enum result use_keys(struct rndc_call *call)
{
    struct zone *z;
    enum result res = rndc_find_zone(call, 1, &z);

    if (res != RES_OK)
        return res;
    return has_policy(z) ? refuse_signing(call, z) : RES_NOPERM;
}

enum result rndc_sign(struct rndc_call *call)
{
    return use_keys(call);
}

enum result rndc_loadkeys(struct rndc_call *call)
{
    return use_keys(call);
}

/* -list ZONE, -clear WHAT ZONE, -nsec3param … ZONE, -serial N ZONE: where the zone stands. */
static int signing_zone_at(const struct rndc_call *call)
{
    const char *what = call->argv[1];

    if (strcasecmp(what, "-list") == 0)
        return 2;
    if (strcasecmp(what, "-clear") == 0 || strcasecmp(what, "-serial") == 0)
        return 3;
    if (strcasecmp(what, "-nsec3param") == 0)
        return call->argc > 2 && strcasecmp(call->argv[2], "none") == 0 ? 3 : 6;
    return 0;
}

enum result rndc_signing(struct rndc_call *call)
{
    int at = signing_zone_at(call);
    struct zone *z;
    enum result res;

    if (at == 0)
        return RES_SYNTAX;
    res = rndc_find_zone(call, at, &z);
    if (res != RES_OK)
        return res == RES_NOMORE ? RES_UNEXPECTEDEND : res;
    if (strcasecmp(call->argv[1], "-serial") == 0 && !z->conf->options->is_dynamic)
        return RES_NOTDYNAMIC;
    if (at != 2)
        return refuse_signing(call, z);
    rndc_say(call, "No signing records found");
    return RES_OK;
}
