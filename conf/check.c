/* Checks that need more than one statement, as BIND's named-checkconf makes them. */
#include <string.h>
#include <sys/stat.h>

#include "conf/build.h"

void check_top(struct conf_context *c)
{
    const struct conf_stmt *options = block_find(&c->tree->top, "options");
    const struct conf_stmt *directory =
        options != NULL ? block_find(stmt_block(options), "directory") : NULL;
    struct stat st;

    if (directory == NULL)
        return;
    const struct conf_item *path = directory->first->next;
    if (stat(path->text, &st) != 0)
        conf_error(c, directory->first, "change directory to '%s' failed: %s", path->text,
                   "file not found");
    else if (!S_ISDIR(st.st_mode))
        conf_error(c, directory->first, "change directory to '%s' failed: %s", path->text,
                   "invalid file");
}
