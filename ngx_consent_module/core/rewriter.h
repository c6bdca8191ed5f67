/*
 * The streaming rewriter: HTML in, the same HTML out, with what belongs to services not allowed made neutral and the
 * gateway's own markup put in. Every byte that concerns no service leaves as it came.
 *
 * Costs: memory is the object below plus what an unfinished tag or short inline script needs, never more than
 * CONSENT_REWRITER_HOLD but for decoded values and srcdoc documents (nested to a depth of 3), bounded by the same; time
 * is linear in the input. It never gives up on a page. What becomes of a tag is written down in neutral.h.
 */

#ifndef CONSENT_REWRITER_H
#define CONSENT_REWRITER_H

#include "choices.h"
#include "url.h"

#define CONSENT_REWRITER_HOLD  65536

typedef enum {
    CONSENT_OUT_INPUT,      /* points into the bytes being fed: may be forwarded without copying */
    CONSENT_OUT_SHORT,      /* valid until emit returns: copy it */
    CONSENT_OUT_KEPT        /* lives as long as the configuration given to the rewriter */
} consent_out_t;

/* Something on the page that belongs to a service, or to a host that nobody claims. */
typedef struct {
    consent_claim_t  claim;
    const char      *element;       /* "script", "iframe", … NUL-terminated, static */
    consent_str_t    host;          /* where it would have been fetched from; empty for inline scripts and own hosts */
    unsigned         neutralised:1;
} consent_found_t;

/*
 * A host of an audience measurement that may run, where no relay (relay.h) stands for it: browsers call it themselves,
 * and it sees their whole addresses. Of inline scripts only where their snippet or the policy tells the host.
 */
typedef struct {
    consent_claim_t  claim;
    consent_str_t    host;
    consent_str_t    relay;         /* the path that should stand for it; empty: the policy has none */
    consent_str_t    line;          /* of the page, as written: a tag or a line of a script; or empty */
} consent_direct_t;

/* The gateway's own markup, by its place. */
typedef enum {
    CONSENT_PART_HEAD,          /* head-safe tags: first thing in head */
    CONSENT_PART_BODY_START,    /* the banner: first child of body */
    CONSENT_PART_BODY_END       /* the permanent link: last child of body, unless the page links to endpoint */
} consent_part_t;

typedef struct {
    const consent_choices_t  *choices;
    consent_url_t             page;         /* the address of the document: relative references and "own host" */
    consent_str_t             endpoint;     /* consent_path, "/_choices/" */

    size_t                    hold;         /* most that may be held; 0: CONSENT_REWRITER_HOLD; at least 64 */
    unsigned                  observe:1;    /* monitor: report what is found, change nothing */
    unsigned                  page_for_sure:1;  /* a browser goes to it: a document, even if it begins as fragments do */

    /*
     * What to put into a document, asked for when its place is reached: ASCII, KEPT, perhaps empty. lang: the language tag of the
     * html element, empty when it has none. based: by then the page had a <base>, under which a path may lead elsewhere. NULL:
     * nothing is put in.
     */
    consent_str_t           (*part)(void *data, consent_part_t part, consent_str_t lang, int based);

    /*
     * Whether the page's own policy lets an inline script run, with script_nonce (empty: without). Only then is a
     * service's stub put before the first of its scripts that was made neutral.
     */
    unsigned                  inline_script:1;
    consent_str_t             script_nonce;

    /* 0, or -1 to stop */
    int                     (*emit)(void *data, consent_out_t kind, const char *bytes, size_t len);
    void                    (*found)(void *data, const consent_found_t *found);                       /* may be NULL */
    void                    (*direct)(void *data, const consent_direct_t *direct);                    /* may be NULL */
    void                     *data;
} consent_rewriter_conf_t;

typedef struct {
    unsigned  neutralised;      /* elements and inline scripts */
    unsigned  overflows;        /* tags and scripts made safe without having been seen whole */
    unsigned  banner:1;         /* body_start was put in */
} consent_rewriter_stats_t;

typedef struct consent_rewriter_s  consent_rewriter_t;

/* conf is copied; what it points to must outlive the rewriter. NULL when there is no memory. */
consent_rewriter_t *consent_rewriter_create(consent_arena_t *arena, const consent_rewriter_conf_t *conf);

/*
 * Feeds the next bytes; last after the final ones (len may be 0). Everything decided is emitted before it returns.
 * Returns 0, or -1 when emit failed or memory ran out.
 */
int consent_rewriter_feed(consent_rewriter_t *rewriter, const char *bytes, size_t len, int last);

/* Bytes held back until more input decides about them. */
size_t consent_rewriter_held(const consent_rewriter_t *rewriter);

const consent_rewriter_stats_t *consent_rewriter_stats(const consent_rewriter_t *rewriter);

#endif
