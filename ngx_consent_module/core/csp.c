#include <string.h>

#include "ascii.h"
#include "csp.h"


typedef enum {
    DEFAULT_SRC,
    SCRIPT_SRC,
    SCRIPT_SRC_ELEM,
    STYLE_SRC,
    STYLE_SRC_ELEM,
    FRAME_SRC,
    CHILD_SRC,
    FORM_ACTION,
    CONSENT_DIRECTIVES
} consent_directive_t;


/*
 * One policy: the source lists of the directives that matter; data is NULL where there is none. The first of a name
 * counts.
 */
typedef struct {
    consent_str_t  sources[CONSENT_DIRECTIVES];
} consent_csp_policy_t;


/* What a source list says of what is injected. */
typedef struct {
    unsigned  self:1;               /* the site's own files */
    unsigned  all_inline:1;
    unsigned  strict_dynamic:1;
} consent_sources_t;


/* Cuts off and returns what stands before the next separator, which is eaten; data is NULL at the end. */

static consent_str_t
next_part(consent_str_t *rest, char separator)
{
    const char     *end;
    consent_str_t   part;

    if (rest->data == NULL) {
        return (consent_str_t) { NULL, 0 };
    }

    part = *rest;
    end = rest->len > 0 ? memchr(rest->data, separator, rest->len) : NULL;

    if (end == NULL) {
        rest->data = NULL;
        rest->len = 0;
        return part;
    }

    part.len = (size_t) (end - part.data);
    rest->data = end + 1;
    rest->len -= part.len + 1;

    return part;
}


/* The next run of bytes that are not white space; empty at the end. */

static consent_str_t
next_word(consent_str_t *rest)
{
    consent_str_t  word;

    while (rest->len > 0 && consent_is_space(rest->data[0])) {
        rest->data++;
        rest->len--;
    }

    word.data = rest->data;

    while (rest->len > 0 && !consent_is_space(rest->data[0])) {
        rest->data++;
        rest->len--;
    }

    word.len = (size_t) (rest->data - word.data);

    return word;
}


static int
find_directive(consent_str_t name)
{
    int  i;

    static const consent_str_t  names[CONSENT_DIRECTIVES] = {
        CONSENT_STR("default-src"), CONSENT_STR("script-src"), CONSENT_STR("script-src-elem"), CONSENT_STR("style-src"),
        CONSENT_STR("style-src-elem"), CONSENT_STR("frame-src"), CONSENT_STR("child-src"), CONSENT_STR("form-action")
    };

    for (i = 0; i < CONSENT_DIRECTIVES; i++) {
        if (consent_str_caseeq(name, names[i])) {
            return i;
        }
    }

    return -1;
}


static void
read_policy(consent_str_t text, consent_csp_policy_t *policy)
{
    int            i;
    consent_str_t  directive;

    memset(policy, 0, sizeof(*policy));

    for (directive = next_part(&text, ';'); directive.data != NULL; directive = next_part(&text, ';')) {
        i = find_directive(next_word(&directive));

        if (i >= 0 && policy->sources[i].data == NULL) {
            policy->sources[i] = directive;
        }
    }
}


/* The first of the three that is there governs (CSP 3, 6.8.3). */

static consent_str_t
governing(const consent_csp_policy_t *policy, consent_directive_t first, consent_directive_t second)
{
    if (policy->sources[first].data != NULL) {
        return policy->sources[first];
    }

    if (policy->sources[second].data != NULL) {
        return policy->sources[second];
    }

    return policy->sources[DEFAULT_SRC];
}


static int
starts_caseless(consent_str_t s, consent_str_t prefix)
{
    return s.len >= prefix.len && consent_str_caseeq((consent_str_t) { s.data, prefix.len }, prefix);
}


/* The value of a nonce-source (CSP 3, 2.3.1); empty when word is none. */

static consent_str_t
nonce_of(consent_str_t word)
{
    size_t         i;
    consent_str_t  value, none = CONSENT_STR("");

    if (!starts_caseless(word, CONSENT_STR("'nonce-")) || word.len < 9 || word.data[word.len - 1] != '\'') {
        return none;
    }

    value.data = word.data + 7;
    value.len = word.len - 8;

    for (i = 0; i < value.len; i++) {
        char  c = value.data[i];

        if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' || c == '/' || c == '-'
              || c == '_' || c == '='))
        {
            return none;
        }
    }

    return value;
}


