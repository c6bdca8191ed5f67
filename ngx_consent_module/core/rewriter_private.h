/*
 * What the files of the rewriter share: rewriter.c drives the scanners, rewriter_bytes.c moves bytes, rewriter_tag.c
 * decides about start tags, rewriter_long.c about those too long to be held, rewriter_script.c about inline scripts,
 * rewriter_style.c about style sheets, rewriter_open.c about what an address holds; rewriter_relay.c has a service's
 * relay stand for its hosts.
 *
 * Positions are offsets into the whole input. Input up to emitted has left, rewritten or not. What the scanners may
 * still come back to is kept in hold, from hold_from on; bytes from chunk_from to chunk_to are those being fed.
 */

#ifndef CONSENT_REWRITER_PRIVATE_H
#define CONSENT_REWRITER_PRIVATE_H

#include "css.h"
#include "document.h"
#include "load.h"
#include "neutral.h"
#include "rewriter.h"
#include "tree.h"

#define CONSENT_REWRITER_STAGE  1024
#define CONSENT_SRCDOC_DEPTH    3

/* What text that is being read is to the rewriter. */
typedef enum {
    CONSENT_CONTENT_PLAIN,
    CONSENT_CONTENT_STYLE,          /* a style sheet */
    CONSENT_CONTENT_NOSCRIPT,       /* markup to browsers without scripting */
    CONSENT_CONTENT_CDATA,          /* markup to preload scanners, behind its first ">": to them it is a bogus comment */
    CONSENT_CONTENT_SCRIPT          /* an inline script that is not decided yet */
} consent_content_t;

typedef enum {
    CONSENT_LONG_NONE,
    CONSENT_LONG_STYLE,
    CONSENT_LONG_STYLE_CUT,         /* its rest is left out */
    CONSENT_LONG_SRCDOC
} consent_long_value_t;

/* One scanner and what belongs to it: for the page, and for the content of a noscript element in it. */
typedef struct {
    consent_scanner_t  scanner;
    consent_tree_t     tree;
    size_t             position;        /* the scanner has read up to here */
    size_t             text_from;       /* text before was looked at */
    unsigned char      content;         /* consent_content_t */
    unsigned           content_depth;   /* of svg style and script: open elements, themselves among them */
    unsigned           cut_depth;       /* of an svg style whose text is left out from here on, or 0 */
    unsigned           begins:1;        /* content has just begun */
    unsigned           raw:1;           /* in raw text: the next tag is the end tag of its element */
    unsigned           declaration:1;   /* in a comment or the like */
    unsigned           cdata:1;         /* in a CDATA section */
    unsigned           inner:1;         /* of a noscript element */

    /* a tag that is longer than is held */
    unsigned           long_tag:1;
    unsigned           long_dropped:1;  /* its rest is left out */
    unsigned           long_passing:1;  /* so is decided the attribute that is being read: let through */
    unsigned           long_quoted:1;   /* the value of long_value */
    unsigned           long_script:1;   /* so far an inline script */
    unsigned char      long_value;      /* consent_long_value_t: an attribute that is read window by window */
    unsigned char      long_begins;
    unsigned char      long_mode;
    unsigned char      long_ns;
} consent_context_t;

typedef struct {
    unsigned       active:1;            /* held, whole */
    unsigned       tail:1;              /* too long to be held: let through, and looked at window by window */
    unsigned       found:1;             /* it is of a service that may not be loaded */
    unsigned       svg:1;
    unsigned       spoofed:1;
    unsigned char  kind;                /* consent_script_t: not external */
    size_t         tag_from;            /* of its start tag */
    size_t         text_from;
    size_t         window_from;
} consent_inline_t;

/* What was found in a tag of hosts that a relay is for: how often, and the last one. */
typedef struct {
    unsigned         n;
    unsigned         in_tag:1;          /* it is not yet known whether it can be changed */
    consent_claim_t  claim;
    size_t           nhost;
    char             host[256];
} consent_relayed_t;

struct consent_rewriter_s {
    consent_arena_t           *arena;
    consent_rewriter_conf_t    conf;
    consent_rewriter_stats_t   stats;
    consent_judge_t            judge;
    consent_document_t         document;
    consent_sink_t             sink;            /* into stage */
    consent_decoded_t          decoded;

    const char                *chunk;
    size_t                     chunk_from;
    size_t                     chunk_to;
    char                      *hold;
    size_t                     hold_from;
    size_t                     hold_to;
    size_t                     hold_size;
    size_t                     emitted;

    consent_context_t          page;
    consent_context_t          noscript;
    consent_inline_t           script;
    consent_css_t              css;
    size_t                     css_from;
    consent_relayed_t          relayed;
    size_t                     relayed_to;      /* inline scripts were looked at up to here */

    unsigned char              depth;           /* of srcdoc */
    unsigned                   failed:1;
    unsigned                   based:1;         /* the first <base href> was seen */
    unsigned                   linked:1;        /* the page has a link to the endpoint, or ours */
    unsigned                   changed:1;       /* without having made anything neutral */
    unsigned                   opening:1;       /* a style sheet in an address is being read */
    unsigned                   css_mixed:1;     /* a reference with character references in it, from css_from on */
    unsigned                   css_dropping:1;  /* the rest of a reference that was replaced */
    unsigned char              stubbed[CONSENT_MAX_SERVICES / 8];

    consent_url_scratch_t     *base_scratch;
    consent_rewriter_t        *nested;          /* for srcdoc */
    consent_decoded_t          nested_text;
    consent_blocked_t          nested_blocked;
    consent_decoded_t          opened;          /* what an address holds */

    size_t                     staged;
    char                       stage[CONSENT_REWRITER_STAGE];
};

