/*
 * The scanner against the tokenizer tests of html5lib, which the engines' own tokenizers are tested with. Every run
 * from each of its initial states; what is compared is every start tag: name, attributes (the first of each name,
 * decoded), self-closing flag. Each run is then repeated in two pieces, cut at every byte, and byte by byte, each piece
 * in a block of its own exact size.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "attributes.h"
#include "charref.h"
#include "heap.h"
#include "scanner.h"

#define INPUT_SIZE  4096
#define TEXT_SIZE   65536

typedef struct {
    char      tag[INPUT_SIZE];       /* bytes of the unfinished tag */
    size_t    len;
    json_t   *tags;
} reader_t;


/* Strings of doubleEscaped tests hold \uXXXX once more. Returns a new reference, or NULL when it cannot be UTF-8. */

static json_t *
unescape(const char *s, size_t len)
{
    json_t  *value;
    size_t   i, n;
    char     text[TEXT_SIZE];

    text[0] = '"';
    n = 1;

    for (i = 0; i < len && n + 8 < sizeof(text); i++) {
        if (s[i] == '"' || (s[i] == '\\' && (i + 1 == len || s[i + 1] != 'u'))) {
            text[n++] = '\\';
            text[n++] = s[i];

        } else if ((unsigned char) s[i] < 0x20) {
            n += (size_t) sprintf(text + n, "\\u%04x", s[i]);

        } else {
            text[n++] = s[i];
        }
    }

    text[n++] = '"';

    value = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    return value;
}


static json_t *
string_of(const json_t *test, const json_t *string)
{
    if (json_is_true(json_object_get(test, "doubleEscaped"))) {
        return unescape(json_string_value(string), json_string_length(string));
    }

    return json_stringn_nocheck(json_string_value(string), json_string_length(string));
}


static json_t *
decoded(consent_str_t raw)
{
    char           out[3 * INPUT_SIZE];
    consent_str_t  value;

    value = consent_charref_decode(raw, out, sizeof(out));

    return json_stringn_nocheck(value.data, value.len);
}


/* Names: lower case, NUL replaced, references not decoded. */

static json_t *
folded(consent_str_t raw)
{
    char    out[3 * INPUT_SIZE];
    size_t  i, n;

    for (i = 0, n = 0; i < raw.len; i++) {
        if (raw.data[i] == '\0') {
            memcpy(out + n, "\xef\xbf\xbd", 3);
            n += 3;

        } else {
            out[n++] = (raw.data[i] >= 'A' && raw.data[i] <= 'Z') ? (char) (raw.data[i] | 0x20) : raw.data[i];
        }
    }

    return json_stringn_nocheck(out, n);
}


static void
read_tag(reader_t *reader, const consent_scanner_t *scanner)
{
    json_t                *tag, *attributes, *name;
    consent_str_t          bytes;
    consent_attribute_t    attribute;
    consent_attributes_t   it;

    if (scanner->end_tag) {
        return;
    }

    bytes = (consent_str_t) { reader->tag + reader->len - scanner->held, scanner->held };

    consent_attributes_init(&it, bytes);

    tag = json_array();
    json_array_append_new(tag, json_string("StartTag"));
    json_array_append_new(tag, folded((consent_str_t) { bytes.data + 1, (size_t) (it.p - bytes.data - 1) }));

    attributes = json_object();

    while (consent_attributes_next(&it, &attribute)) {
        assert_true(attribute.complete);

        name = folded(attribute.name);

        if (json_object_getn(attributes, json_string_value(name), json_string_length(name)) == NULL) {
            json_object_setn_new_nocheck(attributes, json_string_value(name), json_string_length(name),
                                         decoded(attribute.value));
        }

        json_decref(name);
    }

    json_array_append_new(tag, attributes);

    if (scanner->self_closing) {
        json_array_append_new(tag, json_true());
    }

    json_array_append_new(reader->tags, tag);
}


static void
feed(reader_t *reader, consent_scanner_t *scanner, const char *bytes, size_t len)
{
    char            *copy;
    const char      *p, *end, *next;
    consent_scan_t   event;

    if (len == 0) {
        return;
    }

    copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);

    for (p = copy, end = copy + len; p < end; p = next) {
        next = consent_scanner_run(scanner, p, end, &event);

        memcpy(reader->tag + reader->len, p, (size_t) (next - p));
        reader->len += (size_t) (next - p);

        if (event == CONSENT_SCAN_TAG) {
            read_tag(reader, scanner);
        }
    }

    free(copy);
}


static void
start(reader_t *reader, consent_scanner_t *scanner, const char *state, const char *last)
{
    static const struct {
        const char           *name;
        consent_text_mode_t   mode;
    } states[] = {
        { "Data state", CONSENT_TEXT_DATA },
        { "RCDATA state", CONSENT_TEXT_RCDATA },
        { "RAWTEXT state", CONSENT_TEXT_RAWTEXT },
        { "Script data state", CONSENT_TEXT_SCRIPT },
        { "PLAINTEXT state", CONSENT_TEXT_PLAINTEXT },
        { "CDATA section state", CONSENT_TEXT_CDATA }
    };

    size_t  i;

    consent_scanner_init(scanner, INPUT_SIZE);

    if (last != NULL) {
        scanner->name_len = (unsigned char) strlen(last);
        assert_true(scanner->name_len < CONSENT_NAME_MAX);
        memcpy(scanner->name, last, scanner->name_len);
    }

    for (i = 0; strcmp(states[i].name, state) != 0; i++) {
        assert_true(i + 1 < sizeof(states) / sizeof(states[0]));
    }

    consent_scanner_text(scanner, states[i].mode);

    reader->len = 0;
    reader->tags = json_array();
}