static int
is_hash(consent_str_t word)
{
    return starts_caseless(word, CONSENT_STR("'sha256-")) || starts_caseless(word, CONSENT_STR("'sha384-"))
           || starts_caseless(word, CONSENT_STR("'sha512-"));
}


static int
has_nonce(consent_str_t sources, consent_str_t nonce)
{
    consent_str_t  word;

    for (word = next_word(&sources); word.len > 0; word = next_word(&sources)) {
        if (consent_str_eq(nonce_of(word), nonce)) {
            return 1;
        }
    }

    return 0;
}


static consent_sources_t
read_sources(consent_str_t list)
{
    int                unsafe_inline, exact;
    consent_str_t      word;
    consent_sources_t  sources;

    memset(&sources, 0, sizeof(sources));
    unsafe_inline = 0;
    exact = 0;

    for (word = next_word(&list); word.len > 0; word = next_word(&list)) {

        if (consent_str_caseeq(word, CONSENT_STR("'self'")) || consent_str_eq(word, CONSENT_STR("*"))
            || consent_str_caseeq(word, CONSENT_STR("https:")) || consent_str_caseeq(word, CONSENT_STR("http:")))
        {
            sources.self = 1;

        } else if (consent_str_caseeq(word, CONSENT_STR("'unsafe-inline'"))) {
            unsafe_inline = 1;

        } else if (consent_str_caseeq(word, CONSENT_STR("'strict-dynamic'"))) {
            sources.strict_dynamic = 1;

        } else if (nonce_of(word).len > 0 || is_hash(word)) {
            exact = 1;
        }
    }

    sources.all_inline = unsafe_inline && !exact;

    return sources;
}


/* The questions, and what allows each of them without a nonce. */
typedef enum {
    SELF_SCRIPT,
    INLINE_SCRIPT,
    SELF_STYLE,
    INLINE_STYLE
} consent_csp_use_t;


static consent_str_t
list_for(consent_str_t text, consent_csp_use_t use)
{
    consent_csp_policy_t  policy;

    read_policy(text, &policy);

    return use == SELF_SCRIPT || use == INLINE_SCRIPT ? governing(&policy, SCRIPT_SRC_ELEM, SCRIPT_SRC)
                                                      : governing(&policy, STYLE_SRC_ELEM, STYLE_SRC);
}


static int
allows(consent_str_t list, consent_csp_use_t use)
{
    consent_sources_t  sources;

    if (list.data == NULL) {
        return 1;
    }

    sources = read_sources(list);

    switch (use) {
    case SELF_SCRIPT:
        return sources.self && !sources.strict_dynamic;
    case INLINE_SCRIPT:
        return sources.all_inline && !sources.strict_dynamic;
    case SELF_STYLE:
        return sources.self;
    default:
        return sources.all_inline;
    }
}


/* Whether every policy allows the use, by itself or by this nonce (which may be empty). */

static int
all_allow(const consent_str_t *values, unsigned n, consent_csp_use_t use, consent_str_t nonce)
{
    unsigned       i;
    consent_str_t  list, policy, rest;

    for (i = 0; i < n; i++) {
        rest = values[i];

        for (policy = next_part(&rest, ','); policy.data != NULL; policy = next_part(&rest, ',')) {
            list = list_for(policy, use);

            if (!allows(list, use) && (nonce.len == 0 || !has_nonce(list, nonce))) {
                return 0;
            }
        }
    }

    return 1;
}


/*
 * The nonce that makes a use allowed everywhere, if there is one. A page has one nonce, or one for each of its
 * policies: no more than a few are tried.
 */

static consent_str_t
find_nonce(const consent_str_t *values, unsigned n, consent_csp_use_t use)
{
    unsigned       i, tried;
    consent_str_t  list, nonce, policy, rest, word;

    tried = 0;

    for (i = 0; i < n; i++) {
        rest = values[i];

        for (policy = next_part(&rest, ','); policy.data != NULL; policy = next_part(&rest, ',')) {
            list = list_for(policy, use);

            if (list.data == NULL) {
                continue;
            }

            for (word = next_word(&list); word.len > 0; word = next_word(&list)) {
                nonce = nonce_of(word);

                if (nonce.len == 0) {
                    continue;
                }

                if (all_allow(values, n, use, nonce)) {
                    return nonce;
                }

                if (++tried == 8) {
                    return CONSENT_STR("");
                }
            }
        }
    }

    return CONSENT_STR("");
}