/* rewriter_bytes.c: input from one position to another in one piece; valid until the next call. */
consent_str_t consent_rewriter_input(consent_rewriter_t *rw, size_t from, size_t to);

/* Lets input through up to a position; leaves it out; puts something else in its place. */
void consent_rewriter_pass(consent_rewriter_t *rw, size_t to);
void consent_rewriter_drop(consent_rewriter_t *rw, size_t to);
void consent_rewriter_put(consent_rewriter_t *rw, consent_str_t s);
void consent_rewriter_put_kept(consent_rewriter_t *rw, consent_str_t s);

/* The sink's end: a small buffer, and emptying it. Keeping what was fed and may still be asked for. */
void consent_rewriter_stage(void *rewriter, const char *bytes, size_t len);
void consent_rewriter_flush(consent_rewriter_t *rw);
void consent_rewriter_keep(consent_rewriter_t *rw);

/* rewriter_tag.c: a start tag from one position to the scanner's own. */
void consent_rewriter_start_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from);

/* The href of a <base>, as written; data is NULL when it has none. */
void consent_rewriter_base(consent_rewriter_t *rw, consent_str_t href);

/* How the content of an element that begins is read. */
void consent_rewriter_text_mode(consent_context_t *ctx, const consent_element_t *element, consent_ns_t ns,
    consent_text_mode_t mode);

/*
 * A srcdoc, as written: whether it has to be changed, and what was found in it in nested_blocked; then srcdoc="…" as it
 * is to be.
 */
int consent_rewriter_judge_srcdoc(consent_rewriter_t *rw, consent_str_t raw);
void consent_rewriter_put_srcdoc(consent_rewriter_t *rw, consent_str_t raw);

/* A rewriter for a document in a srcdoc: report and write, or one of them. */
int consent_rewriter_nest(consent_rewriter_t *rw, int report, int write);

/* rewriter_open.c: the judge's open(); rewriter: a consent_rewriter_t. */
int consent_rewriter_open(void *rewriter, const char *element, consent_str_t ref, consent_blocked_t *blocked);

/* rewriter_long.c: a tag that has reached the limit, an attribute of it, and its end. */
void consent_rewriter_long_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from);
void consent_rewriter_long_attribute(consent_rewriter_t *rw, consent_context_t *ctx, size_t from, int ended);
void consent_rewriter_long_end(consent_rewriter_t *rw, consent_context_t *ctx, size_t from);

/* Input, or the element around it, ends inside of a tag: what was not decided by then is left out. */
void consent_rewriter_long_abandon(consent_rewriter_t *rw, consent_context_t *ctx, size_t at);

/* Writes the neutral form of a start tag. */
void consent_rewriter_neutral(consent_rewriter_t *rw, const consent_element_t *element, consent_str_t tag,
    int self_closing, const consent_blocked_t *blocked, consent_str_t url, int whole);

/* The tag as it is but for attributes that carry our names. */
void consent_rewriter_unspoof(consent_rewriter_t *rw, consent_str_t tag);

/*
 * rewriter_style.c: a style sheet begins; its text from one position to another, in which markup may count; something
 * stands in it at a position; it ends there. What is left of text, a character reference without its end unless ends
 * is set, begins at the position that is returned.
 */
void consent_rewriter_style_begin(consent_rewriter_t *rw);
size_t consent_rewriter_style_text(consent_rewriter_t *rw, size_t from, size_t to, int markup, int ends);
void consent_rewriter_style_interrupt(consent_rewriter_t *rw, size_t position);
void consent_rewriter_style_end(consent_rewriter_t *rw, size_t position);

/* Up to where all is decided, when its text has come to a position. */
size_t consent_rewriter_style_decided(const consent_rewriter_t *rw, size_t position);

/* rewriter_script.c: an inline script begins; its text has come to a position; it ends before its end tag there. */
void consent_rewriter_script_begin(consent_rewriter_t *rw, consent_context_t *ctx, size_t tag_from,
    const consent_load_t *load, consent_ns_t ns);

/* The same behind a start tag that has left already. */
void consent_rewriter_script_watch(consent_rewriter_t *rw, consent_context_t *ctx, consent_ns_t ns);

/* Where it has to be decided at the latest, and that. */
size_t consent_rewriter_script_stop(const consent_rewriter_t *rw);
void consent_rewriter_script_limit(consent_rewriter_t *rw);
void consent_rewriter_script_end(consent_rewriter_t *rw, size_t to);

/*
 * A tag inside an svg script: its text goes on behind it, but nothing may be held across. Returns 1 when it is decided.
 */
int consent_rewriter_script_interrupt(consent_rewriter_t *rw, size_t at);

/* The stubs of services whose script is about to be made neutral. */
void consent_rewriter_stubs(consent_rewriter_t *rw, const consent_blocked_t *blocked);

/*
 * rewriter_relay.c: what the judge finds; a tag of which it may find something; what of that can be changed, with load as
 * it was judged; whether a script that is inert is read for it all the same; source of a script, at a position.
 */
void consent_rewriter_relay_found(void *rewriter, const consent_found_t *found);
void consent_rewriter_relay_begin(consent_rewriter_t *rw);
void consent_rewriter_relay_tag(consent_rewriter_t *rw, const consent_element_t *element, size_t from, consent_str_t tag,
    const consent_load_t *load);
int consent_rewriter_relay_waits(const consent_rewriter_t *rw, consent_str_t tag);
void consent_rewriter_relay_script(consent_rewriter_t *rw, size_t from, consent_str_t text);

/* rewriter.c: ready for another document. */
void consent_rewriter_reset(consent_rewriter_t *rw, const consent_rewriter_conf_t *conf);

#endif
