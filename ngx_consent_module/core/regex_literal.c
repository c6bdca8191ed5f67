/*
 * Reads the plain subset of PCRE2's syntax that call signatures are written in: literals, escapes, classes, groups,
 * alternatives, quantifiers. Anything else (inline options but a leading "(?i)", verbs, comments, \Q, hexadecimal
 * escapes, conditions) makes it give up: then the expression is tried on every text.
 *
 * What stands in a row is kept as a set of runs, one for each way to write it: a small class or a group of plain words
 * multiplies them. The set that is least to be expected in a script is the best filter.
 */

#include <string.h>

#include "regex_literal.h"

#define CONSENT_GROUPS_MAX  16
#define CONSENT_CLASS_MAX   4

typedef struct {
    consent_literal_t  elts[CONSENT_LITERALS_MAX];
    unsigned           n;           /* 0: nothing certain */
} consent_literals_t;

/* What was read of an expression or a part of it. */
typedef struct {
    consent_literals_t  best;       /* every match contains one of these */
    consent_literals_t  head;       /* every match begins with one of these, perhaps empty */
    unsigned            exact:1;    /* and is nothing more */
} consent_reading_t;

typedef struct {
    const char  *p;
    const char  *end;
    unsigned     depth;
    unsigned     gave_up:1;
} consent_regex_reader_t;

/* Where a sequence stands. */
typedef struct {
    consent_literals_t   runs;      /* what the last bytes are, in each way to write them */
    consent_reading_t   *reading;
    unsigned             broken:1;  /* the head has ended */
} consent_sequence_t;

static void read_alternatives(consent_regex_reader_t *reader, consent_reading_t *out);


static int
is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}


/* How little a byte is to be expected in a script, in bits, roughly. */

static unsigned
surprise(unsigned char c)
{
    return strchr("'\".,()=", c) != NULL ? 3
           : strchr("etaoinsrlcdu", c) != NULL ? 4
           : strchr("mpfghbvwy:/-", c) != NULL ? 5 : 7;
}


/* Words that most scripts are full of. */

