/*
 * Where, in 64 bytes of markup, the bytes stand that matter to it, as bits: bit n is byte n. Finding the end of a tag
 * is then arithmetic on a few words, with hardly a branch that depends on the text.
 */

#ifndef CONSENT_MARKUP_BLOCK_H
#define CONSENT_MARKUP_BLOCK_H

#include <stdint.h>

#define CONSENT_BLOCK  64

/* What has to be readable for a block to be looked at. */
#define CONSENT_BLOCK_SIGHT  (CONSENT_BLOCK + 1)

typedef struct {
    const char  *from;
    uint64_t     less_than;
    uint64_t     greater_than;
    uint64_t     quote;             /* '"' */
    uint64_t     apostrophe;
    uint64_t     equals;
    uint64_t     space;             /* the space and the newline only */
    uint64_t     slash;
    uint64_t     control;           /* whatever else is below the space */

    /* where two bytes begin that are in "style" or "data-ngxc" and seldom elsewhere ("yl", "xc"; also "yc", "xl"), or link */
    uint64_t     mark;
    uint64_t     on;                /* where "on" begins, as the names of event handlers do */
} consent_markup_block_t;

/* link: two bytes. */
typedef void (*consent_markup_look_pt)(const char *p, const char *link, consent_markup_block_t *block);

/* The way that is fastest on this machine, and the one that runs on any. */
consent_markup_look_pt consent_markup_look(void);
void consent_markup_look_portable(const char *p, const char *link, consent_markup_block_t *block);

#endif
