#include "update/update.h"

#include <stdlib.h>

#include "update/internal.h"

static unsigned run_steps(struct update_run *run)
{
    unsigned rcode = update_admit_now(run->u, true);

    if (rcode == RCODE_NOERROR)
        rcode = update_prescan(run);
    if (rcode == RCODE_NOERROR)
        rcode = update_prerequisites(run);
    if (rcode == RCODE_NOERROR)
        rcode = update_apply(run);
    if (rcode != RCODE_NOERROR || zone_edit_diff(run->e)->count == 0)
        return rcode;
    return update_complete(run);
}

unsigned update_process(const struct update_request *u, struct zone_edit *e)
{
    struct update_run *run = malloc(sizeof *run);
    unsigned rcode;
    enum result r;

    if (run == NULL) {
        zone_edit_undo(e);
        update_log(u, LVL_ERROR, "update failed: %s", result_text(RES_NOMEM));
        return RCODE_SERVFAIL;
    }
    run->u = u;
    run->e = e;
    run->origin = u->zone->name;
    run->rrclass = u->zone->rrclass;
    run->soa_changed = false;
    run->max_by_policy = NULL;
    rcode = run_steps(run);
    if (rcode != RCODE_NOERROR)
        zone_edit_undo(e);
    else if ((r = zone_edit_keep(e)) != RES_OK)
        rcode = update_edit_failed(run, "keeping the update", r);
    free(run->max_by_policy);
    free(run);
    return rcode;
}