static int
is_everywhere(const consent_literal_t *literal)
{
    unsigned                    i;
    static const consent_str_t  words[] = {
        { "document", 8 }, { "window", 6 }, { "create", 6 }, { "config", 6 }, { "event", 5 }, { "init", 4 },
        { "load", 4 }, { "ready", 5 }, { "require", 7 }, { "script", 6 }, { "track", 5 }, { "push", 4 },
        { "account", 7 }, { "google", 6 }
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (literal->len <= words[i].len + 1 && literal->len >= words[i].len
            && memcmp(literal->text, words[i].data, words[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* Of the worst of them; 0 when one is too short. */

static unsigned
worth(const consent_literals_t *literals)
{
    unsigned                  i, k, sum, least;
    const consent_literal_t  *literal;

    least = 0;

    for (i = 0; i < literals->n; i++) {
        literal = &literals->elts[i];

        if (literal->len < CONSENT_LITERAL_MIN) {
            return 0;
        }

        for (sum = 1, k = 0; k < literal->len && !is_everywhere(literal); k++) {
            sum += surprise(literal->text[k]);
        }

        least = i == 0 || sum < least ? sum : least;
    }

    return least;
}


static void
propose(const consent_literals_t *literals, consent_literals_t *best)
{
    if (worth(literals) > worth(best)) {
        *best = *literals;
    }
}


static void
set_empty(consent_literals_t *runs)
{
    runs->n = 1;
    runs->elts[0].len = 0;
}


/* What comes next is not known to the byte. */

static void
end_runs(consent_sequence_t *sequence)
{
    if (!sequence->broken) {
        sequence->reading->head = sequence->runs;
        sequence->broken = 1;
    }

    propose(&sequence->runs, &sequence->reading->best);
    set_empty(&sequence->runs);
}


/* What comes next is one of some texts. */

static void
add_texts(consent_sequence_t *sequence, const consent_literals_t *texts)
{
    unsigned             i, k;
    consent_literal_t   *run;
    consent_literals_t   runs;

    runs.n = 0;

    for (i = 0; i < sequence->runs.n; i++) {
        for (k = 0; k < texts->n; k++) {
            if (runs.n == CONSENT_LITERALS_MAX
                || sequence->runs.elts[i].len + texts->elts[k].len > CONSENT_LITERAL_MAX)
            {
                end_runs(sequence);
                sequence->runs = *texts;
                return;
            }

            run = &runs.elts[runs.n++];
            *run = sequence->runs.elts[i];

            memcpy(run->text + run->len, texts->elts[k].text, texts->elts[k].len);
            run->len += texts->elts[k].len;
        }
    }

    sequence->runs = runs;
}


static void
add_byte(consent_literals_t *texts, char c)
{
    texts->elts[texts->n].text[0] = (unsigned char) c | 0x20;
    texts->elts[texts->n].len = 1;
    texts->n++;
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


/* From "[" to after the bracket that ends the class: its members, when they are few, each of them written. */

static void
read_class(consent_regex_reader_t *reader, consent_literals_t *members)
{
    int          few;
    char         c;
    const char  *p, *end;

    members->n = 0;
    few = 1;
    end = reader->end;
    p = reader->p + 1;

    if (p < end && *p == '^') {
        few = 0;
        p++;
    }

    if (p < end && *p == ']') {
        few = 0;
        p++;
    }

    for (/* void */; p < end && *p != ']'; p++) {
        c = *p;

        if (c == '\\' && p + 1 < end) {
            c = *++p;

            if (c == 'Q' || c == 'E') {
                reader->gave_up = 1;
            }

            few &= !is_alnum(c);

        } else if (c == '[' && p + 1 < end && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
            reader->gave_up = 1;

        } else if (c == '-') {
            few = 0;
        }

        if (members->n == CONSENT_CLASS_MAX) {
            few = 0;
        }

        if (few) {
            add_byte(members, c);
        }
    }

    if (p == end) {
        reader->gave_up = 1;
        return;
    }

    if (!few) {
        members->n = 0;
    }

    reader->p = p + 1;
}


/* From "(" to after its ")". A look-around stands for nothing. */

static void
read_group(consent_regex_reader_t *reader, consent_reading_t *inside)
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
        inside->best.n = 0;
        set_empty(&inside->head);
        inside->exact = 0;
    }
}


/* A part of a sequence, repeated as its quantifier says. */

static void
add_part(consent_sequence_t *sequence, const consent_literals_t *texts, int exact, consent_quantifier_t quantifier)
{
    if (quantifier == PERHAPS || texts->n == 0) {
        end_runs(sequence);
        return;
    }

    add_texts(sequence, texts);

    if (!exact || quantifier == AT_LEAST_ONCE) {
        end_runs(sequence);
    }
}


/* Up to the "|" or ")" that ends it, or to the end. */

static void
read_sequence(consent_regex_reader_t *reader, consent_reading_t *out)
{
    int                   zero_width;
    char                  c;
    consent_reading_t     inside;
    consent_literals_t    texts;
    consent_sequence_t    sequence;
    consent_quantifier_t  quantifier;

    out->best.n = 0;
    sequence.reading = out;
    sequence.broken = 0;
    set_empty(&sequence.runs);

    while (reader->p < reader->end && *reader->p != '|' && *reader->p != ')') {

        c = *reader->p;
        texts.n = 0;

        switch (c) {

        case '(':
            read_group(reader, &inside);

            if (reader->gave_up) {
                return;
            }

            quantifier = read_quantifier(reader);
            add_part(&sequence, &inside.head, inside.exact, quantifier);

            if (quantifier != PERHAPS) {
                propose(&inside.best, &out->best);
            }

            continue;

        case '[':
            read_class(reader, &texts);

            if (reader->gave_up) {
                return;
            }

            add_part(&sequence, &texts, 1, read_quantifier(reader));
            continue;

        case '^':
        case '$':
            reader->p++;
            continue;

        case '.':
        case '{':
            reader->p++;
            (void) read_quantifier(reader);
            end_runs(&sequence);
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
                end_runs(&sequence);

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

        add_byte(&texts, c);
        add_part(&sequence, &texts, 1, read_quantifier(reader));
    }

    out->exact = !sequence.broken;
    end_runs(&sequence);
}


/* Every way that one of two sets has; nothing certain when that is too many, or one of them says nothing. */

static void
unite(consent_literals_t *set, const consent_literals_t *other)
{
    if (set->n == 0 || other->n == 0 || set->n + other->n > CONSENT_LITERALS_MAX) {
        set->n = 0;
        return;
    }

    memcpy(&set->elts[set->n], other->elts, other->n * sizeof(other->elts[0]));
    set->n += other->n;
}


static void
read_alternatives(consent_regex_reader_t *reader, consent_reading_t *out)
{
    consent_reading_t  branch;

    read_sequence(reader, out);

    while (!reader->gave_up && reader->p < reader->end && *reader->p == '|') {
        reader->p++;
        read_sequence(reader, &branch);

        if (!reader->gave_up) {
            unite(&out->best, &branch.best);
            unite(&out->head, &branch.head);
            out->exact &= branch.exact;
        }
    }
}


unsigned
consent_regex_literals(consent_str_t pattern, consent_literal_t out[CONSENT_LITERALS_MAX])
{
    consent_reading_t       reading;
    consent_regex_reader_t  reader;

    if (consent_str_starts(pattern, CONSENT_STR("(?i)"))) {
        pattern.data += 4;
        pattern.len -= 4;
    }

    memset(&reader, 0, sizeof(reader));
    reader.p = pattern.data;
    reader.end = pattern.data + pattern.len;

    read_alternatives(&reader, &reading);

    if (reader.gave_up || reader.p != reader.end) {
        return 0;
    }

    memcpy(out, reading.best.elts, reading.best.n * sizeof(reading.best.elts[0]));

    return reading.best.n;
}
