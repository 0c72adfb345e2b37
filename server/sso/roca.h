/* SPDX-License-Identifier: Apache-2.0 */
/* roca.h: RSA keys whose primes a faulty chip made guessable (CVE-2017-15361). */
#ifndef GAON_SSO_ROCA_H
#define GAON_SSO_ROCA_H

#include <stdbool.h>

#include "runtime/base/slice.h"

/** True when the modulus (big-endian) has the mark of such keys; one sound key in some hundred million has it by chance. */
bool roca_has_mark(struct slice modulus);

#endif
