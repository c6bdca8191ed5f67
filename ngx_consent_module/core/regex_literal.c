/*
 * Reads the plain subset of PCRE2's syntax that call signatures are written in: literals, escapes, classes, groups,
 * alternatives, quantifiers. Anything else (inline options but a leading "(?i)", verbs, comments, \Q, hexadecimal
 * escapes, conditions) makes it give up: then the expression is tried on every text.
 */

#include <string.h>

#include "regex_literal.h"

#define CONSENT_GROUPS_MAX  16

typedef struct {
    consent_literal_t  elts[CONSENT_LITERALS_MAX];
    unsigned           n;           /* 0: nothing certain */
} consent_literals_t;

typedef struct {
    const char  *p;
    const char  *end;
    unsigned     depth;
    unsigned     gave_up:1;
} consent_regex_reader_t;

static void read_alternatives(consent_regex_reader_t *reader, consent_literals_t *out);


static int
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}


static unsigned
shortest(const consent_literals_t *literals)
{
    unsigned  i, len;

    len = literals->n > 0 ? CONSENT_LITERAL_MAX + 1 : 0;

    for (i = 0; i < literals->n; i++) {
        if (literals->elts[i].len < len) {
            len = literals->elts[i].len;
        }
    }

    return len;
}


/* Ends a run of literal bytes: the longest run, or set of runs, is the best filter. */

static void
end_run(consent_literal_t *run, consent_literals_t *best)
{
    if (run->len >= CONSENT_LITERAL_MIN && run->len > shortest(best)) {
        best->elts[0] = *run;
        best->n = 1;
    }

    run->len = 0;
}


static void
add_byte(consent_literal_t *run, consent_literals_t *best, char c)
{
    if (run->len == CONSENT_LITERAL_MAX) {
        end_run(run, best);
    }

    run->text[run->len++] = (unsigned char) c | 0x20;
}


typedef enum {
    ONCE,
    AT_LEAST_ONCE,
    PERHAPS
} consent_quantifier_t;


static consent_quantifier_t
read_quantifier(consent_regex_reader_t *reader)
{
    const char            *p;
    consent_quantifier_t   quantifier;

    if (reader->p == reader->end) {
        return ONCE;
    }

    switch (*reader->p) {
    case '+':
        quantifier = AT_LEAST_ONCE;
        reader->p++;
        break;

    case '?':
    case '*':
        quantifier = PERHAPS;
        reader->p++;
        break;

    case '{':
        for (p = reader->p + 1;
             p < reader->end && ((*p >= '0' && *p <= '9') || *p == ',' || *p == ' ');
             p++)
        {
            /* void */
        }

        if (p == reader->end || *p != '}') {
            return ONCE;
        }

        quantifier = PERHAPS;
        reader->p = p + 1;
        break;

    default:
        return ONCE;
    }

    if (reader->p < reader->end && (*reader->p == '?' || *reader->p == '+')) {
        reader->p++;
    }

    return quantifier;
}


/* From "[" to the bracket that ends the class. */

static void
skip_class(consent_regex_reader_t *reader)
{
    const char  *p, *end;

    end = reader->end;
    p = reader->p + 1;

    if (p < end && *p == '^') {
        p++;
    }

    if (p < end && *p == ']') {
        p++;
    }

    for (/* void */; p < end && *p != ']'; p++) {

        if (*p == '\\' && p + 1 < end) {
            p++;

            if (*p == 'Q' || *p == 'E') {
                reader->gave_up = 1;
            }

        } else if (*p == '[' && p + 1 < end && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
            reader->gave_up = 1;
        }
    }

    if (p == end) {
        reader->gave_up = 1;
        return;
    }

    reader->p = p + 1;
}


/* From "(" to after its ")". inside: what the group must contain; nothing when it is a look-around. */

