/*
 * Evidence: one JSON line a choice, for the register of a data protection officer. It says what was decided, when, and on which
 * policy and texts; nothing of who decided: no address, no user agent, and the random id is shown to the visitor once.
 *
 * Lines are chained: each carries the SHA-256 of the line before it in its chain. A writer has a chain of its own, which begins with
 * the hash of whatever line was last in the file, so that several writers need no lock and no line can be taken out or
 * changed unseen but the last of a chain. A file may hold empty lines, which mean nothing: who finds it without a newline at its end
 * (a full disk, another writer in the middle of a line) writes one first.
 */

#ifndef CONSENT_EVIDENCE_H
#define CONSENT_EVIDENCE_H

#include <stdint.h>

#include "choices.h"

#define CONSENT_RECORD_LEN  32      /* hex digits of a record's id */

typedef struct {
    char      name[40];             /* empty until started */
    uint64_t  seq;                  /* of the next line */
    char      prev[CONSENT_HASH_HEX_LEN + 1];
} consent_chain_t;

typedef struct {
    const consent_choices_t  *choices;
    const consent_choices_t  *before;       /* what it replaces: an acceptance taken back is named; NULL: nothing */
    consent_str_t             host;
    consent_str_t             decision;     /* "accept-all", "refuse-all", "save" */
    consent_str_t             source;       /* "banner", "settings", "placeholder", "script", … */
    consent_str_t             locale;
    char                      text_hash[CONSENT_HASH_HEX_LEN + 1];  /* of the banner as it was shown */
    int64_t                   time;         /* seconds since 1970 */
} consent_evidence_t;

/*
 * Begins a chain. tail: the end of the file as it is now (any number of bytes, perhaps none); writer and start name the chain and
 * must not occur twice together.
 */
void consent_chain_start(consent_chain_t *chain, unsigned long writer, int64_t start, consent_str_t tail);

/*
 * Writes the next line, with its newline, to out, and its random id to record. The chain moves on only with
 * consent_chain_commit(), when the line was written. Returns 0, or -1 when there is no memory or no randomness.
 */
int consent_evidence_line(const consent_chain_t *chain, const consent_evidence_t *evidence, consent_buf_t *out,
    char record[CONSENT_RECORD_LEN + 1]);
void consent_chain_commit(consent_chain_t *chain, consent_str_t line);

/* Whether text is what a record's id looks like. */
int consent_evidence_is_record(consent_str_t text);

#endif
