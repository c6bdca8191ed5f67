/*
 * The states are those of WHATWG HTML 13.2.5, under its names, with its section numbers. Several of the standard's
 * states share one here where they differ only in what text they emit. Three things are done for speed, and none
 * changes what is found: text is skipped with memchr, a tag that lies in the buffer as a whole and is written as nearly
 * all tags are is skipped without the state machine, and what that skip cannot be sure of goes through the states after
 * all.
 */

#include <string.h>

#include "ascii.h"
#include "scanner.h"
#include "scanner_skip.h"

typedef enum {
    TEXT,                       /* 13.2.5.1 to 5, by mode; script data with its escaped states, 20 to 22, 28 to 30 */
    TAG_OPEN,                   /* 6 */
    END_TAG_OPEN,               /* 7 */
    TAG_NAME,                   /* 8 */
    RAW_LESS_THAN,              /* 9, 12, 15, 23, 31: RCDATA, RAWTEXT, script data less-than sign */
    RAW_END_TAG_OPEN,           /* 10, 13, 16, 24 */
    RAW_END_TAG_NAME,           /* 11, 14, 17, 25 */
    SCRIPT_ESCAPE_START,        /* 18 */
    SCRIPT_ESCAPE_START_DASH,   /* 19 */
    SCRIPT_DOUBLE_ESCAPE_START, /* 26 */
    SCRIPT_DOUBLE_ESCAPE_END,   /* 31 */
    BEFORE_ATTRIBUTE_NAME,      /* 32 */
    ATTRIBUTE_NAME,             /* 33 */
    AFTER_ATTRIBUTE_NAME,       /* 34 */
    BEFORE_ATTRIBUTE_VALUE,     /* 35 */
    VALUE_DOUBLE_QUOTED,        /* 36 */
    VALUE_SINGLE_QUOTED,        /* 37 */
    VALUE_UNQUOTED,             /* 38 */
    AFTER_VALUE_QUOTED,         /* 39 */
    SELF_CLOSING_START_TAG,     /* 40 */
    BOGUS_COMMENT,              /* 41; also 53 to 68: a doctype ends at the first ">" like it */
    MARKUP_DECLARATION_OPEN,    /* 42 */
    COMMENT_START,              /* 43 */
    COMMENT_START_DASH,         /* 44 */
    COMMENT,                    /* 45 */
    COMMENT_END_DASH,           /* 50 */
    COMMENT_END,                /* 51 */
    COMMENT_END_BANG,           /* 52 */
    CDATA_BRACKET,              /* 70 */
    CDATA_END                   /* 71 */
} state_t;


static inline void
begin_name(consent_scanner_t *s)
{
    s->name_len = 0;
    memset(s->name, 0, sizeof(s->name));
}


static inline void
add_to_name(consent_scanner_t *s, char c)
{
    if (s->name_len < CONSENT_NAME_MAX) {
        s->name[s->name_len++] = consent_to_lower(c);
    }
}


/* States in which the bytes since "<" may still turn out to be a tag. */

static inline int
is_held(unsigned state)
{
    return state != TEXT && state < BOGUS_COMMENT
           && state != SCRIPT_ESCAPE_START && state != SCRIPT_ESCAPE_START_DASH
           && state != SCRIPT_DOUBLE_ESCAPE_START && state != SCRIPT_DOUBLE_ESCAPE_END;
}


void
consent_scanner_init(consent_scanner_t *s, size_t limit)
{
    memset(s, 0, sizeof(*s));
    s->limit = limit;
}


void
consent_scanner_text(consent_scanner_t *s, consent_text_mode_t mode)
{
    s->mode = mode;
    s->escaped = 0;
    s->dashes = 0;
    s->last_len = s->name_len;
    memcpy(s->last, s->name, s->name_len);
}


int
consent_scanner_held_is_text(const consent_scanner_t *s)
{
    return s->state == TAG_OPEN || s->state == END_TAG_OPEN
           || s->state == RAW_LESS_THAN || s->state == RAW_END_TAG_OPEN || s->state == RAW_END_TAG_NAME;
}


size_t
consent_scanner_cdata_end(const consent_scanner_t *s)
{
    return s->state == CDATA_END ? 2 : s->state == CDATA_BRACKET;
}


/* An "appropriate end tag token" (13.2.5). */

static int
is_appropriate(const consent_scanner_t *s)
{
    return s->name_len == s->last_len && s->name_len < CONSENT_NAME_MAX && memcmp(s->name, s->last, s->name_len) == 0;
}


/* The end of script text up to where something may begin or end: "<", or a dash while escaped. */

