/*
 * A log file: append, roll, limit, reopen.  Used by base/log.c only.
 *
 * The descriptor number stays the same from open to close: a new file is put in its place
 * by dup3(2), so that threads may write while another one rolls.  Any thread may write;
 * open and close belong to the thread that configures.
 */
#ifndef KZ_BASE_LOG_FILE_H
#define KZ_BASE_LOG_FILE_H

#include "base/log_config.h"

struct log_file;

/* Never fails but for memory (NULL): a file that cannot be opened is reported and its lines
 * are dropped until it can be.  `is_new`: this process did not have it open before. */
struct log_file *log_file_open(const struct log_channel_spec *spec, bool is_new);
void log_file_close(struct log_file *f);

/* `line` ends with a newline. */
void log_file_write(struct log_file *f, const char *line, size_t len);

void log_file_reopen(struct log_file *f);
void log_file_roll(struct log_file *f);
const char *log_file_path(const struct log_file *f);

#endif