static void
compare(reader_t *reader, const json_t *expected, const char *file, const char *description, const char *how)
{
    char  *want, *got;

    if (!json_equal(expected, reader->tags)) {
        want = json_dumps(expected, JSON_COMPACT);
        got = json_dumps(reader->tags, JSON_COMPACT);

        fail_msg("%s: %s (%s): expected %s, got %s", file, description, how, want, got);
    }

    json_decref(reader->tags);
}


static void
run(const char *file, const char *description, const char *state, const char *last, const char *bytes, size_t len,
    const json_t *expected, size_t *runs)
{
    char               how[64];
    size_t             i;
    reader_t           reader;
    consent_scanner_t  scanner;

    start(&reader, &scanner, state, last);
    feed(&reader, &scanner, bytes, len);
    compare(&reader, expected, file, description, state);

    for (i = 1; i < len; i++) {
        snprintf(how, sizeof(how), "%s, cut at %zu", state, i);
        start(&reader, &scanner, state, last);
        feed(&reader, &scanner, bytes, i);
        feed(&reader, &scanner, bytes + i, len - i);
        compare(&reader, expected, file, description, how);
    }

    start(&reader, &scanner, state, last);

    for (i = 0; i < len; i++) {
        feed(&reader, &scanner, bytes + i, 1);
    }

    compare(&reader, expected, file, description, "byte by byte");

    (*runs)++;
}


static json_t *
expected_tags(const json_t *test)
{
    void        *it;
    json_t      *all, *token, *copy, *attributes, *name, *value, *s;
    size_t       i;
    const char  *key;

    all = json_array();

    json_array_foreach(json_object_get(test, "output"), i, token) {
        if (strcmp(json_string_value(json_array_get(token, 0)), "StartTag") != 0) {
            continue;
        }

        copy = json_array();
        json_array_append_new(copy, json_string("StartTag"));

        s = string_of(test, json_array_get(token, 1));
        json_array_append_new(copy, s);

        attributes = json_object();

        for (it = json_object_iter(json_array_get(token, 2)); it != NULL;
             it = json_object_iter_next(json_array_get(token, 2), it))
        {
            key = json_object_iter_key(it);
            s = json_stringn_nocheck(key, json_object_iter_key_len(it));
            name = string_of(test, s);
            value = string_of(test, json_object_iter_value(it));
            json_object_setn_new_nocheck(attributes, json_string_value(name), json_string_length(name), value);
            json_decref(name);
            json_decref(s);
        }

        json_array_append_new(copy, attributes);

        if (json_is_true(json_array_get(token, 3))) {
            json_array_append_new(copy, json_true());
        }

        json_array_append_new(all, copy);
    }

    return all;
}


static void
run_states(const char *file, const json_t *test, size_t *runs, size_t *skipped)
{
    json_t      *input, *expected, *states, *state;
    size_t       i;
    const char  *description, *last;

    input = string_of(test, json_object_get(test, "input"));
    states = json_object_get(test, "initialStates");

    if (input == NULL) {
        *skipped += states ? json_array_size(states) : 1;    /* a lone surrogate: not in any UTF-8 page */
        return;
    }

    expected = expected_tags(test);
    description = json_string_value(json_object_get(test, "description"));
    last = json_string_value(json_object_get(test, "lastStartTag"));

    assert_true(json_string_length(input) < INPUT_SIZE);

    if (states == NULL) {
        run(file, description, "Data state", last, json_string_value(input), json_string_length(input), expected, runs);
    }

    json_array_foreach(states, i, state) {
        run(file, description, json_string_value(state), last, json_string_value(input), json_string_length(input),
            expected,
            runs);
    }

    json_decref(expected);
    json_decref(input);
}


static void
start_tags_of_all_html5lib_runs_are_found_however_the_input_is_cut(void **state)
{
    DIR            *dir;
    char            path[1024], folder[512];
    json_t         *file, *test;
    size_t          i, runs, skipped;
    const char     *shared;
    json_error_t    error;
    struct dirent  *entry;

    (void) state;

    shared = getenv("NGXC_SHARED");
    snprintf(folder, sizeof(folder), "%s/data/html5lib-tokenizer", shared ? shared : "../shared");

    dir = opendir(folder);
    if (dir == NULL) {
        print_message("# no %s\n", folder);
        skip();
    }

    runs = 0;
    skipped = 0;

    while ((entry = readdir(dir)) != NULL) {
        if (strstr(entry->d_name, ".test") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);

        file = json_load_file(path, JSON_ALLOW_NUL, &error);
        if (file == NULL) {
            fail_msg("%s:%d: %s", path, error.line, error.text);
        }

        json_array_foreach(json_object_get(file, "tests"), i, test) {
            run_states(entry->d_name, test, &runs, &skipped);
        }

        json_decref(file);
    }

    closedir(dir);

    assert_int_equal(runs, 7028);
    assert_int_equal(skipped, 4);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(start_tags_of_all_html5lib_runs_are_found_however_the_input_is_cut)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