static const char *
skip_script(consent_scanner_t *s, const char *p, const char *end)
{
    const char  *lt;

    if (s->escaped == 0) {
        lt = memchr(p, '<', (size_t) (end - p));
        return lt ? lt : end;
    }

    for ( ; p < end; p++) {
        switch (*p) {
        case '<':
            s->dashes = 0;
            return p;

        case '-':
            if (s->dashes < 2) {
                s->dashes++;
            }

            break;

        case '>':
            if (s->dashes == 2) {
                s->escaped = 0;
                s->dashes = 0;
                return p + 1;
            }

            /* fall through */

        default:
            s->dashes = 0;
        }
    }

    return p;
}


const char *
consent_scanner_run(consent_scanner_t *s, const char *p, const char *end, consent_scan_t *event)
{
    char         c;
    size_t       before;        /* bytes of the tag read in earlier calls */
    const char  *from, *stop, *q;

    /*
     * from is where the tag began, or where this call did if the tag is older. stop is where its length would exceed
     * the limit, so that the limit falls on the same byte however the input is cut.
     */

    before = is_held(s->state) ? s->held : 0;
    from = p;
    stop = (is_held(s->state) && s->limit - before < (size_t) (end - p)) ? p + (s->limit - before) : end;

    while (p < stop) {
        c = *p;

        switch (s->state) {

        case TEXT:
            switch (s->mode) {
            case CONSENT_TEXT_PLAINTEXT:
                p = end;
                continue;

            case CONSENT_TEXT_CDATA:
                p = memchr(p, ']', (size_t) (end - p));
                if (p == NULL) {
                    p = end;
                    continue;
                }

                p++;
                s->state = CDATA_BRACKET;
                continue;

            case CONSENT_TEXT_SCRIPT:
                p = skip_script(s, p, end);
                if (p == end || *p != '<') {
                    continue;
                }

                break;

            default:
                p = consent_find_less_than(p, end);
                if (p == end) {
                    continue;
                }
            }

            from = p;
            before = 0;

            if (s->mode == CONSENT_TEXT_DATA) {
                q = consent_skip_tag(s, p, end);
                if (q != NULL) {
                    s->held = (size_t) (q - from);
                    *event = CONSENT_SCAN_TAG;
                    return q;
                }

                s->state = TAG_OPEN;

            } else {
                s->state = RAW_LESS_THAN;
            }

            stop = s->limit < (size_t) (end - p) ? p + s->limit : end;
            p++;
            continue;

        case TAG_OPEN:
            s->hints = CONSENT_HINT_ALL;
            begin_name(s);
            s->end_tag = 0;
            s->self_closing = 0;

            if (consent_is_alpha(c)) {
                s->state = TAG_NAME;
                continue;
            }

            if (c == '/') {
                s->state = END_TAG_OPEN;
                p++;
                continue;
            }

            if (c == '!') {
                s->state = MARKUP_DECLARATION_OPEN;
                s->matched = 0;
                s->doctype = 0;
                p++;
                goto declaration;
            }

            if (c == '?') {
                s->state = BOGUS_COMMENT;
                s->doctype = 0;
                p++;
                goto declaration;
            }

            s->state = TEXT;
            stop = end;
            continue;

        case END_TAG_OPEN:
            s->end_tag = 1;

            if (consent_is_alpha(c)) {
                s->state = TAG_NAME;
                continue;
            }

            /* "</>" is dropped: to whoever reads only tags it is text; everything else is a bogus comment */

            if (c == '>') {
                s->state = TEXT;
                stop = end;
                p++;
                continue;
            }

            s->state = BOGUS_COMMENT;
            s->doctype = 0;
            goto declaration;

        case TAG_NAME:
            if (c == '>') {
                goto tag;
            }

            p++;

            if (consent_is_space(c)) {
                s->state = BEFORE_ATTRIBUTE_NAME;
                goto attribute;     /* even a name may have been too long */
            }

            if (c == '/') {
                s->state = SELF_CLOSING_START_TAG;
                goto attribute;
            }

            add_to_name(s, c);
            continue;

        case RAW_LESS_THAN:
            if (c == '/') {
                s->state = RAW_END_TAG_OPEN;
                begin_name(s);
                p++;
                continue;
            }

            stop = end;
            s->state = TEXT;

            if (s->mode != CONSENT_TEXT_SCRIPT) {
                continue;
            }

            if (c == '!' && s->escaped == 0) {
                s->state = SCRIPT_ESCAPE_START;
                p++;

            } else if (s->escaped == 1 && consent_is_alpha(c)) {
                s->state = SCRIPT_DOUBLE_ESCAPE_START;
                begin_name(s);
            }

            continue;

        case RAW_END_TAG_OPEN:
            if (s->mode == CONSENT_TEXT_SCRIPT && s->escaped == 2) {
                s->state = SCRIPT_DOUBLE_ESCAPE_END;
                stop = end;
                continue;
            }

            s->state = consent_is_alpha(c) ? RAW_END_TAG_NAME : TEXT;

            if (s->state == TEXT) {
                stop = end;
            }

            continue;

        case RAW_END_TAG_NAME:
            if (consent_is_alpha(c)) {
                if (s->name_len < CONSENT_NAME_MAX) {
                    add_to_name(s, c);
                    p++;
                    continue;
                }

            } else if ((consent_is_space(c) || c == '/' || c == '>') && is_appropriate(s)) {
                s->hints = CONSENT_HINT_ALL;
                s->end_tag = 1;
                s->self_closing = 0;

                if (c == '>') {
                    goto tag;
                }

                s->state = c == '/' ? SELF_CLOSING_START_TAG : BEFORE_ATTRIBUTE_NAME;
                p++;
                continue;
            }

            s->state = TEXT;
            stop = end;
            continue;

        case SCRIPT_ESCAPE_START:
            s->state = c == '-' ? SCRIPT_ESCAPE_START_DASH : TEXT;
            p += c == '-';
            continue;

        case SCRIPT_ESCAPE_START_DASH:
            s->state = TEXT;

            if (c == '-') {
                s->escaped = 1;
                s->dashes = 2;
                p++;
            }

            continue;

        case SCRIPT_DOUBLE_ESCAPE_START:
        case SCRIPT_DOUBLE_ESCAPE_END:
            if (consent_is_alpha(c)) {
                add_to_name(s, c);
                p++;
                continue;
            }

            if ((consent_is_space(c) || c == '/' || c == '>') && s->name_len == 6 && memcmp(s->name, "script", 6) == 0) {
                s->escaped = s->state == SCRIPT_DOUBLE_ESCAPE_START ? 2 : 1;
                p++;
            }

            s->dashes = 0;
            s->state = TEXT;
            continue;

        case BEFORE_ATTRIBUTE_NAME:
            if (c == '>') {
                goto tag;
            }

            if (c == '/') {
                s->state = SELF_CLOSING_START_TAG;

            } else if (!consent_is_space(c)) {
                s->state = ATTRIBUTE_NAME;      /* even "=" (unexpected-equals-sign-before-attribute-name) */
            }

            p++;
            continue;

        case ATTRIBUTE_NAME:
            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;

            } else if (c == '>') {
                goto tag;

            } else if (c == '/') {
                s->state = SELF_CLOSING_START_TAG;
                p++;
                goto attribute;

            } else if (consent_is_space(c)) {
                s->state = AFTER_ATTRIBUTE_NAME;
            }

            p++;
            continue;

        case AFTER_ATTRIBUTE_NAME:
            if (consent_is_space(c)) {
                p++;
                continue;
            }

            if (c == '=') {
                s->state = BEFORE_ATTRIBUTE_VALUE;
                p++;
                continue;
            }

            s->state = BEFORE_ATTRIBUTE_NAME;
            goto attribute;

        case BEFORE_ATTRIBUTE_VALUE:
            if (c == '>') {
                goto tag;
            }

            if (c == '"') {
                s->state = VALUE_DOUBLE_QUOTED;

            } else if (c == '\'') {
                s->state = VALUE_SINGLE_QUOTED;

            } else if (!consent_is_space(c)) {
                s->state = VALUE_UNQUOTED;
            }

            p++;
            continue;

        case VALUE_DOUBLE_QUOTED:
        case VALUE_SINGLE_QUOTED:
            q = memchr(p, s->state == VALUE_DOUBLE_QUOTED ? '"' : '\'', (size_t) (stop - p));
            if (q == NULL) {
                p = stop;
                continue;
            }

            p = q + 1;
            s->state = AFTER_VALUE_QUOTED;
            goto attribute;

        case VALUE_UNQUOTED:
            if (c == '>') {
                goto tag;
            }

            p++;

            if (consent_is_space(c)) {
                s->state = BEFORE_ATTRIBUTE_NAME;
                goto attribute;
            }

            continue;

        case AFTER_VALUE_QUOTED:
            s->state = BEFORE_ATTRIBUTE_NAME;   /* also when the white space between attributes is missing */
            continue;

        case SELF_CLOSING_START_TAG:
            if (c == '>') {
                s->self_closing = 1;
                goto tag;
            }

            s->state = BEFORE_ATTRIBUTE_NAME;
            continue;

        case BOGUS_COMMENT:
            q = memchr(p, '>', (size_t) (end - p));
            if (q == NULL) {
                p = end;
                continue;
            }

            p = q + 1;
            s->state = TEXT;
            goto declaration_end;

        case MARKUP_DECLARATION_OPEN:

            /* "--", "[CDATA[" or "doctype", told apart by their first byte; a doctype is a bogus comment with a name */

            if (c == '-' && s->matched == 0) {
                s->matched = 1;
                p++;

            } else if (c == '-' && s->matched == 1) {
                s->state = COMMENT_START;
                p++;

            } else if (s->cdata && (s->matched & ~7) == (s->matched ? 8 : 0) && c == "[CDATA["[s->matched & 7]) {
                s->matched = s->matched == 0 ? 9 : (unsigned char) (s->matched + 1);
                p++;

                if (s->matched == 15) {
                    s->state = TEXT;
                    s->mode = CONSENT_TEXT_CDATA;
                    goto declaration_end;
                }

            } else if ((s->matched == 0 || s->matched > 16) && consent_to_lower(c) == "doctype"[s->matched & 7]) {
                s->matched = s->matched == 0 ? 17 : (unsigned char) (s->matched + 1);
                p++;

                if (s->matched == 23) {
                    s->doctype = 1;
                    s->state = BOGUS_COMMENT;
                }

            } else {
                s->state = BOGUS_COMMENT;
            }

            continue;

        case COMMENT_START:
            if (c == '>') {
                s->state = TEXT;
                p++;
                goto declaration_end;
            }

            s->state = c == '-' ? COMMENT_START_DASH : COMMENT;
            p += c == '-';
            continue;

        case COMMENT_START_DASH:
            if (c == '>') {
                s->state = TEXT;
                p++;
                goto declaration_end;
            }

            s->state = c == '-' ? COMMENT_END : COMMENT;
            p += c == '-';
            continue;

        case COMMENT:

            /* 46 to 49, "<!" inside a comment, change nothing of where it ends */

            q = memchr(p, '-', (size_t) (end - p));
            if (q == NULL) {
                p = end;
                continue;
            }

            p = q + 1;
            s->state = COMMENT_END_DASH;
            continue;

        case COMMENT_END_DASH:
            s->state = c == '-' ? COMMENT_END : COMMENT;
            p += c == '-';
            continue;

        case COMMENT_END:
            if (c == '>') {
                s->state = TEXT;
                p++;
                goto declaration_end;
            }

            if (c == '!') {
                s->state = COMMENT_END_BANG;

            } else if (c != '-') {
                s->state = COMMENT;
                continue;
            }

            p++;
            continue;

        case COMMENT_END_BANG:
            if (c == '>') {
                s->state = TEXT;
                p++;
                goto declaration_end;
            }

            s->state = c == '-' ? COMMENT_END_DASH : COMMENT;
            p += c == '-';
            continue;

        case CDATA_BRACKET:
            s->state = c == ']' ? CDATA_END : TEXT;
            p += c == ']';
            continue;

        case CDATA_END:
            if (c == '>') {
                s->state = TEXT;
                s->mode = CONSENT_TEXT_DATA;
                p++;
                goto declaration_end;
            }

            if (c == ']') {
                p++;

            } else {
                s->state = TEXT;
            }

            continue;
        }

    attribute:

        if (s->by_attribute) {
            s->held = before + (size_t) (p - from);
            *event = CONSENT_SCAN_ATTRIBUTE;

            return p;
        }

        continue;

    declaration:

        stop = end;

        if (s->declarations) {
            s->held = before + (size_t) (p - from);
            *event = CONSENT_SCAN_DECLARATION;

            return p;
        }

        continue;

    declaration_end:

        if (s->declarations) {
            s->held = 0;
            *event = CONSENT_SCAN_DECLARATION_END;

            return p;
        }

        continue;

    tag:

        p++;

        s->held = before + (size_t) (p - from);
        s->state = TEXT;
        s->by_attribute = 0;

        if (s->end_tag) {
            s->mode = CONSENT_TEXT_DATA;
        }

        *event = CONSENT_SCAN_TAG;

        return p;
    }

    s->held = is_held(s->state) ? before + (size_t) (p - from) : 0;

    if (is_held(s->state) && s->held == s->limit) {
        s->by_attribute = 1;
        *event = CONSENT_SCAN_LIMIT;

    } else {
        *event = CONSENT_SCAN_MORE;
    }

    return p;
}
