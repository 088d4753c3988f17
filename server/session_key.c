#include "server/session_key.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "dns/key_clause.h"

struct session_key {
    struct tsig_key key;
    char *path, *name, *algorithm;      /* as configured */
    struct name wire;
    char name_text[NAME_TEXT_MAX];
    uint8_t secret[TSIG_MAC_MAX];
};

static void free_key(struct session_key *k)
{
    if (k == NULL)
        return;
    free(k->path);
    free(k->name);
    free(k->algorithm);
    free(k);
}

void session_key_free(struct session_key *k)
{
    if (k != NULL)
        unlink(k->path);
    free_key(k);
}

static bool is_wanted(const struct session_key *k, const struct conf_snapshot *conf)
{
    return conf->session_keyfile != NULL && strcmp(k->path, conf->session_keyfile) == 0 &&
           strcmp(k->name, conf->session_keyname) == 0 &&
           strcmp(k->algorithm, conf->session_keyalg) == 0;
}

/* A secret as long as the digest (RFC 8945 §8). */
static enum result draw_secret(struct session_key *k)
{
    k->key.secret_len = (uint16_t)tsig_digest_len(k->key.algorithm);
    k->key.secret = k->secret;
    return key_clause_draw(k->secret, k->key.secret_len);
}

static enum result set_name(struct session_key *k)
{
    enum result r = name_from_text(&k->wire, k->name, strlen(k->name), (const uint8_t *)"");

    if (r != RES_OK)
        return r;
    name_fold(k->wire.wire, k->wire.wire, k->wire.len);
    name_to_text(k->wire.wire, k->name_text, NAME_OMIT_FINAL_DOT);
    k->key.name = k->wire.wire;
    k->key.name_text = k->name_text;
    return RES_OK;
}

static enum result write_file(const struct session_key *k)
{
    char *text = key_clause_text("", k->name, k->algorithm, k->secret, k->key.secret_len);
    enum result r;

    if (text == NULL)
        return RES_NOMEM;
    r = file_replace_with(k->path, 0600, text, strlen(text));
    key_clause_free(text);
    if (r != RES_OK)
        log_write(LOGC_GENERAL, LVL_ERROR, "could not create %s", k->path);
    return r;
}

static enum result make_key(const struct conf_snapshot *conf, enum tsig_algorithm algorithm,
                            uint16_t bits, struct session_key **out)
{
    struct session_key *k = calloc(1, sizeof *k);
    enum result r = RES_NOMEM;

    if (k == NULL)
        return RES_NOMEM;
    k->path = strdup(conf->session_keyfile);
    k->name = strdup(conf->session_keyname);
    k->algorithm = strdup(conf->session_keyalg);
    k->key.algorithm = (uint8_t)algorithm;
    k->key.trunc_bits = bits;
    if (k->path != NULL && k->name != NULL && k->algorithm != NULL && (r = set_name(k)) == RES_OK &&
        (r = draw_secret(k)) == RES_OK)
        r = write_file(k);
    *out = k;
    if (r != RES_OK)
        free_key(k);
    return r;
}

static struct session_key *generate(const struct conf_snapshot *conf)
{
    enum tsig_algorithm algorithm;
    struct session_key *k;
    uint16_t bits;
    enum result r;

    if (tsig_algorithm_from_text(&algorithm, &bits, conf->session_keyalg) != RES_OK) {
        log_write(LOGC_CONFIG, LVL_ERROR, "session-keyalg: unsupported or unknown algorithm '%s'",
                  conf->session_keyalg);
        return NULL;
    }
    log_write(LOGC_GENERAL, LVL_INFO, "generating session key for dynamic DNS");
    r = make_key(conf, algorithm, bits, &k);
    if (r == RES_OK)
        return k;
    log_write(LOGC_GENERAL, LVL_ERROR, "failed to generate session key for dynamic DNS: %s",
              result_text(r));
    return NULL;
}

static bool is_local(const struct conf_zone *z)
{
    return z->options != NULL && z->options->update_policy != NULL &&
           z->options->update_policy->is_local;
}

/* Who configured `update-policy local` should know that nobody can use it. */
static void complain_of_missing_key(const struct conf_snapshot *conf)
{
    for (unsigned i = 0; i < conf->nviews; i++)
        for (unsigned j = 0; j < conf->views[i].nzones; j++)
            if (is_local(&conf->views[i].zones[j]))
                log_write(LOGC_CONFIG, LVL_ERROR, "failed to enable auto DDNS policy for zone %s: "
                          "session key not found", conf->views[i].zones[j].name_text);
}

void session_key_configure(struct session_key **key, struct conf_snapshot *conf)
{
    if (*key != NULL && !is_wanted(*key, conf)) {
        session_key_free(*key);
        *key = NULL;
    }
    if (*key == NULL && conf->session_keyfile != NULL)
        *key = generate(conf);
    if (*key == NULL || conf_add_session_key(conf, &(*key)->key) != RES_OK)
        complain_of_missing_key(conf);
}
