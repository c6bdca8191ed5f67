/*
 * A style sheet of its own: CSS in, the same CSS out, with the addresses of what may not be loaded made neutral as in a
 * style element. Every byte that concerns no service leaves as it came.
 *
 * Costs: the object below, in which the beginning of one address is held; time is linear in the input.
 */

#ifndef CONSENT_STYLESHEET_H
#define CONSENT_STYLESHEET_H

#include "rewriter.h"

typedef struct {
    const consent_choices_t  *choices;
    consent_url_t             address;      /* of the sheet: what its references are relative to, and "own host" */
    unsigned                  observe:1;    /* report what is found, change nothing; emit may be NULL */

    /* As for a page; the element of what is found is "stylesheet". */
    int                     (*emit)(void *data, consent_out_t kind, const char *bytes, size_t len);
    void                    (*found)(void *data, const consent_found_t *found);                       /* may be NULL */
    void                     *data;
} consent_stylesheet_conf_t;

typedef struct {
    unsigned  neutralised;      /* references */
    unsigned  overflows;        /* of them not seen whole */
} consent_stylesheet_stats_t;

typedef struct consent_stylesheet_s  consent_stylesheet_t;

/* conf is copied; what it points to must outlive the sheet. NULL when there is no memory. */
consent_stylesheet_t *consent_stylesheet_create(consent_arena_t *arena, const consent_stylesheet_conf_t *conf);

/*
 * Feeds the next bytes; last after the final ones (len may be 0). Everything decided is emitted before it returns. Returns 0, or -1
 * when emit failed.
 */
int consent_stylesheet_feed(consent_stylesheet_t *sheet, const char *bytes, size_t len, int last);

/*
 * Whether what was read depends on the visitor: a reference is of a service that can be accepted or refused, or of one
 * of the catalogue that the policy may come to list, or is made neutral for everybody. Once true it stays true.
 */
int consent_stylesheet_depends(const consent_stylesheet_t *sheet);

/*
 * Whether a service is let through that the visitor may come to refuse, so that the sheet must not be kept anywhere.
 * whole: it was read to its end; else whatever was accepted may still come.
 */
int consent_stylesheet_is_open(const consent_stylesheet_t *sheet, int whole);

/*
 * Whether the first bytes say that what follows cannot be read: a byte order mark of UTF-16, or an @charset of
 * ISO-2022-JP (CSS Syntax 3, 3.2: one of UTF-16 means UTF-8). 64 bytes are enough to tell, and so is a reference.
 */
int consent_stylesheet_is_opaque(const consent_stylesheet_t *sheet);

const consent_stylesheet_stats_t *consent_stylesheet_stats(const consent_stylesheet_t *sheet);

#endif
