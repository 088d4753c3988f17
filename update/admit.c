/* What can be refused before any change is tried. */
#include "base/rcu.h"
#include "update/internal.h"

static void log_security(const struct update_request *u, int level, const char *what,
                         const char *verdict)
{
    char zone[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT];

    if (!log_wants(LOGC_UPDATE_SECURITY, level))
        return;
    name_to_text(u->zone->name, zone, NAME_OMIT_FINAL_DOT);
    client_log(&u->client, LOGC_UPDATE_SECURITY, level, "%s '%s/%s' %s", what, zone,
               rrclass_text(u->zone->rrclass, rrclass), verdict);
}

static void log_signer(const struct update_request *u, const char *verdict)
{
    char key[NAME_TEXT_MAX];

    if (u->who.key == NULL || !log_wants(LOGC_UPDATE_SECURITY, LVL_INFO))
        return;
    name_to_text(u->who.key, key, NAME_OMIT_FINAL_DOT);
    client_log(&u->client, LOGC_UPDATE_SECURITY, LVL_INFO, "signer \"%s\" %s", key, verdict);
}

static unsigned deny(const struct update_request *u)
{
    log_signer(u, "denied");
    log_security(u, LVL_INFO, "update", "denied");
    return RCODE_REFUSED;
}

/* Without a policy the list decides; with one, who is not signed for must at least have
 * spoken over TCP, where its address can be believed (tcp-self, 6to4-self). */
static unsigned admit_client(const struct update_request *u, bool say_approved)
{
    const struct zone_options *o = u->conf->options;
    bool takes_any = o->update_policy != NULL || !acl_is_none(o->allow_update);

    if (!acl_is_any(o->allow_query) && !acl_allows(o->allow_query, &u->who)) {
        log_security(u, takes_any ? LVL_ERROR : LVL_INFO, "update", "denied due to allow-query");
        return RCODE_REFUSED;
    }
    if (!takes_any) {
        log_security(u, LVL_INFO, "update", "denied");
        return RCODE_REFUSED;
    }
    if (o->update_policy != NULL)
        return u->who.key == NULL && u->who.transport == ACL_UDP ? deny(u) : RCODE_NOERROR;
    if (!acl_allows(o->allow_update, &u->who))
        return deny(u);
    if (say_approved) {
        log_signer(u, "approved");
        log_security(u, 3, "update", "approved");
    }
    return RCODE_NOERROR;
}

bool update_may_forward(const struct update_request *u)
{
    const struct acl *acl = u->conf->options->allow_update_forwarding;
    char zone[NAME_TEXT_MAX], rrclass[RRCLASS_TEXT];

    if (u->conf->type != ZONE_SECONDARY || acl == NULL || !acl_allows(acl, &u->who))
        return false;
    name_to_text(u->zone->name, zone, NAME_OMIT_FINAL_DOT);
    client_log(&u->client, LOGC_UPDATE, LVL_INFO, "forwarding update for zone '%s/%s'", zone,
               rrclass_text(u->zone->rrclass, rrclass));
    return true;
}

static unsigned refuse_zone_type(const struct update_request *u)
{
    char zone[NAME_TEXT_MAX];

    if (u->conf->type == ZONE_SECONDARY) {
        log_security(u, LVL_INFO, "update forwarding", "denied");
        return RCODE_REFUSED;
    }
    name_to_text(u->zone->name, zone, NAME_OMIT_FINAL_DOT);
    client_log(&u->client, LOGC_UPDATE, LVL_INFO,
               "update failed: %s: not authoritative for update zone (NOTAUTH)", zone);
    return RCODE_NOTAUTH;
}

unsigned update_admit_now(const struct update_request *u, bool say_approved)
{
    unsigned rcode;

    if (u->conf->type != ZONE_PRIMARY)
        return refuse_zone_type(u);
    if (rcu_read(u->zone->contents) == NULL) {
        update_log(u, LVL_INFO, "update failed: the zone is not loaded (SERVFAIL)");
        return RCODE_SERVFAIL;
    }
    rcode = admit_client(u, say_approved);
    if (rcode == RCODE_NOERROR && __atomic_load_n(&u->zone->frozen, __ATOMIC_RELAXED))
        rcode = update_fail(u, RCODE_REFUSED, NULL, TYPE_NONE,
                            "dynamic update temporarily disabled because the zone is frozen.  "
                            "Use 'rndc thaw' to re-enable updates.");
    return rcode;
}

unsigned update_admit(const struct update_request *u)
{
    return update_admit_now(u, false);
}
