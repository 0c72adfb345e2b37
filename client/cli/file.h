/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: whole small files in and out. */
#ifndef GAON_CLI_FILE_H
#define GAON_CLI_FILE_H

#include "runtime/base/arena.h"
#include "runtime/base/slice.h"

/** At most 16 MiB; "-" is standard input. */
MUST_CHECK struct status file_read(struct arena *arena, const char *path, struct slice *content);
/** As file_read, must be UTF-8 without NUL; one line end at the very end is dropped. */
MUST_CHECK struct status file_read_text(struct arena *arena, const char *path, const char **content);
/** For its owner alone (0600), all or nothing: written beside, then renamed. Makes missing folders (0700). */
MUST_CHECK struct status file_write_private(struct arena *arena, const char *path, const char *content);
/** Fails FAILED_PRECONDITION / FILE_TOO_OPEN when others may read it; *exists false when there is none. */
MUST_CHECK struct status file_check_private(struct arena *arena, const char *path, bool *exists);

#endif
