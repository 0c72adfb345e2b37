/* SPDX-License-Identifier: Apache-2.0 */
/* opponents.h: other parsers; each reads a document to its end, and is true when it could. */
#ifndef GAON_BENCHMARKS_OPPONENTS_H
#define GAON_BENCHMARKS_OPPONENTS_H

#include <stdbool.h>

#include "runtime/base/slice.h"

/** Only its events: no tree is made. */
bool opponent_expat(struct slice document);
/** Its tree. */
bool opponent_libxml2(struct slice document);
bool opponent_jansson(struct slice document);

#endif
