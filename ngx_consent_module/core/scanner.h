/*
 * The tokenizer of the HTML standard (WHATWG HTML, 13.2.5) as far as tags are concerned: it says where each tag begins
 * and ends, in which mode the text between them is read, and nothing else. Attributes are lexed by attributes.h from
 * the bytes of a tag, and only when somebody wants them.
 *
 * It may be stopped and resumed at every byte and keeps no bytes itself: held says how many of the last ones belong to
 * something that may still be a tag, which the caller must keep if it wants the tag as a whole.
 */

#ifndef CONSENT_SCANNER_H
#define CONSENT_SCANNER_H

#include <stddef.h>

typedef enum {
    CONSENT_TEXT_DATA,
    CONSENT_TEXT_RCDATA,
    CONSENT_TEXT_RAWTEXT,
    CONSENT_TEXT_SCRIPT,
    CONSENT_TEXT_PLAINTEXT,
    CONSENT_TEXT_CDATA
} consent_text_mode_t;

typedef enum {
    CONSENT_SCAN_MORE,              /* every byte was read */
    CONSENT_SCAN_TAG,               /* a tag ends here; held is its length */
    CONSENT_SCAN_LIMIT,             /* held has reached limit and the tag goes on; see below */
    CONSENT_SCAN_ATTRIBUTE,         /* in such a tag: an attribute ends here */
    CONSENT_SCAN_DECLARATION,       /* a comment, doctype or the like begins: its first held bytes were read */
    CONSENT_SCAN_DECLARATION_END    /* and ends, or what follows is text of a CDATA section */
} consent_scan_t;

/* Longer names are cut: no element that matters has one. */
#define CONSENT_NAME_MAX  16

/* What a tag may contain, so that most need not be lexed. Hints may be wrong only by being set. */
#define CONSENT_HINT_STYLE       0x01   /* a parenthesis, maybe as a character reference */
#define CONSENT_HINT_BACKGROUND  0x02   /* the letters "kg" */
#define CONSENT_HINT_NGXC        0x04   /* the letters "xc" */
#define CONSENT_HINT_PAIR        0x08   /* the two bytes in pair */
#define CONSENT_HINT_ALL         0x0f

typedef struct {
    unsigned char  state;
    unsigned char  mode;            /* consent_text_mode_t of the text that is being read */
    unsigned char  escaped;         /* script data: 0, 1 escaped, 2 double escaped */
    unsigned char  dashes;          /* script data escaped: "-" just read, at most 2 */
    unsigned char  matched;         /* bytes of "--", "[CDATA[", "doctype" or "script" */
    unsigned char  hints;
    unsigned char  name_len;
    unsigned char  last_len;

    unsigned       end_tag:1;
    unsigned       self_closing:1;
    unsigned       doctype:1;       /* the declaration that ends is a doctype */
    unsigned       by_attribute:1;  /* inside a tag that has reached the limit */

    unsigned       cdata:1;         /* set by the caller: the adjusted current node is not in the HTML namespace */
    unsigned       declarations:1;  /* set by the caller: report declarations */
    char           pair[2];         /* set by the caller: what to give a hint of */

    char           name[CONSENT_NAME_MAX];   /* of the tag, lower case, NUL-padded */
    char           last[CONSENT_NAME_MAX];   /* of the last start tag: what ends raw text */

    size_t         held;
    size_t         limit;
} consent_scanner_t;

/* limit: how long a tag may be held. */
void consent_scanner_init(consent_scanner_t *scanner, size_t limit);

/*
 * Reads until something is to be said; returns where that is.
 *
 * A tag that reaches the limit is reported once with CONSENT_SCAN_LIMIT and goes on attribute by attribute: the caller
 * sets held to the bytes that it still keeps (those of the unfinished attribute), and gets CONSENT_SCAN_ATTRIBUTE at
 * the end of each, held being its length with the white space before it, CONSENT_SCAN_LIMIT again for an attribute that
 * is too long itself, and CONSENT_SCAN_TAG at the end, held covering the rest.
 */
const char *consent_scanner_run(consent_scanner_t *scanner, const char *p, const char *end, consent_scan_t *event);

/*
 * The mode of the text after a start tag that was just reported (13.2.6.2 and the tree construction rules; tree.h knows
 * which).
 */
void consent_scanner_text(consent_scanner_t *scanner, consent_text_mode_t mode);

/* Whether the held bytes are text should the input end here; the beginning of a tag is dropped instead. */
int consent_scanner_held_is_text(const consent_scanner_t *scanner);

/* How many of the last bytes may be the beginning of the "]]>" that ends a CDATA section. */
size_t consent_scanner_cdata_end(const consent_scanner_t *scanner);

/* Whether it stands in ordinary text, nothing begun. */
static inline int
consent_scanner_in_text(const consent_scanner_t *scanner)
{
    return scanner->state == 0 && scanner->mode == CONSENT_TEXT_DATA;
}

#endif