void
consent_csp_read(const consent_str_t *values, unsigned n, consent_csp_t *csp)
{
    csp->script_nonce = find_nonce(values, n, SELF_SCRIPT);
    csp->style_nonce = find_nonce(values, n, INLINE_STYLE);

    csp->self_script = csp->script_nonce.len > 0 || all_allow(values, n, SELF_SCRIPT, CONSENT_STR(""));
    csp->inline_script = all_allow(values, n, INLINE_SCRIPT, csp->script_nonce);
    csp->inline_style = csp->style_nonce.len > 0 || all_allow(values, n, INLINE_STYLE, CONSENT_STR(""));
    csp->self_style = all_allow(values, n, SELF_STYLE, csp->style_nonce);
}


static int
needs_self(consent_str_t list)
{
    consent_str_t  word;

    if (list.data == NULL) {
        return 0;
    }

    for (word = next_word(&list); word.len > 0; word = next_word(&list)) {
        if (consent_str_caseeq(word, CONSENT_STR("'self'")) || consent_str_eq(word, CONSENT_STR("*"))) {
            return 0;
        }
    }

    return 1;
}


static void
write_with_self(consent_str_t before, consent_str_t list, consent_buf_t *out)
{
    consent_str_t  word;

    consent_buf_add(out, before);

    for (word = next_word(&list); word.len > 0; word = next_word(&list)) {
        if (!consent_str_caseeq(word, CONSENT_STR("'none'"))) {
            consent_buf_addc(out, ' ');
            consent_buf_add(out, word);
        }
    }

    consent_buf_add(out, CONSENT_STR(" 'self'"));
}


/* Directives are told apart by where their source lists stand. */

static int
admit_self(consent_str_t text, consent_buf_t *out)
{
    int                   frames, styles, separated;
    const char           *edited[3], *end, *from, *p;
    consent_str_t         directive, list, name, rest;
    consent_csp_policy_t  policy;

    read_policy(text, &policy);

    edited[0] = edited[1] = edited[2] = NULL;
    frames = styles = 0;

    list = governing(&policy, FRAME_SRC, CHILD_SRC);

    if (needs_self(list)) {
        frames = (list.data == policy.sources[DEFAULT_SRC].data);
        edited[0] = frames ? NULL : list.data;
    }

    list = governing(&policy, STYLE_SRC_ELEM, STYLE_SRC);

    if (needs_self(list)) {
        styles = (list.data == policy.sources[DEFAULT_SRC].data);
        edited[1] = styles ? NULL : list.data;
    }

    list = policy.sources[FORM_ACTION];

    if (needs_self(list)) {
        edited[2] = list.data;
    }

    from = text.data;
    end = text.data + text.len;
    rest = text;

    for (directive = next_part(&rest, ';'); directive.data != NULL; directive = next_part(&rest, ';')) {
        list = directive;
        name = next_word(&list);

        if (list.data == edited[0] || list.data == edited[1] || list.data == edited[2]) {
            write_with_self((consent_str_t) { from, (size_t) (name.data + name.len - from) }, list, out);
            from = directive.data + directive.len;
        }
    }

    if (from < end) {
        consent_buf_add(out, (consent_str_t) { from, (size_t) (end - from) });
    }

    separated = 0;

    for (p = end; p > text.data && (consent_is_space(p[-1]) || p[-1] == ';'); p--) {
        separated |= (p[-1] == ';');
    }

    if (frames) {
        consent_buf_add(out, separated ? CONSENT_STR(" ") : CONSENT_STR("; "));
        separated = 0;
        write_with_self(CONSENT_STR("frame-src"), policy.sources[DEFAULT_SRC], out);
    }

    if (styles) {
        consent_buf_add(out, separated ? CONSENT_STR(" ") : CONSENT_STR("; "));
        write_with_self(CONSENT_STR("style-src"), policy.sources[DEFAULT_SRC], out);
    }

    return frames || styles || edited[0] != NULL || edited[1] != NULL || edited[2] != NULL;
}


int
consent_csp_admit_self(consent_str_t value, consent_buf_t *out)
{
    int            differs;
    consent_str_t  policy;

    differs = 0;
    policy = next_part(&value, ',');

    while (policy.data != NULL) {
        differs |= admit_self(policy, out);
        policy = next_part(&value, ',');

        if (policy.data != NULL) {
            consent_buf_addc(out, ',');
        }
    }

    return differs;
}