static void
read_group(consent_regex_reader_t *reader, consent_literals_t *inside)
{
    int          looks;
    const char  *p;

    looks = 0;
    p = reader->p + 1;

    if (p < reader->end && *p == '*') {
        reader->gave_up = 1;
        return;
    }

    if (p < reader->end && *p == '?') {
        p++;

        if (p < reader->end && *p == '<') {
            p++;

            if (p == reader->end || (*p != '=' && *p != '!')) {
                reader->gave_up = 1;
                return;
            }
        }

        if (p == reader->end || (*p != ':' && *p != '=' && *p != '!')) {
            reader->gave_up = 1;
            return;
        }

        looks = (*p != ':');
        p++;
    }

    if (reader->depth == CONSENT_GROUPS_MAX) {
        reader->gave_up = 1;
        return;
    }

    reader->p = p;
    reader->depth++;

    read_alternatives(reader, inside);

    reader->depth--;

    if (reader->gave_up || reader->p == reader->end) {
        reader->gave_up = 1;
        return;
    }

    reader->p++;

    if (looks) {
        inside->n = 0;
    }
}


/* Up to the "|" or ")" that ends it, or to the end. */

static void
read_sequence(consent_regex_reader_t *reader, consent_literals_t *best)
{
    int                  zero_width;
    char                 c;
    consent_literal_t    run;
    consent_literals_t   inside;

    best->n = 0;
    run.len = 0;

    while (reader->p < reader->end && *reader->p != '|' && *reader->p != ')') {

        c = *reader->p;

        switch (c) {

        case '(':
            end_run(&run, best);
            read_group(reader, &inside);

            if (reader->gave_up) {
                return;
            }

            if (read_quantifier(reader) != PERHAPS && shortest(&inside) > shortest(best)) {
                *best = inside;
            }

            continue;

        case '[':
            end_run(&run, best);
            skip_class(reader);

            if (reader->gave_up) {
                return;
            }

            (void) read_quantifier(reader);
            continue;

        case '^':
        case '$':
            reader->p++;
            continue;

        case '.':
        case '{':
            end_run(&run, best);
            reader->p++;
            (void) read_quantifier(reader);
            continue;

        case '\\':
            if (reader->p + 1 == reader->end) {
                reader->gave_up = 1;
                return;
            }

            c = reader->p[1];
            reader->p += 2;

            if (!is_alnum(c)) {
                break;
            }

            zero_width = (strchr("bBAzZG", c) != NULL);

            if (!zero_width) {
                end_run(&run, best);

                if (strchr("dDwWsSvVhHnrtNR", c) == NULL) {
                    reader->gave_up = 1;
                    return;
                }
            }

            (void) read_quantifier(reader);
            continue;

        default:
            reader->p++;
        }

        switch (read_quantifier(reader)) {
        case ONCE:
            add_byte(&run, best, c);
            break;

        case AT_LEAST_ONCE:
            add_byte(&run, best, c);
            end_run(&run, best);
            break;

        case PERHAPS:
            end_run(&run, best);
            break;
        }
    }

    end_run(&run, best);
}


static void
read_alternatives(consent_regex_reader_t *reader, consent_literals_t *out)
{
    int                 certain;
    consent_literals_t  branch;

    out->n = 0;
    certain = 1;

    for ( ;; ) {
        read_sequence(reader, &branch);

        if (reader->gave_up) {
            return;
        }

        if (branch.n == 0 || out->n + branch.n > CONSENT_LITERALS_MAX) {
            certain = 0;
        }

        if (certain) {
            memcpy(&out->elts[out->n], branch.elts, branch.n * sizeof(branch.elts[0]));
            out->n += branch.n;
        }

        if (reader->p == reader->end || *reader->p == ')') {
            break;
        }

        reader->p++;
    }

    if (!certain) {
        out->n = 0;
    }
}


unsigned
consent_regex_literals(consent_str_t pattern, consent_literal_t out[CONSENT_LITERALS_MAX])
{
    consent_literals_t      literals;
    consent_regex_reader_t  reader;

    if (consent_str_starts(pattern, CONSENT_STR("(?i)"))) {
        pattern.data += 4;
        pattern.len -= 4;
    }

    memset(&reader, 0, sizeof(reader));
    reader.p = pattern.data;
    reader.end = pattern.data + pattern.len;

    read_alternatives(&reader, &literals);

    if (reader.gave_up || reader.p != reader.end) {
        return 0;
    }

    memcpy(out, literals.elts, literals.n * sizeof(literals.elts[0]));

    return literals.n;
}
